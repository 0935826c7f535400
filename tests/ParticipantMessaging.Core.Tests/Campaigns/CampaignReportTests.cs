using System.Globalization;
using System.Text.RegularExpressions;
using ParticipantMessaging.Campaigns;

namespace ParticipantMessaging.Core.Tests.Campaigns;

/// <summary>A campaign's page: its figures, its plot, and that nothing that others wrote is more than text in it.</summary>
public sealed partial class CampaignReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Figures_count_people_by_what_became_of_them()
    {
        string page = Page(
            [
                Entry(1, MessageStatus.Sent, 0, reply: 600),
                Entry(2, MessageStatus.Sent, 1),
                Entry(3, MessageStatus.Sent, 2),
                Entry(4, MessageStatus.Queued, 3),
                Entry(5, MessageStatus.Failed, 4, reason: "The service refused it."),
                Entry(6, MessageStatus.Unknown, 5),
            ],
            texts: 2);

        Assert.Equal(
            ["6 people", "3 sent", "1 queued", "1 replied · 33.3 %", "1 failed", "1 unknown", "2 different texts"],
            Figures(page));
        Assert.Contains("First message 2026-03-02 09:00:00, last 2026-03-02 09:00:05.", page, StringComparison.Ordinal);
        Assert.Contains("The service refused it.", page, StringComparison.Ordinal);
        Assert.Contains(">4 sent</text>", page, StringComparison.Ordinal);
        Assert.Contains(">1 replied</text>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_whose_size_nobody_told_is_not_nobody()
    {
        SentMessage Group(string status) => new() { Id = 50, Account = "lab", Provider = "Prolific", GroupId = "6a0000000000000000000001", Campaign = "w2", Status = status, ClaimedAt = Start, SettledAt = Start };
        string page = Page([Entry(1, MessageStatus.Sent, 0, reply: 600), Entry(2, MessageStatus.Sent, 1), Group(MessageStatus.Sent)]);
        Assert.Equal(["≥ 2 people", "≥ 2 sent", "1 replied", "0 failed", "0 unknown", "1 text"], Figures(page));
        Assert.Contains(">≥ 2 sent</text>", page, StringComparison.Ordinal);
        Assert.Contains("did not say how many it has", page, StringComparison.Ordinal);

        page = Page([Group(MessageStatus.Unknown)]);
        Assert.Equal(["? people", "0 sent", "0 replied", "0 failed", "? unknown", "1 text"], Figures(page));
        Assert.DoesNotContain("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", Page([Group(MessageStatus.Sent)]), StringComparison.Ordinal);
        Assert.Contains("group 6a0000000000000000000001, an unknown number of people", page, StringComparison.Ordinal);
        Assert.DoesNotContain("did not say", Page([Entry(1, MessageStatus.Sent, 0)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_each_person_the_entry_that_stands_is_told_and_trials_are_not()
    {
        SentMessage failed = Entry(1, MessageStatus.Failed, 0);
        var sent = new SentMessage { Id = 99, Account = "lab", Identity = failed.Identity, Provider = "Prolific", ParticipantId = failed.ParticipantId, StudyId = failed.StudyId, Campaign = "w2", Status = MessageStatus.Sent, Recipients = 1, ClaimedAt = Start.AddDays(1), SettledAt = Start.AddDays(1) };
        var trial = new SentMessage { Id = 100, Account = "lab", Identity = failed.Identity, Provider = "Prolific", ParticipantId = "f", StudyId = failed.StudyId, Campaign = "w2", Status = MessageStatus.Sent, IsTrial = true, Recipients = 1, ClaimedAt = Start, SettledAt = Start };

        Assert.Equal(99, Assert.Single(CampaignReport.Choose([failed, sent, trial])).Id);
    }

    [Fact]
    public void What_others_wrote_is_text_in_the_page_and_nothing_else()
    {
        const string evil = "w2 <script>alert(1)</script> & \"co\" '\u001b[31m";
        SentMessage entry = Entry(1, MessageStatus.Failed, 0);
        var hostile = new SentMessage { Id = 1, Account = evil, Identity = evil, Provider = evil, ParticipantId = evil, StudyId = evil, GroupId = "", Campaign = evil, Status = evil, Reason = evil, Recipients = 1, BodyHash = "\"><img src=x>", ClaimedAt = Start };
        string page = Page([entry, hostile], campaign: evil, note: evil);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u001b', page);
        Assert.Contains("<h1>w2 &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot; &#39;", page, StringComparison.Ordinal);
        Assert.Contains("<title>Campaign w2 &lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_campaign_and_one_where_nothing_was_sent_have_no_plot_and_no_error()
    {
        Assert.DoesNotContain("<svg", Page([]), StringComparison.Ordinal);
        Assert.Contains("<b>0</b><span>people</span>", Page([]), StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", Page([Entry(1, MessageStatus.Failed, 0)]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0 }, new int[0])]
    [InlineData(new[] { 0 }, new[] { 30 })]
    [InlineData(new[] { 0 }, new[] { -30 })]
    [InlineData(new[] { 0, 86_400 * 400 }, new[] { 86_400 * 900 })]
    [InlineData(new[] { 0, 1, 2 }, new[] { -90_000, 3 })]
    public void Everything_lies_within_the_plot_whenever_the_reply_came(int[] sends, int[] replies)
    {
        List<SentMessage> entries = [.. sends.Select((second, n) => Entry(n, MessageStatus.Sent, second, n < replies.Length ? replies[n] : null))];
        string page = Page(entries);

        string svg = page[page.IndexOf("<svg", StringComparison.Ordinal)..page.IndexOf("</svg>", StringComparison.Ordinal)];
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", svg, StringComparison.Ordinal);
        string[] paths = [.. PathData().Matches(svg).Select(static match => match.Groups[1].Value)];
        Assert.Equal(replies.Length > 0 ? 3 : 2, paths.Length);
        foreach (Match number in paths.SelectMany(static path => Coordinate().Matches(path)))
        {
            double value = double.Parse(number.Groups[2].Value, CultureInfo.InvariantCulture);
            if (number.Groups[1].Value == "V") Assert.InRange(value, 18, 280);
            else Assert.InRange(value, 56, 844);
        }

        int ticks = TickLabel().Count(svg);
        Assert.InRange(ticks, 1, 24);
    }

    [Fact]
    public void Ten_thousand_sends_are_some_hundred_points()
    {
        string page = Page([.. Enumerable.Range(0, 10_000).Select(static n => Entry(n, MessageStatus.Sent, n))]);

        string sends = PathData().Matches(page).Select(static match => match.Groups[1].Value).Last();
        Assert.InRange(sends.Count(static letter => letter == 'V'), 100, 402);
        Assert.Contains(">10,000 sent</text>", page, StringComparison.Ordinal);
        Assert.Contains(">10,000</text>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void The_page_is_the_same_in_every_country(string culture)
    {
        List<SentMessage> entries = [.. Enumerable.Range(0, 3_000).Select(static n => Entry(n, n == 7 ? MessageStatus.Failed : MessageStatus.Sent, n * 11, n % 3 == 0 ? n * 13 : null))];
        string here = Page(entries);
        CultureInfo was = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            Assert.Equal(here, Page(entries));
        }
        finally
        {
            CultureInfo.CurrentCulture = was;
        }
    }

    [Fact]
    public void Times_are_those_of_the_zone_which_the_page_names()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        // Across the night in which the clocks go back.
        var autumn = new DateTimeOffset(2026, 10, 24, 20, 0, 0, TimeSpan.Zero);
        string page = Page([.. Enumerable.Range(0, 20).Select(n => Entry(n, MessageStatus.Sent, (int)(autumn - Start).TotalSeconds + (n * 1_800)))], zone: berlin);

        Assert.Contains("First message 2026-10-24 22:00:00, last 2026-10-25 06:30:00.", page, StringComparison.Ordinal);
        Assert.Contains("Europe/Berlin", page, StringComparison.Ordinal);
        Assert.Contains(">25 Oct 2026</text>", page, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Figures(string page) => Figure().Matches(page).Select(static match => $"{match.Groups[1].Value} {match.Groups[2].Value}");

    private static string Page(IReadOnlyList<SentMessage> entries, int texts = 1, string campaign = "w2", string note = "", TimeZoneInfo? zone = null)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        new CampaignReport { Campaign = campaign, Entries = entries, HasReplies = true, Note = note, Texts = texts, CreatedAt = Start.AddDays(2), Zone = zone ?? TimeZoneInfo.Utc }.Write(writer);
        return writer.ToString();
    }

    private static SentMessage Entry(int person, string status, int second, int? reply = null, string reason = "") => new()
    {
        Id = person,
        Account = "lab",
        Identity = "https://api.prolific.com/5fcad11e22f2306f360d5a3f",
        Provider = "Prolific",
        ParticipantId = person.ToString("x24", CultureInfo.InvariantCulture),
        StudyId = "5fa87fbf2e0da5e5360d5a3f",
        Campaign = "w2",
        Status = status,
        Reason = reason,
        Recipients = 1,
        BodyHash = new string('a', 64),
        ClaimedAt = Start.AddSeconds(second),
        SettledAt = Start.AddSeconds(second),
        RepliedAt = reply is { } after ? Start.AddSeconds(after) : null,
    };

    [GeneratedRegex("""<div class="figure [^"]*"><b>([^<]+)</b><span>([^<]+)</span></div>""")]
    private static partial Regex Figure();

    [GeneratedRegex("<path class=\"[^\"]+\" d=\"([^\"]+)\"")]
    private static partial Regex PathData();

    [GeneratedRegex("([MHV])(-?[0-9.]+)")]
    private static partial Regex Coordinate();

    [GeneratedRegex("text-anchor=\"middle\">[^<]+</text>")]
    private static partial Regex TickLabel();
}
