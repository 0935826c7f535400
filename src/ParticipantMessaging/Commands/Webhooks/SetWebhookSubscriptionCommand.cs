using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Changes a subscription: its target, its kind of event, or whether it is on.</summary>
[Cmdlet(VerbsCommon.Set, "WebhookSubscription", SupportsShouldProcess = true)]
[OutputType(typeof(WebhookSubscription))]
public sealed class SetWebhookSubscriptionCommand : ExistingSubscriptionCmdlet
{
    /// <summary>Id of the subscription.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SubscriptionIdCompleter))]
    [Alias("SubscriptionId", "subscription_id")]
    [ValidateNotNullOrEmpty]
    public string Id { get; set; } = "";

    /// <summary>The new kind of event.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventType { get; set; }

    /// <summary>The new target: https, reachable from outside; for an account at a loopback address also this computer.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri? TargetUrl { get; set; }

    /// <summary>Switches it on ($true), as after the provider has disabled it, or off ($false).</summary>
    [Parameter]
    [Alias("Enabled")]
    public bool? IsEnabled { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (ResolveIds(Id) is not [string id]) return;
        if (EventType is null && TargetUrl is null && IsEnabled is null)
        {
            throw Terminating(ErrorRecords.From(
                MessagingErrorReason.InvalidRequest,
                "There is nothing to change.",
                "Give -TargetUrl, -EventType or -IsEnabled.",
                id));
        }

        ProlificClient client = await ConnectToPipedAsync().ConfigureAwait(false);
        string? target = TargetUrl is null ? null : CheckTarget(TargetUrl, client.Connection);
        if (!await ShouldProcessAsync($"Subscription {id} of account '{client.Connection.Account}'", DescribeChange()).ConfigureAwait(false)) return;
        try
        {
            WebhookSubscription changed = await client.UpdateWebhookSubscriptionAsync(id, EventType, target, IsEnabled, cancellationToken).ConfigureAwait(false);
            await WriteObjectAsync(changed).ConfigureAwait(false);
            if (target is not null && !changed.IsEnabled && IsEnabled != false)
            {
                await WriteWarningAsync($"Subscription {id} is disabled after its target was changed. Switch it on with Set-WebhookSubscription -Id {id} -IsEnabled $true.").ConfigureAwait(false);
            }
        }
        catch (MessagingException error) when (error.Reason != MessagingErrorReason.AuthenticationFailed)
        {
            await WriteErrorAsync(error, id).ConfigureAwait(false);
        }
    }

    private string DescribeChange()
    {
        var changes = new List<string>();
        if (IsEnabled is { } on) changes.Add(on ? "switch it on" : "switch it off");
        if (EventType is not null) changes.Add($"subscribe it to '{EventType}'");
        if (TargetUrl is not null) changes.Add($"post its events to {TargetUrl.GetLeftPart(UriPartial.Path)}");
        return "Change the webhook subscription: " + string.Join(", ", changes);
    }
}
