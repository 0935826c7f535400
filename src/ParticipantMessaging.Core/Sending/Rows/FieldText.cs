using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>What stands in a cell: trimmed, and what of it is nothing, or broken.</summary>
public static partial class FieldText
{
    // What R, Python, JavaScript, SPSS, databases and Prolific write where there is nothing.
    private static readonly FrozenSet<string> _nothing = FrozenSet.ToFrozenSet(
        [
            "NA", "N/A", "#N/A", "<NA>", "n.a.", "n. a.", "NULL", "(null)", "[null]", "<null>", "\\N", "nil", "None", "nan", "-nan", "NaT", "undefined",
            "[object Object]", "#N/V", "#NV", "#N/D", "#NUL", "DATA_EXPIRED", "CONSENT_REVOKED",
        ],
        StringComparer.OrdinalIgnoreCase);

    private const int LongestNothing = 24;

    private static readonly SearchValues<char> _suspicious = SearchValues.Create("\uFFFDÃÂâ\u20AC");

    /// <summary>Without the white space and the characters that nobody sees around it.</summary>
    /// <param name="text">The text; null gives an empty one.</param>
    /// <returns>The text; the same object when there was nothing to take off.</returns>
    public static string Trim(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        int from = 0, to = text.Length;
        while (from < to && IsAround(text[from])) from++;
        while (to > from && IsAround(text[to - 1])) to--;
        return to - from == text.Length ? text : text[from..to];
    }

    /// <summary>Nothing that anybody could see: white space, control and format characters only.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True when it is blank.</returns>
    public static bool IsBlank(string? text)
    {
        if (string.IsNullOrEmpty(text)) return true;
        foreach (char c in text)
        {
            if (c > ' ' && c < 127) return false;
            if (!char.IsWhiteSpace(c) && !char.IsControl(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format) return false;
        }

        return true;
    }

    /// <summary>What programs write for nothing, as the whole of a cell: NA, NULL, #REF!, CONSENT_REVOKED and their kind, in any case.</summary>
    /// <param name="trimmed">The value, trimmed.</param>
    /// <returns>True when it stands for nothing.</returns>
    public static bool MeansNothing(string trimmed)
    {
        ArgumentNullException.ThrowIfNull(trimmed);
        // Most values are found out by their length or first letter.
        return trimmed.Length <= LongestNothing && trimmed.Length > 1
            && (trimmed[0] == '#' ? SheetError().IsMatch(trimmed) || _nothing.Contains(trimmed) : _nothing.Contains(trimmed));
    }

    /// <summary>Letters that were broken by reading a file in another encoding than it was written in: U+FFFD, or two letters for one (Ã¶).</summary>
    /// <param name="text">The text.</param>
    /// <returns>The broken piece; null when there is none.</returns>
    public static string? FindBroken(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.AsSpan().IndexOfAny(_suspicious);
        if (at < 0) return null;
        if (text.Contains('\uFFFD', StringComparison.Ordinal)) return "\uFFFD";
        Match match = Mojibake().Match(text, at);
        return match.Success ? match.Value : null;
    }

    private static bool IsAround(char c) => char.IsWhiteSpace(c) || c is '\u200B' or '\u2060' or '\uFEFF' or '\u180E' or '\u00AD' or '\u200E' or '\u200F';

    // #REF!, #DIV/0!, #NAME?, in the languages that spreadsheets speak (#BEZUG!, #¡REF!, #VALEUR !).
    [GeneratedRegex(@"^#[\p{L}¡¿][\p{L}0-9_/ ]*[!?]$", RegexOptions.CultureInvariant)]
    private static partial Regex SheetError();

    [GeneratedRegex("[ÃÂ][\\u0080-\\u00BF\\u0152\\u0153\\u0160\\u0161\\u0178\\u017D\\u017E\\u0192\\u02C6\\u02DC\\u2013\\u2014\\u2018-\\u201A\\u201C-\\u201E\\u2020-\\u2022\\u2026\\u2030\\u2039\\u203A\\u20AC\\u2122]|â\\u20AC[\\u0098-\\u009D\\u2013\\u2014\\u2018-\\u201A\\u201C-\\u201E\\u2122\\u02DC\\u0153\\u00A6\\u00A2]|\\u20AC\\u2122", RegexOptions.CultureInvariant)]
    private static partial Regex Mojibake();
}
