using System.Management.Automation;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Makes a signing secret for a workspace. One that is there is replaced at once.</summary>
[Cmdlet(VerbsCommon.New, "WebhookSecret", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(WebhookSecret))]
public sealed class NewWebhookSecretCommand : WebhookSecretCmdlet
{
    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        string workspace = await FindWorkspaceAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false);
        string store = MustStore ? $" and store it as {WhereFor(workspace)}" : "";
        if (!await ShouldProcessAsync(
            $"Workspace {workspace} of account '{client.Connection.Account}'",
            $"Make a new webhook secret{store}. It replaces the old one at once: receivers that still use the old one refuse every event from then on").ConfigureAwait(false))
        {
            return;
        }

        WebhookSecretValue value = await client.CreateWebhookSecretAsync(workspace, cancellationToken).ConfigureAwait(false);
        WebhookSecret secret = Shape(value, client.Connection.Account);
        await WriteObjectAsync(secret).ConfigureAwait(false);
        if (!MustStore) return;
        try
        {
            await StoreAsync(secret, workspace).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            // The old secret is gone already, so the new one must not be lost over a vault.
            await WriteErrorAsync(
                new MessagingException(
                    error.Reason,
                    $"The new webhook secret is in force, but could not be stored as {WhereFor(workspace)}. {error.Message}",
                    $"Store it with Get-WebhookSecret -WorkspaceId {workspace} -SecretName <name> when the vault can be reached. {error.RecommendedAction}",
                    error),
                secret).ConfigureAwait(false);
        }
    }
}
