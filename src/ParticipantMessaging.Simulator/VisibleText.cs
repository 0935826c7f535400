using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>What a file or a caller wrote, as a terminal may show it: nothing in it steers. The page does the same in dom.js.</summary>
internal static class VisibleText
{
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
