using System.Management.Automation;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Turns a delivered request into a verified event.</summary>
[Cmdlet(VerbsData.ConvertFrom, "WebhookRequest", DefaultParameterSetName = DataSet)]
[OutputType(typeof(WebhookEvent))]
public sealed class ConvertFromWebhookRequestCommand : VerifyingCmdlet
{
    private const string DataSet = "WebhookData";
    private const string PartsSet = "HeadersAndBody";

    private readonly List<string> _warnings = [];
    private AccountVerifier? _verifier;

    /// <summary>Azure Automation's $WebhookData in any of its forms, or an object with Headers and RawBody.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = DataSet)]
    [Alias("InputObject")]
    [AllowNull]
    [AllowEmptyString]
    public object? WebhookData { get; set; }

    /// <summary>The headers: a dictionary of any kind, or an object with a property for each.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PartsSet)]
    [Alias("Header")]
    [AllowNull]
    public object? Headers { get; set; }

    /// <summary>The raw body: text, which is taken as UTF-8, or bytes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PartsSet)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Body { get; set; }

    /// <summary>Reads the event although nobody knows who sent it; its IsVerified is false then.</summary>
    [Parameter]
    public SwitchParameter SkipVerification { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        object? input = ParameterSetName == PartsSet ? Body : WebhookData;
        await GuardAsync(input, async () =>
        {
            if (!SkipVerification) _verifier ??= new AccountVerifier(await GetVerifierAsync(cancellationToken).ConfigureAwait(false), AskAgain, _warnings.Add, isFresh: true);
            WebhookRequest request = ParameterSetName == PartsSet
                ? new WebhookRequest(WebhookRequestReader.Headers(Headers), PipedParts.ReadBody(Body))
                : WebhookRequestReader.Read(WebhookData);
            await WriteObjectAsync(await ReadAsync(request, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task<WebhookEvent> ReadAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        if (_verifier is null) return WebhookEventReader.Read(request, null, SecretAccount);
        WebhookVerifier verifier = _verifier.Current;
        if (verifier.Check(request.Body.Span, request.Timestamp, request.Signature).Reason == nameof(SignatureProblem.WrongSecret)
            && await _verifier.RenewAsync(verifier, cancellationToken).ConfigureAwait(false) is { } renewed)
        {
            verifier = renewed;
        }

        foreach (string warning in _warnings) await WriteWarningAsync(warning).ConfigureAwait(false);
        _warnings.Clear();
        return WebhookEventReader.Read(request, verifier, SecretAccount);
    }
}
