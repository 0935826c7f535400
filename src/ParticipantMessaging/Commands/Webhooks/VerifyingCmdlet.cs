using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>A cmdlet that checks signatures: with secrets that are given, or with those of an account's workspaces.</summary>
public abstract class VerifyingCmdlet : WebhookCmdlet
{
    /// <summary>The signing secret, or several of which any may match. Without it the account's is read from the provider.</summary>
    [Parameter]
    [SecretTexts]
    public SecureString[]? Secret { get; set; }

    /// <summary>The workspace whose secret is read; without it that of the account, or those of all its workspaces.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>How far the time of the request may lie from now; no limit unless given.</summary>
    [Parameter]
    [LengthOfTime]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>The account whose secrets are used; empty when they were given.</summary>
    private protected string SecretAccount { get; private set; } = "";

    private protected async Task<WebhookVerifier> GetVerifierAsync(CancellationToken cancellationToken)
    {
        if (Secret is { Length: > 0 }) return new WebhookVerifier(Secret.Select(WebhookKey.From), MaxAge);
        ProlificClient client;
        try
        {
            client = await ConnectToProlificAsync().ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason == MessagingErrorReason.AccountNotFound && !HasExplicitConnection)
        {
            throw new MessagingException(
                error.Reason,
                $"There is no secret to check signatures with. {error.Message}",
                "Give the secret with -Secret, or the account whose webhook secret it is with -Account.",
                error);
        }

        IReadOnlyList<WebhookKey> keys = await ReadKeysAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false);
        SecretAccount = client.Connection.Account;
        return new WebhookVerifier(keys, MaxAge);
    }

    private protected static async Task<IReadOnlyList<WebhookKey>> ReadKeysAsync(ProlificClient client, string? workspaceId, CancellationToken cancellationToken)
    {
        var keys = new List<WebhookKey>();
        foreach (string workspace in await FindWorkspacesAsync(client, workspaceId, cancellationToken).ConfigureAwait(false))
        {
            await foreach (WebhookSecretValue secret in client.GetWebhookSecretsAsync(workspace, cancellationToken).ConfigureAwait(false))
            {
                if (secret.Value.Length > 0) keys.Add(new WebhookKey(secret.Value));
            }
        }

        return keys.Count > 0 ? keys : throw new MessagingException(
            MessagingErrorReason.NotFound,
            $"The account '{client.Connection.Account}' has no webhook secret.",
            "Make one with New-WebhookSecret, or give the secret with -Secret.");
    }
}
