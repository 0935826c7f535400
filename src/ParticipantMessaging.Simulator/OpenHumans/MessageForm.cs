using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace ParticipantMessaging.Simulator;

/// <summary>The fields of a message as they came, before the form looks at them.</summary>
/// <param name="AllMembers">What the service's check box makes of <c>all_members</c>.</param>
/// <param name="Ids">The ids in one text, as the service joins them; null where joining them crashes it.</param>
/// <param name="AnyIds">Whether <c>project_member_ids</c> holds anything at all, an id or not.</param>
/// <param name="IdsAreText">Whether the ids came as text, which alone is looked through for NUL.</param>
/// <param name="Subject">The subject; null when there is none.</param>
/// <param name="Message">The text; null when there is none.</param>
internal sealed partial record MessageForm(
    bool AllMembers, string? Ids, bool AnyIds, bool IdsAreText, string? Subject, string? Message)
{
    /// <summary>Most fields of a form, as Django sets it.</summary>
    private const int MostFields = 1_000;

    /// <summary>Most bytes of a form, as Django sets it; JSON has no limit.</summary>
    private const int MostBytes = 2_621_440;

    public static MessageForm Empty { get; } = new(false, "", false, true, null, null);

    /// <summary>Null where the service's Python crashes: a body that is no object.</summary>
    public static MessageForm? FromJson(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return null;
        string? ids = "";
        bool any = false;
        bool text = true;
        if (root.TryGetProperty("project_member_ids", out JsonElement value))
        {
            text = value.ValueKind == JsonValueKind.String;
            switch (value.ValueKind)
            {
                case JsonValueKind.String:
                    ids = PythonText.Text(value);
                    any = ids.Length > 0;
                    break;
                case JsonValueKind.Array:
                    any = value.GetArrayLength() > 0;
                    ids = value.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String)
                        ? string.Join(',', value.EnumerateArray().Select(PythonText.Text))
                        : null; // ",".join(…) over numbers
                    break;
                case JsonValueKind.Object:
                    // Going through an object gives its names.
                    ids = string.Join(',', value.EnumerateObject().Select(p => p.Name));
                    any = value.EnumerateObject().Any();
                    break;
                default:
                    ids = null; // ",".join(…) over null, a number or a truth value
                    break;
            }
        }

        bool all = root.TryGetProperty("all_members", out JsonElement flag) && flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.String => Ticked(PythonText.Text(flag)),
            JsonValueKind.Number => flag.GetDouble() != 0,
            JsonValueKind.Array => flag.GetArrayLength() > 0,
            JsonValueKind.Object => flag.EnumerateObject().Any(),
            _ => false,
        };
        return new MessageForm(all, ids, any, text, Field(root, "subject"), Field(root, "message"));
    }

    /// <summary>A form of either encoding; of a field that is there twice the last one counts. Null where Django answers with its page.</summary>
    public static MessageForm? FromForm(SimRequest request, bool multipart)
    {
        Dictionary<string, string>? fields = multipart
            ? Multipart(request)
            : request.Body.Length <= MostBytes ? UrlEncoded(request.Body) : null;
        if (fields is null)
            return null;
        string ids = fields.GetValueOrDefault("project_member_ids", "");
        return new MessageForm(fields.TryGetValue("all_members", out string? all) && Ticked(all), ids, ids.Length > 0, true,
            fields.GetValueOrDefault("subject"), fields.GetValueOrDefault("message"));
    }

    /// <summary>The ids that the service makes out of the text.</summary>
    public static string[] Split(string ids) => [.. Separators().Split(ids).Where(i => i.Length > 0)];

    /// <summary>Django's check box: of texts only the empty one and "false" are false.</summary>
    private static bool Ticked(string text) => text.ToLowerInvariant() is not ("" or "false");

    /// <summary>Django turns whatever it gets into text; what is empty counts as nothing.</summary>
    private static string? Field(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        bool empty = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0
            || value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any();
        return empty ? null : PythonText.Str(value);
    }

    private static Dictionary<string, string>? UrlEncoded(byte[] body)
    {
        string[] pairs = Encoding.Latin1.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > MostFields)
            return null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            fields[Decode(equals < 0 ? pair : pair[..equals])] = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
        }

        return fields;
    }

    /// <summary>Bytes that are no UTF-8 become U+FFFD, as Django reads them.</summary>
    private static string Decode(string text)
    {
        byte[] bytes = System.Net.WebUtility.UrlDecodeToBytes(Encoding.Latin1.GetBytes(text), 0, text.Length);
        return Encoding.UTF8.GetString(bytes);
    }

    private static Dictionary<string, string>? Multipart(SimRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
        {
            return null;
        }

        // Latin-1 gives every byte a character of its own, so that a part's text can be cut out and read as UTF-8 afterwards.
        string body = Encoding.Latin1.GetString(request.Body);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        int count = 0;
        int size = 0;
        foreach (string part in body.Split("--" + boundary).Skip(1))
        {
            int head = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (part.StartsWith("--", StringComparison.Ordinal) || head < 0)
                continue;
            Match name = PartName().Match(part[..head]);
            if (!name.Success || part[..head].Contains("filename=", StringComparison.OrdinalIgnoreCase))
                continue; // a file is no field
            string value = part[(head + 4)..];
            value = value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value;
            size += value.Length;
            if (++count > MostFields || size > MostBytes)
                return null;
            fields[name.Groups[1].Value] = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
        }

        return fields;
    }

    [GeneratedRegex("[ ,\r\n]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();

    [GeneratedRegex("""[; ]name="?([^";\r\n]*)"?""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
