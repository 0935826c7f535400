using ParticipantMessaging.Core.Tests;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>What the views make of texts that other people wrote.</summary>
public class ViewTextTests
{
    [Theory]
    [InlineData("one two three four five", 17, "one two three\nfour five")]
    [InlineData("6745e0c1f2a3b4c5d6e7f809 APPROVED", 33, "6745e0c1f2a3b4c5d6e7f809\nAPPROVED")]
    [InlineData("averyveryverylongword and more", 17, "averyveryverylongword\nand more")]
    [InlineData("two\r\nlines", 17, "two\nlines")]
    [InlineData("a host without a width keeps it", 0, "a host without a width keeps it")]
    [InlineData(null, 40, "")]
    public void Lines_break_between_words(string? text, int width, string expected) => Assert.Equal(expected, ViewText.Fold(text, width));

    [SteadyProperty]
    public bool Folding_loses_nothing_but_white_space(string text, byte width)
        => Words(ViewText.Fold(text, width)).SequenceEqual(Words(ShownText.Lines(text)));

    [SteadyProperty]
    public bool A_line_is_one_line_without_control_characters(string text)
        => ViewText.Line(text).All(static c => !char.IsControl(c)) && ViewText.Text(text).All(static c => !char.IsControl(c) || c is '\n' or '\t');

    [Fact]
    public void Times_far_away_are_shown_wherever_one_is()
    {
        foreach (DateTimeOffset time in (DateTimeOffset[])[DateTimeOffset.MaxValue, DateTimeOffset.MinValue, new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero), new(9999, 12, 31, 23, 59, 59, TimeSpan.FromHours(14))])
        {
            Assert.Equal(10, ViewText.When(time).Length);
            Assert.StartsWith($"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} ", ViewText.Time(time), StringComparison.Ordinal);
        }

        Assert.Equal("", ViewText.Time(null));
        Assert.Equal("", ViewText.When(null));
    }

    [Fact]
    public void What_steers_a_terminal_is_made_visible_or_taken_out()
    {
        Assert.Equal("a␛[31mred b", ViewText.Line("a\u001b[31mred\nb"));
        Assert.Equal("␛[31mred␇\nb", ViewText.Fold("\u001b[31mred\u0007\u202E\nb", 40));
        Assert.Equal("␛[31mred␇\nb", ViewText.Text("\u001b[31mred\u0007\u202E\nb"));
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        Assert.Equal("abc", ViewText.Cut("abc", 3));
        Assert.Equal("ab…", ViewText.Cut("abcd", 3));
        Assert.Equal("a…", ViewText.Cut("a\U0001F600bc", 3));
        Assert.Equal("…", ViewText.Cut("\U0001F600bc", 1));
    }

    [Theory]
    [InlineData("613c66744c3e1f9ad444d3f0", "", "613c66744c3e1f9ad444d3f0")]
    [InlineData("", "*", "(all members)")]
    [InlineData("", "662e4c90a0d643ed360d5a3f", "662e4c90a0d643ed360d5a3f")]
    public void A_recipient_is_a_person_a_group_or_all(string person, string group, string expected)
        => Assert.Equal(expected, ViewText.Recipient(person, group));

    [Fact]
    public void Only_statuses_that_matter_have_a_colour()
    {
        Assert.Equal("\u001b[31mFailed\u001b[0m", ViewText.Status("Failed", "\u001b[33m", "\u001b[31m"));
        Assert.Equal("\u001b[33mUnknown\u001b[0m", ViewText.Status("Unknown", "\u001b[33m", "\u001b[31m"));
        Assert.Equal("PENDING", ViewText.Status("PENDING", "\u001b[33m", "\u001b[31m"));
        Assert.Equal("", ViewText.Status(null, null, null));
    }

    [Fact]
    public void Unknown_fields_are_shown_with_what_is_in_them()
    {
        var fields = new Dictionary<string, object?>
        {
            ["new"] = "x",
            ["none"] = null,
            ["nested"] = new List<object?> { 1L, new Dictionary<string, object?> { ["a"] = true } },
        };
        Assert.Equal("new: x\nnone: null\nnested: [1, {a: True}]", ViewText.Members(fields));
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
