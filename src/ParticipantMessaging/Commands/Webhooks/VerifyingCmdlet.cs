using System.Collections;
using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>A cmdlet that checks signatures: with secrets that are given, or with those of an account's workspaces.</summary>
public abstract class VerifyingCmdlet : WebhookCmdlet
{
    private MessagingException? _failure;

    /// <summary>The signing secret, or several of which any may match. Without it the account's is read from the provider.</summary>
    [Parameter]
    [SecretTexts]
    public SecureString[]? Secret { get; set; }

    /// <summary>The workspace whose secret is read; without it that of the account, or those of all its workspaces.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>How far the time of the request may lie from now, in both directions.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>The limit unless one is given; null for none.</summary>
    private protected virtual TimeSpan? UsualMaxAge => null;

    /// <summary>The account whose secrets are used; empty when they were given.</summary>
    private protected string SecretAccount { get; private set; } = "";

    private protected TimeSpan? Limit => MaxAge ?? UsualMaxAge;

    /// <summary>What asks the account for its secrets once more; null where they were given.</summary>
    private protected Func<CancellationToken, Task<WebhookVerifier>>? AskAgain => Secret is { Length: > 0 } ? null : AskAccountAsync;

    /// <summary>The verifier, or the failure to get one: it is asked for once, however many requests are piped.</summary>
    private protected async Task<WebhookVerifier> GetVerifierAsync(CancellationToken cancellationToken)
    {
        if (_failure is not null) throw _failure;
        try
        {
            return await MakeVerifierAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            _failure = error;
            throw;
        }
    }

    /// <summary>With the secrets that are given, else with those of the account.</summary>
    private protected virtual async Task<WebhookVerifier> MakeVerifierAsync(CancellationToken cancellationToken)
    {
        if (Secret is { Length: > 0 }) return new WebhookVerifier(Secret.Select(WebhookKey.From), Limit);
        try
        {
            SecretAccount = (await ConnectToProlificAsync().ConfigureAwait(false)).Connection.Account;
        }
        catch (MessagingException error) when (error.Reason == MessagingErrorReason.AccountNotFound && !HasExplicitConnection)
        {
            throw new MessagingException(
                error.Reason,
                $"There is no secret to check signatures with. {error.Message}",
                "Give the secret with -Secret, or the account whose webhook secret it is with -Account.",
                error);
        }

        return await AskAccountAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<WebhookVerifier> AskAccountAsync(CancellationToken cancellationToken)
    {
        // A client that has nothing to do with the pipeline, which may be busy with an event for as long as it likes.
        var client = new ProlificClient(await ConnectAsync().ConfigureAwait(false));
        return new WebhookVerifier(await ReadKeysAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false), Limit);
    }

    private protected static async Task<IReadOnlyList<WebhookKey>> ReadKeysAsync(ProlificClient client, string? workspaceId, CancellationToken cancellationToken)
    {
        var keys = new List<WebhookKey>();
        MessagingException? refusal = null;
        foreach (string workspace in await FindWorkspacesAsync(client, workspaceId, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await foreach (WebhookSecretValue secret in client.GetWebhookSecretsAsync(workspace, cancellationToken).ConfigureAwait(false))
                {
                    if (secret.Value.Length > 0) keys.Add(new WebhookKey(secret.Value));
                }
            }
            catch (MessagingException error) when (error.Reason is MessagingErrorReason.PermissionDenied or MessagingErrorReason.NotFound or MessagingErrorReason.InvalidRequest)
            {
                // One workspace that this token may not see does not hide the secrets of the others.
                refusal ??= error;
            }
        }

        return keys.Count > 0 ? keys : throw refusal ?? new MessagingException(
            MessagingErrorReason.NotFound,
            $"The account '{client.Connection.Account}' has no webhook secret.",
            "Make one with New-WebhookSecret, or give the secret with -Secret.");
    }
}

/// <summary>For parameters that take one or several secrets: SecureStrings, or what Get-WebhookSecret emits. Never plain text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretTextsAttribute : ArgumentTransformationAttribute
{
    private static readonly SecretTextAttribute _one = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = Unwrap(inputData);
        IEnumerable<object?> items = value is IEnumerable list and not string ? list.Cast<object?>() : [value];
        return items
            .Select(item => Unwrap(item) is WebhookSecret secret ? secret.Value : item)
            .Select(item => (SecureString)_one.Transform(engineIntrinsics, item!))
            .ToArray();
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
