using System.Management.Automation;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Lists what can be subscribed to.</summary>
[Cmdlet(VerbsCommon.Get, "WebhookEventType")]
[OutputType(typeof(WebhookEventType))]
public sealed class GetWebhookEventTypeCommand : WebhookCmdlet
{
    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => GuardAsync(Account, async () =>
    {
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        await foreach (WebhookEventType type in client.GetWebhookEventTypesAsync(cancellationToken).ConfigureAwait(false))
        {
            await WriteObjectAsync(type).ConfigureAwait(false);
        }
    });
}
