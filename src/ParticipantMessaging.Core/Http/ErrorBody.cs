using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>
/// What a service says about a failure, whatever shape it uses: Prolific's five (wrapped, bare, message + detail,
/// detail alone, no JSON at all) and Open Humans' (<c>errors</c> by field, <c>detail</c>, a field with a plain text).
/// </summary>
internal sealed partial class ErrorBody
{
    public const int MessageLimit = 500;

    // A refused list names up to 500 ids of 16 digits: longer than a message, and needed whole.
    private const int FieldTextLimit = 32 * 1024;

    private const int MaxTexts = 200;

    private static readonly string[] FormWide = ["__all__", "non_field_errors", ""];

    private readonly Dictionary<string, List<string>> _fields = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly AccessToken _token;
    private int _count;
    private string? _code;

    private ErrorBody(AccessToken token) => _token = token;

    /// <summary>One line for people, at most 500 characters, without token; null when the service said nothing.</summary>
    public string? Message { get; private set; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> FieldErrors { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public static ErrorBody Read(ReadOnlySpan<byte> body, AccessToken token)
    {
        var result = new ErrorBody(token);
        if (body.StartsWith(Encoding.UTF8.Preamble)) body = body[3..];
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            result.ReadRoot(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            result._texts.Clear();
            result._fields.Clear();
            result.AddText(PlainText(Encoding.UTF8.GetString(body[..Math.Min(body.Length, 16 * 1024)])));
        }

        result.Finish();
        return result;
    }

    private void ReadRoot(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            ReadDetail(root, "");
            return;
        }

        if (root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
        {
            root = error;
        }
        else if (root.TryGetProperty("errors", out JsonElement errors))
        {
            ReadDetail(errors, "");
            return;
        }

        bool known = false;
        foreach (string name in (ReadOnlySpan<string>)["title", "message", "error", "detail", "additional_information"])
        {
            if (!root.TryGetProperty(name, out JsonElement value)) continue;
            known = true;
            ReadDetail(value, "");
        }

        // What support asks for first; it says nothing by itself.
        if (known && root.TryGetProperty("error_code", out JsonElement code) && code.ValueKind is JsonValueKind.Number or JsonValueKind.String)
        {
            string text = Clean(code.ValueKind == JsonValueKind.String ? code.GetString() : code.GetRawText(), 60);
            if (text.Length > 0) _code = $"error code {text}";
        }

        // Neither shape: fields with their texts, as {"project_member_id": "… is invalid"}.
        if (!known) ReadDetail(root, "");
    }

    private void ReadDetail(JsonElement value, string field)
    {
        if (_count > MaxTexts) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                AddText(value.GetString(), field);
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when field.Length > 0:
                AddText(value.GetRawText(), field);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray()) ReadDetail(item, field);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    string name = FormWide.Contains(member.Name) ? field : field.Length == 0 ? member.Name : $"{field}.{member.Name}";
                    ReadDetail(member.Value, name);
                }

                break;
            default:
                break;
        }
    }

    private void AddText(string? text, string field = "")
    {
        text = Clean(text, FieldTextLimit);
        if (text.Length == 0 || _count++ > MaxTexts) return;
        if (field.Length == 0)
        {
            if (!_texts.Contains(text)) _texts.Add(text);
            return;
        }

        field = Clean(field, 100);
        if (!_fields.TryGetValue(field, out List<string>? texts)) _fields[field] = texts = [];
        texts.Add(text);
    }

    private void Finish()
    {
        IEnumerable<string> parts = _texts.Concat(_fields.Select(static f => $"{f.Key}: {string.Join(" ", f.Value)}"));
        string joined = "";
        foreach (string part in parts)
        {
            joined = joined.Length == 0 ? part : $"{joined.TrimEnd('.')}. {part}";
            if (joined.Length > MessageLimit) break;
        }

        int most = MessageLimit - (_code is null ? 0 : _code.Length + 3);
        if (joined.Length > most) joined = string.Concat(joined.AsSpan(0, most - 1), "…");
        if (_code is not null) joined = joined.Length == 0 ? _code : $"{joined.TrimEnd('.')} ({_code})";
        Message = joined.Length == 0 ? null : joined;
        FieldErrors = _fields.ToDictionary(static f => f.Key, static f => (IReadOnlyList<string>)f.Value, StringComparer.Ordinal);
    }

    /// <summary>One line: no control characters (a terminal would obey them), no token, no more than the limit.</summary>
    private string Clean(string? text, int limit)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        text = _token.Scrub(text)!;
        if (text.Length > limit) text = text[..limit];
        return ShownText.Line(text);
    }

    private static string PlainText(string text)
    {
        Match title = Title().Match(text);
        if (title.Success) return WebUtility.HtmlDecode(title.Groups[1].Value);
        if (!text.TrimStart().StartsWith('<')) return text;
        return WebUtility.HtmlDecode(Tags().Replace(text, " "));
    }

    [GeneratedRegex("<title[^>]*>([^<]{1,500})</title>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Title();

    [GeneratedRegex("<(script|style)[^>]*>.*?</\\1>|<[^>]*>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Tags();
}
