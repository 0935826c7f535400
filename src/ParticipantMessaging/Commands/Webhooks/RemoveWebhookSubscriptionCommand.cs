using System.Management.Automation;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Deletes a subscription.</summary>
[Cmdlet(VerbsCommon.Remove, "WebhookSubscription", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveWebhookSubscriptionCommand : ExistingSubscriptionCmdlet
{
    /// <summary>Ids of the subscriptions.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SubscriptionIdCompleter))]
    [Alias("SubscriptionId", "subscription_id")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ProlificClient client = await ConnectToPipedAsync().ConfigureAwait(false);
        foreach (string id in ResolveIds(Id))
        {
            if (!await ShouldProcessAsync($"Subscription {id} of account '{client.Connection.Account}'", "Delete the webhook subscription").ConfigureAwait(false)) continue;
            try
            {
                await client.DeleteWebhookSubscriptionAsync(id, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException error) when (error.Reason != MessagingErrorReason.AuthenticationFailed)
            {
                await WriteErrorAsync(error, id).ConfigureAwait(false);
            }
        }
    }
}
