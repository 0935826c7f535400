using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Subscribes a target to a kind of event: creates the subscription and confirms it.</summary>
[Cmdlet(VerbsCommon.New, "WebhookSubscription", SupportsShouldProcess = true)]
[OutputType(typeof(WebhookSubscription))]
public sealed class NewWebhookSubscriptionCommand : SubscriptionCmdlet
{
    /// <summary>Kinds of events, as Get-WebhookEventType lists them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [Alias("event_type")]
    [ValidateNotNullOrEmpty]
    public string[] EventType { get; set; } = [];

    /// <summary>Where events are posted to: https, reachable from outside; for an account at a loopback address also this computer.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("target_url")]
    [ValidateNotNull]
    public Uri TargetUrl { get; set; } = null!;

    /// <summary>The workspace; without it that of the account.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>Leaves the subscription unconfirmed; its ConfirmationSecret goes into Confirm-WebhookSubscription.</summary>
    [Parameter]
    public SwitchParameter NoConfirmation { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ProlificClient client = await ConnectToPipedAsync().ConfigureAwait(false);
        string target = CheckTarget(TargetUrl, client.Connection);
        await GuardAsync(EventType.Length == 1 ? EventType[0] : EventType, () => SubscribeToAllAsync(client, target, cancellationToken)).ConfigureAwait(false);
    }

    private async Task SubscribeToAllAsync(ProlificClient client, string target, CancellationToken cancellationToken)
    {
        string workspace = await FindWorkspaceAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false);
        foreach (string eventType in EventType)
        {
            string action = NoConfirmation ? "Create a webhook subscription, unconfirmed" : "Create and confirm a webhook subscription";
            string shownTarget = TargetUrl.GetLeftPart(UriPartial.Path);
            if (!await ShouldProcessAsync($"'{eventType}' to {shownTarget} in workspace {workspace} of account '{client.Connection.Account}'", action).ConfigureAwait(false)) continue;
            try
            {
                await SubscribeAsync(client, workspace, eventType.Trim(), target, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException error) when (error.Reason != MessagingErrorReason.AuthenticationFailed)
            {
                await WriteErrorAsync(SubscriptionErrors.NeedsSecret(workspace, error) ?? error, eventType).ConfigureAwait(false);
            }
        }
    }

    private async Task SubscribeAsync(ProlificClient client, string workspace, string eventType, string target, CancellationToken cancellationToken)
    {
        CreatedSubscription created = await client.CreateWebhookSubscriptionAsync(workspace, eventType, target, cancellationToken).ConfigureAwait(false);
        string id = created.Subscription.Id;
        if (string.IsNullOrEmpty(created.ConfirmationSecret))
        {
            await WriteErrorAsync(ErrorRecords.From(
                MessagingErrorReason.InvalidResponse,
                $"Subscription {id} was created, but the answer held no confirmation secret (header X-Hook-Secret), so it stays disabled.",
                $"Delete it and create it anew: Remove-WebhookSubscription -Id {id}, then New-WebhookSubscription.",
                created.Subscription)).ConfigureAwait(false);
            return;
        }

        WebhookSubscription unconfirmed = WithSecret(created);
        if (NoConfirmation)
        {
            await WriteObjectAsync(unconfirmed).ConfigureAwait(false);
            return;
        }

        WebhookSubscription confirmed;
        try
        {
            confirmed = await client.ConfirmWebhookSubscriptionAsync(id, created.ConfirmationSecret, cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            // The one-time secret lives on in the error's target: it is nowhere else.
            await WriteErrorAsync(SubscriptionErrors.ConfirmationFailed(id, error, isOnTarget: true), unconfirmed).ConfigureAwait(false);
            return;
        }

        await WriteObjectAsync(confirmed).ConfigureAwait(false);
    }

    private static WebhookSubscription WithSecret(CreatedSubscription created) => new()
    {
        Id = created.Subscription.Id,
        Account = created.Subscription.Account,
        EventType = created.Subscription.EventType,
        TargetUrl = created.Subscription.TargetUrl,
        IsEnabled = created.Subscription.IsEnabled,
        WorkspaceId = created.Subscription.WorkspaceId,
        ConfirmationSecret = ToSecureString(created.ConfirmationSecret!),
        AdditionalProperties = created.Subscription.AdditionalProperties,
    };
}
