using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Webhooks;

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
