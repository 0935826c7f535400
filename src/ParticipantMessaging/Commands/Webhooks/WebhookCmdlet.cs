using System.Net;
using System.Security;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>What the cmdlets for webhooks share: they speak to Prolific, and most of them mean a workspace.</summary>
public abstract class WebhookCmdlet : ServiceCmdlet
{
    /// <summary>Whether a connection was asked for on the command line.</summary>
    protected bool HasExplicitConnection => Account is not null || Token is not null || Provider is not null || BaseUri is not null;

    private protected async Task<ProlificClient> ConnectToProlificAsync(string? accountName = null)
    {
        ServiceConnection connection = await ConnectAsync(accountName).ConfigureAwait(false);
        return new ProlificClient(connection) { OnWait = Report, OnIncomplete = end => WriteWarningAsync(end.Message) };
    }

    /// <summary>The workspaces that are meant: the named one, the account's own, else all of them.</summary>
    private protected static async Task<IReadOnlyList<string>> FindWorkspacesAsync(ProlificClient client, string? workspaceId, CancellationToken cancellationToken)
        => (await ListWorkspacesAsync(client, workspaceId, cancellationToken).ConfigureAwait(false)).Found;

    private static async Task<(IReadOnlyList<string> Found, bool AreAll)> ListWorkspacesAsync(ProlificClient client, string? workspaceId, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(workspaceId)) return ([workspaceId.Trim()], true);
        if (client.Connection.WorkspaceId is { } own) return ([own], true);
        var found = new List<string>();
        ServiceList<ProlificWorkspace> workspaces = client.GetWorkspacesAsync(cancellationToken);
        await foreach (ProlificWorkspace workspace in workspaces.ConfigureAwait(false))
        {
            if (workspace.Id.Length == 0) continue;
            found.Add(workspace.Id);
            RecentIds.Workspaces.Add(workspace.Id);
        }

        return (found, workspaces.End is { IsComplete: true });
    }

    /// <summary>The one workspace that is meant; several are an error that names them.</summary>
    private protected static async Task<string> FindWorkspaceAsync(ProlificClient client, string? workspaceId, CancellationToken cancellationToken)
    {
        (IReadOnlyList<string> found, bool areAll) = await ListWorkspacesAsync(client, workspaceId, cancellationToken).ConfigureAwait(false);
        return found.Count switch
        {
            1 when areAll => found[0],
            1 => throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"Not all workspaces of this account are known, and it must be said which one is meant. One is {found[0]}.",
                "Name it with -WorkspaceId, or register the account with a -WorkspaceId."),
            0 => throw new MessagingException(
                MessagingErrorReason.NotFound,
                "This account has no workspace.",
                "Make a workspace on Prolific, or name one with -WorkspaceId."),
            _ => throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"This account has {found.Count} workspaces, and it must be said which one is meant: {string.Join(", ", found)}.",
                "Name it with -WorkspaceId, or register the account with a -WorkspaceId."),
        };
    }

    /// <summary>
    /// Prolific posts events over the public network, and accepts no other targets. A service on this very computer (a rehearsal with the
    /// simulator) reaches what listens on this computer, in clear too.
    /// </summary>
    private protected static string CheckTarget(Uri target, ServiceConnection connection)
    {
        bool isFine = target.IsAbsoluteUri && target.UserInfo.Length == 0 && (target.IsLoopback
            ? connection.BaseUri.IsLoopback && (target.Scheme == Uri.UriSchemeHttps || target.Scheme == Uri.UriSchemeHttp)
            : target.Scheme == Uri.UriSchemeHttps);
        return isFine ? target.AbsoluteUri : throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "The target of a subscription must be a public https:// address, since Prolific posts to it from outside.",
            "Give the address of a deployed function or of an Azure Automation webhook; for this computer, follow the log with Get-WebhookEvent -Wait instead. "
            + "A rehearsal takes http://localhost too: an account whose address is the simulator's on this computer.");
    }

    private protected static SecureString ToSecureString(string text)
    {
        SecureString secure = new NetworkCredential("", text).SecurePassword;
        secure.MakeReadOnly();
        return secure;
    }

    private protected static string ToPlainText(SecureString secure) => new NetworkCredential("", secure).Password;
}
