using System.Text.Json;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Azure Automation's <c>$WebhookData</c> as text (provider facts, section 11). Some runtimes hand it over as valid
/// JSON, others with all outer quotes stripped: <c>{WebhookName:x,RequestBody:{"a":1},RequestHeader:{Host:…}}</c>.
/// </summary>
internal static partial class AzureWebhookText
{
    private const string BodyMark = "RequestBody:";
    private const string HeaderMark = ",RequestHeader:{";

    public static WebhookRequest Parse(string text)
    {
        string trimmed = text.Trim().TrimStart('\uFEFF');
        return TryParseJson(trimmed) ?? TryParseStripped(trimmed) ?? throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "The text is not the $WebhookData of Azure Automation: neither JSON with RequestBody and RequestHeader, nor such JSON without its quotes.",
            $"Pass $WebhookData as the runbook received it, or give {Wording.Option("Headers")} and {Wording.Option("Body")}.");
    }

    /// <summary>Reads headers that are themselves JSON text or text without quotes; null when they are neither.</summary>
    public static WebhookHeaders? TryParseHeaders(string text)
    {
        string trimmed = text.Trim();
        try
        {
            using var document = JsonDocument.Parse(trimmed);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return ReadHeaders(document.RootElement);
        }
        catch (JsonException)
        {
            // Then without quotes.
        }

        return trimmed.StartsWith('{') && trimmed.EndsWith('}') ? ReadBareHeaders(trimmed[1..^1]) : null;
    }

    private static WebhookRequest? TryParseJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;

            // JSON text that was made to JSON text once more.
            if (root.ValueKind == JsonValueKind.String) return Parse(root.GetString()!);
            if (root.ValueKind != JsonValueKind.Object || Member(root, "RequestBody") is not { } body) return null;
            WebhookHeaders headers = Member(root, "RequestHeader") is { } header
                ? ReadHeaders(header)
                : new WebhookHeaders([]);
            return body.ValueKind switch
            {
                JsonValueKind.String => WebhookRequest.FromText(headers, body.GetString()!, WebhookRequestForm.AzureJsonText),
                JsonValueKind.Null => new WebhookRequest(headers, [], WebhookRequestForm.AzureJsonText),
                _ => WebhookRequest.FromText(headers, body.GetRawText(), WebhookRequestForm.AzureJsonText),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static WebhookRequest? TryParseStripped(string text)
    {
        if (!text.StartsWith('{') || !text.EndsWith("}}", StringComparison.Ordinal)) return null;

        // The name comes first and cannot hold the mark; the body can hold anything, so it ends at the last header mark.
        int bodyMark = text.IndexOf(BodyMark, StringComparison.Ordinal);
        int headerMark = text.LastIndexOf(HeaderMark, StringComparison.Ordinal);
        int start = bodyMark + BodyMark.Length;
        if (bodyMark < 1 || text[bodyMark - 1] is not ('{' or ',' or ' ') || headerMark < start) return null;
        WebhookHeaders headers = ReadBareHeaders(text[(headerMark + HeaderMark.Length)..^2]);
        return WebhookRequest.FromText(headers, text[start..headerMark], WebhookRequestForm.AzureStrippedText);
    }

    private static JsonElement? Member(JsonElement element, string name)
    {
        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        }

        return null;
    }

    private static WebhookHeaders ReadHeaders(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String) return TryParseHeaders(element.GetString()!) ?? new WebhookHeaders([]);
        var headers = new List<KeyValuePair<string, string>>();
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                IEnumerable<JsonElement> values = member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray() : [member.Value];
                headers.AddRange(values.Select(value => KeyValuePair.Create(member.Name, value.ToString())));
            }
        }

        return new WebhookHeaders(headers);
    }

    /// <summary>
    /// Bare values may hold commas and colons, so a comma ends one only when a header's name and a colon follow directly.
    /// The four headers that matter hold neither.
    /// </summary>
    private static WebhookHeaders ReadBareHeaders(string text)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string part in NextHeader().Split(text))
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) headers.Add(new(part[..colon], part[(colon + 1)..]));
        }

        return new WebhookHeaders(headers);
    }

    [GeneratedRegex(@",(?=[A-Za-z][A-Za-z0-9-]*:)", RegexOptions.CultureInvariant)]
    private static partial Regex NextHeader();
}
