using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>What a file or a caller wrote, as a terminal may show it: nothing in it steers. The page does the same in dom.js.</summary>
internal static class VisibleText
{
    /// <summary>The beginning of a text; no pair of surrogates is cut in two.</summary>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    /// <summary>Half pairs of surrogates replaced, so that bytes can be made of the text.</summary>
    public static string Whole(string text) =>
        PythonText.HasLoneSurrogate(text) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    public static string Line(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value < 0x20)
                visible.Append(rune.Value is '\n' or '\r' or '\t' ? ' ' : (char)(0x2400 + rune.Value));
            else if (rune.Value == 0x7F)
                visible.Append('␡');
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)
                visible.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
            else
                visible.Append(rune);
        }

        return visible.ToString();
    }
}
