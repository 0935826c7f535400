using System.Collections;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Finds the request in what was piped: Azure's $WebhookData in its four forms, or an object with headers and a body.</summary>
internal static class WebhookRequestReader
{
    public static WebhookRequest Read(object? source)
    {
        object? value = PipedParts.Unwrap(source);
        if (value is WebhookRequest request) return request;
        if (value is string text) return WebhookRequest.FromAzureText(text);

        if (PipedParts.TryGet(source, "RequestBody", out object? body))
        {
            PipedParts.TryGet(source, "RequestHeader", out object? header);
            WebhookRequestForm form = header is IDictionary ? WebhookRequestForm.AzureDictionary : WebhookRequestForm.AzureObject;
            return new WebhookRequest(Headers(header), PipedParts.ReadBody(body), form);
        }

        // An Azure Function's $Request, or an object of one's own.
        if (PipedParts.TryGet(source, "Headers", out object? headers)
            && (PipedParts.TryGet(source, "RawBody", out body) || PipedParts.TryGet(source, "Body", out body)))
        {
            return new WebhookRequest(Headers(headers), PipedParts.ReadBody(body));
        }

        throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "The object is no request: it has neither RequestBody and RequestHeader, as Azure's $WebhookData has, nor Headers and a RawBody.",
            "Pipe $WebhookData as the runbook received it, or give -Headers and -Body.");
    }

    public static WebhookHeaders Headers(object? source) => PipedParts.ReadHeaders(source) ?? new WebhookHeaders([]);
}
