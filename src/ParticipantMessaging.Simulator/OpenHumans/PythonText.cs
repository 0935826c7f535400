using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>Text as the service's Python sees it: JSON values that are no text, blanks, lines, lone surrogates.</summary>
internal static class PythonText
{
    /// <summary>The text of a JSON string; lone surrogates stay in it, which <see cref="JsonElement.GetString"/> refuses.</summary>
    public static string Text(JsonElement element)
    {
        string raw = element.GetRawText();
        if (!raw.Contains('\\', StringComparison.Ordinal))
            return raw[1..^1];
        var text = new StringBuilder(raw.Length);
        for (int i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            char kind = raw[++i];
            text.Append(kind switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)int.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => kind,
            });
            if (kind == 'u')
                i += 4;
        }

        return text.ToString();
    }

    /// <summary>What <c>str(value)</c> makes of a JSON value.</summary>
    public static string Str(JsonElement value) => value.ValueKind == JsonValueKind.String ? Text(value) : Repr(value);

    /// <summary>Without the blanks that Python strips: U+001C to U+001F are among them.</summary>
    public static string Strip(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsBlank(text[start]))
            start++;
        while (end > start && IsBlank(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary>How many characters Python counts: a pair of surrogates is one.</summary>
    public static int Length(string text)
    {
        int pairs = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i]))
                pairs++;
        }

        return text.Length - pairs;
    }

    /// <summary>Whether no bytes can be made of the text.</summary>
    public static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }

        return false;
    }

    private static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static string Repr(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null => "None",
        JsonValueKind.Number => Number(value),
        JsonValueKind.String => Quoted(Text(value)),
        JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Select(Repr)) + "]",
        _ => "{" + string.Join(", ", value.EnumerateObject().Select(p => $"{Quoted(p.Name)}: {Repr(p.Value)}")) + "}",
    };

    private static string Number(JsonElement value)
    {
        string raw = value.GetRawText();
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
            return raw == "-0" ? "0" : raw;
        string text = value.GetDouble().ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : text;
    }

    /// <summary>What <c>repr(text)</c> writes.</summary>
    public static string Quoted(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().Append(quote);
        foreach (char c in text)
        {
            if (c == '\\' || c == quote)
                quoted.Append('\\').Append(c);
            else if (c is '\n' or '\r' or '\t')
                quoted.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            else if (c < ' ' || c == '\u007f')
                quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else
                quoted.Append(c);
        }

        return quoted.Append(quote).ToString();
    }
}
