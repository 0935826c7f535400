using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Text;
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

/// <summary>Reads the parts of a request from whatever a host hands over: dictionaries of any kind, objects, text, bytes.</summary>
internal static class PipedParts
{
    /// <summary>A property or an entry of an object, names compared without case.</summary>
    public static bool TryGet(object? source, string name, out object? value)
    {
        value = null;
        if (Unwrap(source) is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                if (!string.Equals(entry.Key?.ToString(), name, StringComparison.OrdinalIgnoreCase)) continue;
                value = Unwrap(entry.Value);
                return true;
            }

            return false;
        }

        if (source is null) return false;
        PSPropertyInfo? property = PSObject.AsPSObject(source).Properties[name];
        if (property is null) return false;
        try
        {
            value = Unwrap(property.Value);
            return true;
        }
        catch (GetValueException)
        {
            return false;
        }
    }

    /// <summary>Headers of any form; null when it is none.</summary>
    public static WebhookHeaders? ReadHeaders(object? source)
    {
        object? value = Unwrap(source);
        switch (value)
        {
            case null:
                return null;
            case WebhookHeaders headers:
                return headers;
            case string text:
                return WebhookHeaders.FromText(text);
            case IDictionary table:
                return new WebhookHeaders(Entries(table));
            case NameValueCollection collection:
                return new WebhookHeaders(collection.AllKeys.SelectMany(key => (collection.GetValues(key) ?? []).Select(item => KeyValuePair.Create(key ?? "", item))));
            case IEnumerable list:
                // HttpHeaders and the like: pairs of a name and one or several values.
                return new WebhookHeaders(list.Cast<object?>().SelectMany(static item
                    => TryGet(item, "Key", out object? key) && TryGet(item, "Value", out object? values) ? Pairs(key, values) : []));
            default:
                return new WebhookHeaders(PSObject.AsPSObject(source!).Properties
                    .Where(static property => property.MemberType is PSMemberTypes.NoteProperty or PSMemberTypes.Property)
                    .SelectMany(static property => Pairs(property.Name, property.Value)));
        }
    }

    /// <summary>The bytes of a body; what is no longer text or bytes cannot be checked.</summary>
    public static byte[] ReadBody(object? source)
    {
        switch (Unwrap(source))
        {
            case null:
                return [];
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case byte[] bytes:
                return bytes;
            case WebhookPayload payload:
                return payload.Utf8.ToArray();
            case Stream stream:
                using (var copy = new MemoryStream())
                {
                    stream.CopyTo(copy);
                    return copy.ToArray();
                }

            case IEnumerable list when TryReadBytes(list) is { } bytes:
                return bytes;
            case IEnumerable and not IDictionary:
                throw NotRaw("The body is a list of lines or values, so its line breaks are lost.", "Read files with Get-Content -Raw or -AsByteStream -Raw.");
            default:
                throw NotRaw("The body has been parsed already, so what was signed is lost.", "Pass the body as it came: text or bytes, not an object that ConvertFrom-Json made.");
        }
    }

    public static object? Unwrap(object? value) => value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;

    private static IEnumerable<KeyValuePair<string, string>> Pairs(object? key, object? value)
    {
        string name = key?.ToString() ?? "";
        return Unwrap(value) is IEnumerable list and not string
            ? list.Cast<object?>().Select(item => KeyValuePair.Create(name, Text(item)))
            : [KeyValuePair.Create(name, Text(value))];
    }

    private static List<KeyValuePair<string, string>> Entries(IDictionary table)
    {
        // Enumerated as a dictionary: as a plain sequence a typed one gives pairs instead of entries.
        var headers = new List<KeyValuePair<string, string>>();
        foreach (DictionaryEntry entry in table) headers.AddRange(Pairs(entry.Key, entry.Value));
        return headers;
    }

    private static string Text(object? value) => Convert.ToString(Unwrap(value), System.Globalization.CultureInfo.InvariantCulture) ?? "";

    private static byte[]? TryReadBytes(IEnumerable list)
    {
        // Get-Content -AsByteStream without -Raw gives its bytes one by one.
        var bytes = new List<byte>();
        foreach (object? item in list)
        {
            if (Unwrap(item) is not byte one) return null;
            bytes.Add(one);
        }

        return bytes.ToArray();
    }

    private static MessagingException NotRaw(string message, string action) => new(MessagingErrorReason.InvalidRequest, message, action);
}
