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

    private WebhookVerifier? _verifier;

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
        if (!SkipVerification) _verifier ??= await GetVerifierAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            WebhookRequest request = ParameterSetName == PartsSet
                ? new WebhookRequest(WebhookRequestReader.Headers(Headers), PipedParts.ReadBody(Body))
                : WebhookRequestReader.Read(WebhookData);
            await WriteObjectAsync(WebhookEventReader.Read(request, SkipVerification ? null : _verifier, SecretAccount)).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            await WriteErrorAsync(error, ParameterSetName == PartsSet ? Body : WebhookData).ConfigureAwait(false);
        }
    }
}
