using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Says whether a signature matches a body, and on request why it does not.</summary>
[Cmdlet(VerbsDiagnostic.Test, "WebhookSignature")]
[OutputType(typeof(bool))]
[OutputType(typeof(WebhookSignatureResult))]
public sealed class TestWebhookSignatureCommand : VerifyingCmdlet
{
    private WebhookVerifier? _verifier;

    /// <summary>The raw body: text, which is taken as UTF-8, or bytes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Body { get; set; }

    /// <summary>Value of the header X-Prolific-Request-Timestamp.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias(WebhookHeaderNames.RequestTimestamp)]
    [AllowNull]
    [AllowEmptyString]
    public string? Timestamp { get; set; }

    /// <summary>Value of the header X-Prolific-Request-Signature.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias(WebhookHeaderNames.Signature)]
    [AllowNull]
    [AllowEmptyString]
    public string? Signature { get; set; }

    /// <summary>Gives the reason too, found by trying what usually goes wrong.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => GuardAsync(Body, async () =>
    {
        _verifier ??= await GetVerifierAsync(cancellationToken).ConfigureAwait(false);
        byte[] body = PipedParts.ReadBody(Body);
        if (Detailed) await WriteObjectAsync(_verifier.Diagnose(body, Timestamp, Signature)).ConfigureAwait(false);
        else await WriteObjectAsync(_verifier.Check(body, Timestamp, Signature).IsValid).ConfigureAwait(false);
    });

    private protected override async Task<WebhookVerifier> MakeVerifierAsync(CancellationToken cancellationToken)
    {
        // With both, the given secret decides, and the account's help to explain.
        if (Secret is null || !Detailed || !HasExplicitConnection) return await base.MakeVerifierAsync(cancellationToken).ConfigureAwait(false);
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        IReadOnlyList<WebhookKey> others = await ReadKeysAsync(client, WorkspaceId, cancellationToken).ConfigureAwait(false);
        return new WebhookVerifier(Secret.Select(WebhookKey.From), Limit, otherKeys: others);
    }
}
