using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Core.Tests.Text;

/// <summary>The one cleaning of what is shown.</summary>
public class ShownTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("Dear Zoë, 5 € – thanks…\n\tBest", "Dear Zoë, 5 € – thanks…\n\tBest")]
    [InlineData("a\u001b]52;c;ZXZpbA==\u0007b", "a␛]52;c;ZXZpbA==␇b")]
    [InlineData("\u001b[2J\u001b[31mred", "␛[2J␛[31mred")]
    [InlineData("shown\rhidden", "shown\nhidden")]
    [InlineData("one\r\ntwo\u0085three\u2028four\u2029five", "one\ntwo\nthree\nfour\nfive")]
    [InlineData("\u009b31m\u009d0;title\u0000\u007f", "\uFFFD31m\uFFFD0;title␀␡")]
    [InlineData("id\u202Eevil\u202C \u2066x\u2069 \u200Ey\u200F\u061C", "idevil x y")]
    [InlineData("613c\u200B66\u200D74\uFEFF4c\u20603e\u00AD1f\u180E9a", "613c66744c3e1f9a")]
    [InlineData("flag\U000E0067\U000E007F tag\U000E0100\uFE0F", "flag tag")]
    [InlineData("\U0001F469\u200D\U0001F52C می\u200Cخواهم ❤\uFE0F 1\uFE0F\u20E3", "\U0001F469\u200D\U0001F52C می\u200Cخواهم ❤\uFE0F 1\uFE0F\u20E3")]
    [InlineData("ж\u200D\u200Dж", "ж\u200Dж")]
    public void Of_a_text_with_lines_nothing_steers(string? text, string expected) => Assert.Equal(expected, ShownText.Lines(text));

    // No theory: its data would not survive on the way to the test.
    [Fact]
    public void Half_a_character_is_shown_as_none()
        => Assert.Equal("half \uFFFD, half \uFFFD and whole \U0001F600", ShownText.Lines("half \uD83D, half \uDE00 and whole \U0001F600"));

    [Theory]
    [InlineData(null, "")]
    [InlineData("  two \r\n lines\t\u001b[K ", "two lines ␛[K")]
    [InlineData("a\u2028b\u00A0c\u0085d\u3000e", "a b c d e")]
    public void A_line_is_one_line(string? text, string expected) => Assert.Equal(expected, ShownText.Line(text));

    [SteadyProperty]
    public bool Nothing_of_any_text_steers(string? text)
        => AllShowable(ShownText.Lines(text), lines: true) && AllShowable(ShownText.Line(text), lines: false);

    [SteadyProperty]
    public bool Nothing_of_hostile_text_steers(byte[] bytes)
    {
        // Half of it is what steers, so that neighbours matter.
        const string Hostile = "\u001b\r\n\t\u0085\u009b\u202E\u2066\u200B\u200D\u200C\uFEFF\uFE0F\u2028\uD83D\uDE00ж";
        string text = string.Concat((bytes ?? []).Select(static b => b < 128 ? Hostile[b % Hostile.Length] : (char)b));
        return Nothing_of_any_text_steers(text);
    }

    [SteadyProperty]
    public bool Cleaning_twice_is_cleaning_once(string? text)
        => ShownText.Lines(ShownText.Lines(text)) == ShownText.Lines(text) && ShownText.Line(ShownText.Line(text)) == ShownText.Line(text) && !ShownText.Steers(ShownText.Line(text));

    [Fact]
    public void An_exception_carries_nothing_that_steers()
    {
        var error = new MessagingException(MessagingErrorReason.InvalidRecipient, "The id 'x\u001b]52;c;eA==\u0007' is none.", "Look at '\u202Ex'.");
        Assert.Equal("The id 'x␛]52;c;eA==␇' is none.", error.Message);
        Assert.Equal("Look at 'x'.", error.RecommendedAction);
    }

    private static bool AllShowable(string text, bool lines)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\n' or '\t')
            {
                if (!lines) return false;
                continue;
            }

            if (c is '\u200C' or '\u200D')
            {
                // Only between two visible characters beyond ASCII.
                if (i == 0 || i + 1 == text.Length || text[i - 1] <= '\u00FF' || text[i + 1] <= '\u00FF' || IsFormat(text[i - 1]) || IsFormat(text[i + 1])) return false;
                continue;
            }

            if (char.IsControl(c) || IsFormat(c) || c is '\u2028' or '\u2029') return false;
            if (char.IsSurrogate(c) && !Rune.TryGetRuneAt(text, char.IsLowSurrogate(c) && i > 0 ? i - 1 : i, out _)) return false;
        }

        return true;
    }

    private static bool IsFormat(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
