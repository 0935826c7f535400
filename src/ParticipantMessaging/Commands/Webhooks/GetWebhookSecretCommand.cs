using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Reads the secret with which a workspace's events are signed.</summary>
[Cmdlet(VerbsCommon.Get, "WebhookSecret", SupportsShouldProcess = true)]
[OutputType(typeof(WebhookSecret))]
public sealed class GetWebhookSecretCommand : WebhookSecretCmdlet
{
    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => GuardAsync(WorkspaceId ?? Account, async () =>
    {
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        IReadOnlyList<string> workspaces = MustStore && SecretName is not null
            ? [await FindWorkspaceAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false)]
            : await FindWorkspacesAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false);

        // Each for itself: one workspace that this token may not see does not hide the others.
        foreach (string workspace in workspaces)
        {
            await GuardAsync(workspace, () => ReadAsync(client, workspace, isOnlyOne: workspaces.Count == 1, cancellationToken)).ConfigureAwait(false);
        }
    });

    private async Task ReadAsync(ProlificClient client, string workspace, bool isOnlyOne, CancellationToken cancellationToken)
    {
        int found = 0;
        await foreach (WebhookSecretValue value in client.GetWebhookSecretsAsync(workspace, cancellationToken).ConfigureAwait(false))
        {
            found++;
            await EmitAsync(Shape(value, client.Connection.Account), workspace).ConfigureAwait(false);
        }

        if (found == 0) await ReportNoneAsync(workspace, isOnlyOne).ConfigureAwait(false);
    }

    private async Task EmitAsync(WebhookSecret secret, string workspace)
    {
        if (MustStore && await ShouldProcessAsync(WhereFor(workspace), "Store the webhook secret").ConfigureAwait(false))
        {
            await StoreAsync(secret, workspace).ConfigureAwait(false);
        }

        await WriteObjectAsync(secret).ConfigureAwait(false);
    }

    private Task ReportNoneAsync(string workspace, bool isOnlyOne)
    {
        string text = $"The workspace {workspace} has no webhook secret.";
        return isOnlyOne
            ? WriteErrorAsync(ErrorRecords.From(MessagingErrorReason.NotFound, text, "Make one with New-WebhookSecret; subscriptions need it.", workspace))
            : WriteVerboseAsync(text);
    }
}
