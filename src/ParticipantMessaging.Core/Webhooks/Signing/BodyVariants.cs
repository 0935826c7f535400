using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Webhooks;

/// <summary>A body as it may have been before something changed it.</summary>
internal sealed record BodyVariant(byte[] Body, SignatureProblem Problem, string Detail);

/// <summary>What a given body may have been when it was signed.</summary>
internal static class BodyVariants
{
    private static readonly byte[] _mark = [0xEF, 0xBB, 0xBF];

    /// <summary>Changes that know nothing of JSON: line breaks, byte order marks, encodings.</summary>
    public static IEnumerable<BodyVariant> OfBytes(ReadOnlyMemory<byte> body)
    {
        byte[] given = body.ToArray();
        byte[] bare = given.AsSpan().StartsWith(_mark) ? given[_mark.Length..] : given;
        foreach (BodyVariant variant in LineBreaks(given, "")) yield return variant;

        bool hadMark = bare.Length != given.Length;
        string markChange = hadMark ? "without the byte order mark" : "with a byte order mark before it";
        byte[] changed = hadMark ? bare : [.. _mark, .. given];
        yield return new BodyVariant(changed, SignatureProblem.ByteOrderMarkChanged, markChange);
        foreach (BodyVariant variant in LineBreaks(changed, markChange + " and "))
        {
            yield return variant with { Problem = SignatureProblem.ByteOrderMarkChanged };
        }

        foreach (BodyVariant variant in Encodings(given)) yield return variant;
    }

    /// <summary>The same JSON as other writers write it.</summary>
    public static IEnumerable<BodyVariant> OfJson(ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> json = body.Span.StartsWith(_mark) ? body[_mark.Length..] : body;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            yield break;
        }

        using (document)
        {
            foreach (JsonStyle style in JsonStyle.All)
            {
                // Text that is no UTF-8 cannot have been written anew by any of these.
                if (JsonRewriter.TryWrite(document.RootElement, style, out byte[] rewritten))
                {
                    yield return new BodyVariant(rewritten, SignatureProblem.BodyReserialized, style.Description);
                    yield return new BodyVariant([.. rewritten, (byte)'\n'], SignatureProblem.BodyReserialized, style.Description + " and a line break at its end");
                }
            }
        }
    }

    private static IEnumerable<BodyVariant> LineBreaks(byte[] given, string before)
    {
        const SignatureProblem Problem = SignatureProblem.LineBreakChanged;
        if (given.AsSpan().EndsWith("\r\n"u8)) yield return new BodyVariant(given[..^2], Problem, before + "without the line break at its end");
        if (given.AsSpan().EndsWith("\n"u8)) yield return new BodyVariant(given[..^1], Problem, before + "without the line feed at its end");
        yield return new BodyVariant([.. given, (byte)'\n'], Problem, before + "with a line break (LF) at its end");
        yield return new BodyVariant([.. given, (byte)'\r', (byte)'\n'], Problem, before + "with a line break (CR LF) at its end");

        // Latin-1 maps bytes to characters one to one, so nothing but the line breaks changes.
        string text = Encoding.Latin1.GetString(given);
        string unix = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (unix != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(unix), Problem, before + "with LF instead of CR LF");
        string windows = unix.Replace("\n", "\r\n", StringComparison.Ordinal);
        if (windows != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(windows), Problem, before + "with CR LF instead of LF");
        string trimmed = text.Trim(' ', '\t', '\r', '\n');
        if (trimmed != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(trimmed), Problem, before + "without the white space around it");
    }

    private static IEnumerable<BodyVariant> Encodings(byte[] given)
    {
        const SignatureProblem Problem = SignatureProblem.EncodingChanged;
        if (given.Length % 2 == 0 && given.Contains((byte)0))
        {
            string wide = Encoding.Unicode.GetString(given).TrimStart('\uFEFF');
            yield return new BodyVariant(Encoding.UTF8.GetBytes(wide), Problem, "its UTF-16 text is turned into UTF-8");
        }

        if (!System.Text.Unicode.Utf8.IsValid(given))
        {
            yield return new BodyVariant(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(given)), Problem, "its Latin-1 text is turned into UTF-8");
            yield break;
        }

        string text = Encoding.UTF8.GetString(given);
        if (text.All(char.IsAscii)) yield break;
        if (text.All(static c => c <= '\u00FF'))
        {
            // UTF-8 that somebody read as Latin-1 and wrote as UTF-8 again.
            yield return new BodyVariant(Encoding.Latin1.GetBytes(text), Problem, "text that was encoded twice is decoded once");
        }
    }
}

/// <summary>Writes JSON in the style of another writer; numbers keep their digits.</summary>
internal static class JsonRewriter
{
    public static bool TryWrite(JsonElement element, JsonStyle style, out byte[] json)
    {
        var text = new StringBuilder();
        try
        {
            Write(text, element, style, 0);
            json = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text.ToString());
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or EncoderFallbackException)
        {
            // Half a surrogate pair or bytes that are no UTF-8.
            json = [];
            return false;
        }
    }

    private static void Write(StringBuilder text, JsonElement element, JsonStyle style, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                IEnumerable<JsonProperty> members = element.EnumerateObject();
                if (style.Sorted) members = members.OrderBy(static member => member.Name, StringComparer.Ordinal);
                WriteItems(text, '{', '}', members, style, depth, member =>
                {
                    WriteText(text, member.Name, style.Escapes);
                    text.Append(style.NameSeparator);
                    Write(text, member.Value, style, depth + 1);
                });
                break;
            case JsonValueKind.Array:
                WriteItems(text, '[', ']', element.EnumerateArray(), style, depth, item => Write(text, item, style, depth + 1));
                break;
            case JsonValueKind.String:
                WriteText(text, element.GetString()!, style.Escapes);
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void WriteItems<T>(StringBuilder text, char open, char close, IEnumerable<T> items, JsonStyle style, int depth, Action<T> write)
    {
        text.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any) text.Append(style.ItemSeparator);
            if (style.Indent > 0) text.Append('\n').Append(' ', style.Indent * (depth + 1));
            write(item);
            any = true;
        }

        if (any && style.Indent > 0) text.Append('\n').Append(' ', style.Indent * depth);
        text.Append(close);
    }

    private static void WriteText(StringBuilder text, string value, JsonEscapes escapes)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"' when escapes == JsonEscapes.Html: text.Append("\\u0022"); break;
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\b': text.Append("\\b"); break;
                case '\f': text.Append("\\f"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                default:
                    if (MustEscape(c, escapes)) text.Append("\\u").Append(((int)c).ToString(escapes == JsonEscapes.Html ? "X4" : "x4", CultureInfo.InvariantCulture));
                    else text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }

    private static bool MustEscape(char c, JsonEscapes escapes) => c < ' ' || escapes switch
    {
        // Python leaves DEL alone, .NET does not.
        JsonEscapes.Ascii => c > '\u007F',
        JsonEscapes.Html => c >= '\u007F' || c is '<' or '>' or '&' or '\'' or '+' or '`',
        _ => false,
    };
}

/// <summary>How a JSON writer sets blanks, escapes and order.</summary>
internal sealed record JsonStyle(string ItemSeparator, string NameSeparator, int Indent, JsonEscapes Escapes, bool Sorted, string Description)
{
    private static readonly bool[] _orders = [false, true];

    /// <summary>The styles of the usual writers, most likely ones first.</summary>
    public static IReadOnlyList<JsonStyle> All { get; } = MakeAll();

    private static JsonStyle[] MakeAll()
    {
        (string Item, string Name, int Indent, string Words)[] layouts =
        [
            (", ", ": ", 0, "a blank after every comma and colon (as Python writes JSON)"),
            (",", ":", 0, "no blanks between its parts (compact JSON)"),
            (",", ": ", 2, "line breaks and an indent of two (pretty JSON)"),
            (",", ": ", 4, "line breaks and an indent of four (pretty JSON)"),
        ];
        (JsonEscapes Escapes, string Words)[] escapes =
        [
            (JsonEscapes.Ascii, ""),
            (JsonEscapes.Minimal, ", letters beyond ASCII unescaped"),
            (JsonEscapes.Html, ", letters beyond ASCII and HTML characters escaped (as .NET writes JSON)"),
        ];
        return
        [
            .. from sorted in _orders
               from layout in layouts
               from escape in escapes
               select new JsonStyle(
                   layout.Item,
                   layout.Name,
                   layout.Indent,
                   escape.Escapes,
                   sorted,
                   layout.Words + escape.Words + (sorted ? ", names in alphabetical order" : "")),
        ];
    }
}

/// <summary>Which characters of a text are escaped.</summary>
internal enum JsonEscapes
{
    /// <summary>Everything beyond ASCII, in small hex digits (Python's default).</summary>
    Ascii,

    /// <summary>Only what must be.</summary>
    Minimal,

    /// <summary>Everything beyond ASCII and what is special in HTML, in capital hex digits (System.Text.Json's default).</summary>
    Html,
}
