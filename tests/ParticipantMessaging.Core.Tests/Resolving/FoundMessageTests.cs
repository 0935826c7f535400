using ParticipantMessaging.Resolving;

namespace ParticipantMessaging.Tests.Resolving;

public sealed class FoundMessageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, 500, TimeSpan.Zero);

    // Three seconds ahead, as the computer's clock was when they were claimed.
    private static readonly TimeSpan Wrong = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(0, "Found")]
    [InlineData(1, "Found")]
    [InlineData(60_000, "Found")]
    [InlineData(-1, "Doubtful")]
    [InlineData(-1_000, "Doubtful")]
    [InlineData(-60_000, "Doubtful")]
    [InlineData(-3_599_999, "Doubtful")]
    [InlineData(-3_600_000, "Missing")]
    public void Only_messages_after_the_claim_count_and_those_of_the_hour_before_are_in_doubt(int milliseconds, string expected)
        => Assert.Equal([expected], Match([Noon.AddMilliseconds(milliseconds)], [], [Noon]));

    [Fact]
    public void A_time_in_whole_seconds_has_lost_its_fraction()
    {
        Assert.Equal(["Found"], Match([Noon.AddMilliseconds(-500)], [], [Noon]));
        Assert.Equal(["Doubtful"], Match([Noon.AddMilliseconds(-1_500)], [], [Noon]));
    }

    [Fact]
    public void No_message_is_two_entries()
    {
        DateTimeOffset later = Noon.AddMinutes(1);
        Assert.Equal(["Missing"], Match([later.AddSeconds(1)], [later], [Noon]));
        Assert.Equal(["Found"], Match([Noon.AddSeconds(1), later.AddSeconds(1)], [later], [Noon]));
        Assert.Equal(["Missing"], Match([Noon.AddSeconds(1)], [Noon], [later]));

        // Both open: the message is the later one's, or the earlier one's where it is too early for the later one.
        Assert.Equal(["Found", "Missing"], Match([later.AddSeconds(1)], [], [later, Noon]));
        Assert.Equal(["Missing", "Found"], Match([Noon.AddSeconds(1)], [], [later, Noon]));
        Assert.Equal(["Found", "Found"], Match([later.AddSeconds(2), later.AddSeconds(1)], [], [later, Noon]));
    }

    [Fact]
    public void A_message_that_is_surely_one_entrys_is_not_another_ones_in_doubt()
    {
        // Sent again within a second of the first try: the message came after the first claim and just before the second.
        Assert.Equal(["Missing", "Found"], Match([Noon.AddMilliseconds(100)], [], [Noon.AddMilliseconds(400), Noon]));

        // It may be either one's: neither is declared missing, or it would be sent again.
        Assert.Equal(["Doubtful", "Doubtful"], Match([Noon.AddMilliseconds(-100)], [], [Noon, Noon.AddMilliseconds(-50)]));
    }

    [Fact]
    public void A_message_without_a_time_may_be_it()
    {
        Assert.Equal(["Doubtful"], FoundMessage.Match([new FoundMessage(null, "h")], [], [Entry(Noon)]).Select(static found => found.Match.ToString()));
        Assert.Equal(
            ["Found"], FoundMessage.Match([new FoundMessage(null, "h"), new FoundMessage(Noon, "h")], [], [Entry(Noon)]).Select(static found => found.Match.ToString()));
    }

    [Fact]
    public void The_services_time_of_then_counts_and_not_the_computers()
    {
        // Claimed by a clock that was ahead, and corrected since: the message seems to be from before the claim.
        var claimed = new SentMessage { ClaimedAt = Noon + Wrong, ClaimedServiceTime = Noon };
        var settled = new SentMessage { ClaimedAt = Noon + Wrong, SettledAt = Noon + Wrong + TimeSpan.FromSeconds(1), SettledServiceTime = Noon.AddSeconds(1) };
        var neither = new SentMessage { ClaimedAt = Noon + Wrong };
        FoundMessage[] message = [new(Noon.AddMilliseconds(400), "h")];
        string One(SentMessage entry, TimeSpan ahead) => FoundMessage.Match(message, [], [TimedEntry.Of(entry, ahead)]).Single().Match.ToString();
        Assert.Equal("Found", One(claimed, TimeSpan.Zero));
        Assert.Equal("Found", One(settled, TimeSpan.Zero));
        Assert.Equal("Doubtful", One(neither, TimeSpan.Zero));
        Assert.Equal("Found", One(neither, -Wrong));
    }

    [Fact]
    public void Nothing_there_is_missing() => Assert.Equal(["Missing"], Match([], [], [Noon]));

    private static TimedEntry Entry(DateTimeOffset claimed) => TimedEntry.Of(new SentMessage { ClaimedAt = claimed }, TimeSpan.Zero);

    private static IEnumerable<string> Match(DateTimeOffset[] messages, DateTimeOffset[] sent, DateTimeOffset[] open)
        => FoundMessage.Match(
            [.. messages.Select(static time => new FoundMessage(time, "h"))], [.. sent.Select(Entry)], [.. open.Select(Entry)])
            .Select(static found => found.Match.ToString());
}
