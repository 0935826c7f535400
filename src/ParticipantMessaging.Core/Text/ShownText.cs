using System.Buffers;
using System.Globalization;
using System.Text;

namespace ParticipantMessaging;

/// <summary>
/// The one cleaning of everything that is shown. What a service, a file, a participant or a webhook wrote may steer the terminal that shows
/// it (escape sequences, carriage returns), turn the direction of writing round, or hide in characters that nobody sees. Tables, lists,
/// errors, reasons, warnings, progress, questions and completions pass here; the objects themselves keep every text as it came.
/// <list type="bullet">
/// <item><description>C0 control characters and DEL are made visible as their control pictures (ESC is ␛, a bell ␇), C1 ones as �.</description></item>
/// <item><description>Marks of direction, zero-width and other format characters, tags and stray variation selectors are taken out; but joiners
/// between characters beyond ASCII stay, since emoji and several scripts need them.</description></item>
/// <item><description>Half a surrogate pair is shown as �.</description></item>
/// <item><description>Line breaks of every kind (CR, CR LF, NEL, U+2028, U+2029) become a line feed in <see cref="Lines"/> and a blank in <see cref="Line"/>.</description></item>
/// </list>
/// </summary>
public static class ShownText
{
    private const char Unreadable = '\uFFFD';

    // Plain text is by far the most; it is found out without looking at categories.
    private static readonly SearchValues<char> _plain = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u00A1\u00BF\u00C4\u00D6\u00DC\u00DF\u00E0\u00E1\u00E2\u00E4\u00E7\u00E8\u00E9\u00EA\u00EB\u00ED\u00F1\u00F3\u00F4\u00F6\u00FA\u00FC\u2013\u2014\u2018\u2019\u201C\u201D\u2026\u20AC");

    /// <summary>A text of several lines: bodies, errors, warnings, questions. Line feeds and tabs stay.</summary>
    /// <param name="text">The text; null gives an empty one.</param>
    /// <returns>The text as it may be shown; the same object when there was nothing to clean.</returns>
    public static string Lines(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        return text.AsSpan().ContainsAnyExcept(_plain) && NeedsCleaning(text) ? Clean(text, text.Length, oneLine: false) : text;
    }

    /// <summary>A text on one line: ids, names, the parts of a table. Every run of white space and line breaks is one blank.</summary>
    /// <param name="text">The text; null gives an empty one.</param>
    /// <param name="most">How many characters of it are looked at, at most.</param>
    /// <returns>The text as it may be shown, without white space around it.</returns>
    public static string Line(string? text, int most = int.MaxValue)
    {
        if (string.IsNullOrEmpty(text)) return "";
        return Clean(text, Math.Min(most, text.Length), oneLine: true);
    }

    /// <summary>Whether something of a text cannot be shown as it is; tabs and line feeds count, since an id or a name has none.</summary>
    /// <param name="text">The text; null is fine.</param>
    /// <returns>True when <see cref="Line"/> would change more than the white space around it.</returns>
    public static bool Steers(string? text) => text is not null && (text.AsSpan().ContainsAny('\n', '\t') || NeedsCleaning(text));

    private static bool NeedsCleaning(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length);
            if (status != OperationStatus.Done || IsLineBreak(rune.Value, text, at) || Show(rune, at == 0 ? '\0' : text[at - 1], text.AsSpan(at + length)) != Shown.AsItIs) return true;
            at += length;
        }

        return false;
    }

    private static string Clean(string text, int end, bool oneLine)
    {
        var clean = new StringBuilder(end);
        int at = 0;
        while (at < end)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length);
            if (status != OperationStatus.Done)
            {
                clean.Append(Unreadable);
            }
            else if (oneLine && Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ') clean.Append(' ');
            }
            else if (rune.Value == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
            {
                // The line feed behind it breaks the line.
            }
            else if (IsLineBreak(rune.Value, text, at))
            {
                clean.Append('\n');
            }
            else
            {
                switch (Show(rune, clean.Length == 0 ? '\0' : clean[^1], text.AsSpan(at + length)))
                {
                    case Shown.AsItIs: clean.Append(text, at, length); break;
                    case Shown.AsPicture: clean.Append((char)(rune.Value == 0x7F ? 0x2421 : 0x2400 + rune.Value)); break;
                    case Shown.AsUnreadable: clean.Append(Unreadable); break;
                    default: break;
                }
            }

            at += length;
        }

        if (oneLine && clean.Length > 0 && clean[^1] == ' ') clean.Length--;
        return clean.ToString();
    }

    // A line feed is not among them: it stays as it is.
    private static bool IsLineBreak(int value, string text, int at)
        => value is 0x85 or 0x2028 or 0x2029 || (value == '\r' && (at + 1 >= text.Length || text[at + 1] != '\n'));

    /// <param name="rune">The character.</param>
    /// <param name="before">What is shown before it; NUL for nothing.</param>
    /// <param name="after">What follows.</param>
    private static Shown Show(Rune rune, char before, ReadOnlySpan<char> after)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Control:
                if (rune.Value is '\n' or '\t') return Shown.AsItIs;
                if (rune.Value == '\r') return Shown.NotAtAll;
                return rune.Value < 0x80 ? Shown.AsPicture : Shown.AsUnreadable;
            case UnicodeCategory.Format:
                return IsJoiner(rune.Value) && before > '\u00FF' && !IsJoiner(before) && BeginsBeyondAscii(after) ? Shown.AsItIs : Shown.NotAtAll;
            default:
                return IsUnseen(rune.Value) || (rune.Value is >= 0xFE00 and <= 0xFE0F && before <= '\u00FF' && !(after.Length > 0 && after[0] == '\u20E3'))
                    ? Shown.NotAtAll
                    : Shown.AsItIs;
        }
    }

    private static bool IsJoiner(int value) => value is 0x200C or 0x200D;

    // Selectors of rare forms and fillers: no format characters by category, and not seen either.
    private static bool IsUnseen(int value) => value is (>= 0xE0000 and <= 0xE0FFF) or 0x034F or 0x115F or 0x1160 or 0x3164 or 0xFFA0;

    private static bool BeginsBeyondAscii(ReadOnlySpan<char> after)
        => Rune.DecodeFromUtf16(after, out Rune next, out _) == OperationStatus.Done
            && next.Value > 0xFF
            && !IsUnseen(next.Value)
            && next.Value is not (>= 0xFE00 and <= 0xFE0F)
            && Rune.GetUnicodeCategory(next) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private enum Shown
    {
        AsItIs,
        AsPicture,
        AsUnreadable,
        NotAtAll,
    }
}
