using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// Names of campaigns that nobody can tell apart: a no-break space or two blanks for one, characters that cannot be seen. For the ledger they
/// are two campaigns, whose people would get a message of each.
/// </summary>
public static class CampaignName
{
    private const int Blank = ' ';

    /// <summary>Whether two names look the same. Names that are one for the ledger do, too.</summary>
    /// <param name="a">A name.</param>
    /// <param name="b">Another one.</param>
    /// <returns>True when they do.</returns>
    public static bool LookAlike(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Look(a) == Look(b);
    }

    /// <summary>The name in quotation marks, with what of it cannot be seen in words behind it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>As in <c>'wave 2' (with a no-break space, U+00A0, at place 5)</c>.</returns>
    public static string Describe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string oddity = "";
        int blanks = 0;
        int place = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            place++;
            blanks = Rune.IsWhiteSpace(rune) ? blanks + 1 : 0;
            if (IsUnseen(rune) || (blanks > 0 && rune.Value != Blank)) oddity = string.Create(CultureInfo.InvariantCulture, $"{Words(rune)}, at place {place}");
            else if (blanks == 2) oddity = string.Create(CultureInfo.InvariantCulture, $"two blanks in a row, at place {place - 1}");
            if (oddity.Length > 0) break;
        }

        return oddity.Length == 0 ? $"'{ShownText.Line(name)}'" : $"'{ShownText.Line(name)}' (with {oddity})";
    }

    /// <summary>Whether a character of a name is seen by nobody, or is not the blank that it looks like.</summary>
    /// <param name="rune">The character.</param>
    /// <returns>True when it is.</returns>
    public static bool IsOdd(Rune rune) => IsUnseen(rune) || (Rune.IsWhiteSpace(rune) && rune.Value != Blank);

    /// <summary>What is seen of a name.</summary>
    internal static string Look(string name)
    {
        string key = LedgerKeys.Name(name);
        var look = new StringBuilder(key.Length);
        bool isAfterBlank = false;
        foreach (Rune rune in key.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                isAfterBlank = look.Length > 0;
            }
            else if (!IsUnseen(rune))
            {
                if (isAfterBlank) look.Append(' ');
                look.Append(rune.ToString());
                isAfterBlank = false;
            }
        }

        // What stood between a letter and its accent is gone.
        return look.ToString().Normalize(NormalizationForm.FormC);
    }

    private static bool IsUnseen(Rune rune)
        => (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control && !Rune.IsWhiteSpace(rune)) || rune.Value is 0x034F or 0x115F or 0x1160 or 0x3164;

    private static string Words(Rune rune)
    {
        string what = rune.Value switch
        {
            0x00A0 => "a no-break space",
            0x202F => "a narrow no-break space",
            0x0009 => "a tab",
            0x000A or 0x000D => "a line break",
            0x200B => "a zero-width space",
            0xFEFF => "a byte order mark",
            0x00AD => "a soft hyphen",
            _ when Rune.IsWhiteSpace(rune) => "another kind of blank",
            _ => "a character that nobody sees",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{what}, U+{rune.Value:X4}");
    }
}
