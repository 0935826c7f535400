using System.Text.Json;
using System.Text.Unicode;

namespace ParticipantMessaging.Webhooks;

/// <summary>Turns a delivered request into an event: the signature first, then the JSON.</summary>
public static class WebhookEventReader
{
    /// <summary>Checks a request and reads its event.</summary>
    /// <param name="request">The request.</param>
    /// <param name="verifier">What it is checked with; null to skip the check, which marks the event.</param>
    /// <param name="account">The account whose secret was used; empty when there is none.</param>
    /// <returns>The event.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidSignature"/>: the signature does not match or
    /// the request is too old; nothing of the body went any further. <see cref="MessagingErrorReason.InvalidResponse"/>: the body is no JSON object.</exception>
    public static WebhookEvent Read(WebhookRequest request, WebhookVerifier? verifier, string account = "")
    {
        ArgumentNullException.ThrowIfNull(request);
        if (verifier is not null)
        {
            WebhookSignatureResult result = verifier.Diagnose(request.Body, request.Timestamp, request.Signature);
            if (!result.IsValid) throw NotGenuine(request, result);
        }

        return Parse(request.Headers, request.Body, account, isVerified: verifier is not null);
    }

    internal static WebhookEvent Parse(WebhookHeaders headers, ReadOnlyMemory<byte> body, string account, bool isVerified)
    {
        try
        {
            // Texts are decoded one by one and late; bytes that are no UTF-8 must not surface there.
            if (!Utf8.IsValid(body.Span)) throw new JsonException("The text is not UTF-8.");
            using var document = JsonDocument.Parse(SkipMark(body));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("It is not an object.");
            return Parse(headers, body, document.RootElement, account, isVerified);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidResponse,
                isVerified
                    ? "The signature matches, but the body is not a JSON object."
                    : "The body is not a JSON object.",
                "Check what the sender posts; Prolific's events are JSON objects.",
                error);
        }
    }

    private static WebhookEvent Parse(WebhookHeaders headers, ReadOnlyMemory<byte> body, JsonElement root, string account, bool isVerified)
    {
        string eventType = "", resourceId = "", status = "", participantId = "";
        Dictionary<string, object?>? others = null;
        foreach (JsonProperty member in root.EnumerateObject())
        {
            switch (member.Name)
            {
                case "event_type": eventType = Text(member.Value); break;
                case "resource_id": resourceId = Text(member.Value); break;
                case "status": status = Text(member.Value); break;
                case "participant_id": participantId = Text(member.Value); break;
                default: (others ??= new KeptFields())[member.Name] = JsonValues.ToPlain(member.Value); break;
            }
        }

        return new WebhookEvent
        {
            Id = headers[WebhookHeaderNames.EventId] ?? "",
            EventType = eventType,
            ResourceId = resourceId,
            ResourceStatus = status,
            ParticipantId = participantId,
            CreatedAt = WebhookVerifier.TryReadTimestamp(headers[WebhookHeaderNames.EventTimestamp], out DateTimeOffset at) ? at : null,
            Payload = new WebhookPayload(body.ToArray()),
            Account = account,
            IsVerified = isVerified,
            AdditionalProperties = others ?? AdditionalFields.None,
        };
    }

    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Null => "",
        _ => element.GetRawText(),
    };

    private static ReadOnlyMemory<byte> SkipMark(ReadOnlyMemory<byte> body)
        => body.Span.StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? body[3..] : body;

    private static MessagingException NotGenuine(WebhookRequest request, WebhookSignatureResult result) => new(
        MessagingErrorReason.InvalidSignature,
        $"The request was refused. {result.Message} It came as {request.DescribeForm()}.",
        result.Reason == nameof(SignatureProblem.TimestampOutsideWindow)
            ? $"Allow a greater age with {Wording.Option("MaxAge")} when late retries are to be accepted, and check this computer's clock."
            : $"Check the secret of the workspace with {Wording.By(Job.ShowSecret)}; {Wording.By(Job.DiagnoseSignature)} finds out more about a body.")
    {
        IsSecurityFailure = true,
    };
}
