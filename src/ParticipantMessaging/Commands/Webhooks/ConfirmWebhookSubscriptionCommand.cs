using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Confirms a subscription with the one-time secret that came with its creation.</summary>
[Cmdlet(VerbsLifecycle.Confirm, "WebhookSubscription", SupportsShouldProcess = true)]
[OutputType(typeof(WebhookSubscription))]
public sealed class ConfirmWebhookSubscriptionCommand : ExistingSubscriptionCmdlet
{
    /// <summary>Id of the subscription.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SubscriptionIdCompleter))]
    [Alias("SubscriptionId", "subscription_id")]
    [ValidateNotNullOrEmpty]
    public string Id { get; set; } = "";

    /// <summary>The one-time secret (X-Hook-Secret); not the one that events are signed with.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ConfirmationSecret")]
    [SecretText]
    public SecureString Secret { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (ResolveIds(Id) is not [string id]) return;
        ProlificClient client = await ConnectToPipedAsync().ConfigureAwait(false);
        if (!await ShouldProcessAsync($"Subscription {id} of account '{client.Connection.Account}'", "Confirm the webhook subscription").ConfigureAwait(false)) return;
        try
        {
            await WriteObjectAsync(await client.ConfirmWebhookSubscriptionAsync(id, ToPlainText(Secret), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason is MessagingErrorReason.InvalidRequest or MessagingErrorReason.PermissionDenied)
        {
            await WriteErrorAsync(SubscriptionErrors.ConfirmationFailed(id, error, isOnTarget: false), id).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason != MessagingErrorReason.AuthenticationFailed)
        {
            await WriteErrorAsync(error, id).ConfigureAwait(false);
        }
    }
}
