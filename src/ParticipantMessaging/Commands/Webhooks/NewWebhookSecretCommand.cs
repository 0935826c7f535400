using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Makes a signing secret for a workspace. One that is there is replaced at once.</summary>
[Cmdlet(VerbsCommon.New, "WebhookSecret", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(WebhookSecret))]
public sealed class NewWebhookSecretCommand : WebhookSecretCmdlet
{
    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => GuardAsync(WorkspaceId ?? Account, async () =>
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

        bool isPlaceholder = MustStore && await TryStoreAsync(client, workspace, cancellationToken).ConfigureAwait(false);
        WebhookSecretValue value;
        try
        {
            value = await client.CreateWebhookSecretAsync(workspace, cancellationToken).ConfigureAwait(false);
        }
        catch when (isPlaceholder)
        {
            await RemovePlaceholderAsync(workspace).ConfigureAwait(false);
            throw;
        }

        WebhookSecret secret = Shape(value, client.Connection.Account);
        await WriteObjectAsync(secret).ConfigureAwait(false);
        if (MustStore) await StoreNewAsync(secret, workspace).ConfigureAwait(false);
    });

    /// <summary>
    /// Makes sure that the vault can be written before the old secret is replaced: stores the present secret under that name, which is right
    /// whatever happens next, or, where the workspace has none, a text that says what it is.
    /// </summary>
    /// <returns>True when it was that text.</returns>
    private async Task<bool> TryStoreAsync(ProlificClient client, string workspace, CancellationToken cancellationToken)
    {
        SecureString? present = null;
        await foreach (WebhookSecretValue value in client.GetWebhookSecretsAsync(workspace, cancellationToken).ConfigureAwait(false))
        {
            if (value.Value.Length > 0) present = ToSecureString(value.Value);
        }

        try
        {
            await OnPipelineAsync(() => SecretVault.Store(NameFor(workspace), Vault, present ?? ToSecureString("(the webhook secret is being made)"))).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            throw new MessagingException(
                error.Reason,
                $"No new webhook secret was made, because it could not be stored as {WhereFor(workspace)}. {error.Message}",
                error.RecommendedAction,
                error);
        }

        return present is null;
    }

    private async Task RemovePlaceholderAsync(string workspace)
    {
        try
        {
            await OnPipelineAsync(() => SecretVault.Remove(NameFor(workspace), Vault)).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            await WriteVerboseAsync($"The placeholder {WhereFor(workspace)} could not be removed: {error.Message}").ConfigureAwait(false);
        }
    }

    private async Task StoreNewAsync(WebhookSecret secret, string workspace)
    {
        try
        {
            await StoreAsync(secret, workspace).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            // The vault could be written a moment ago. The old secret is gone already, so the new one must not be lost over it.
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
