using ParticipantMessaging.Resolving;

namespace ParticipantMessaging.Tests.Ledger;

public sealed class FoundMessageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, 500, TimeSpan.Zero);
    private static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(0, "Found")]
    [InlineData(1, "Found")]
    [InlineData(60_000, "Found")]
    [InlineData(-1, "Doubtful")]
    [InlineData(-1_000, "Doubtful")]
    [InlineData(-1_001, "Missing")]
    [InlineData(-60_000, "Missing")]
    public void Only_messages_after_the_claim_count(int milliseconds, string expected)
        => Assert.Equal([expected], Match([Noon.AddMilliseconds(milliseconds)], [], [Noon]));

    [Fact]
    public void A_time_in_whole_seconds_has_lost_its_fraction()
    {
        Assert.Equal(["Found"], Match([Noon.AddMilliseconds(-500)], [], [Noon]));
        Assert.Equal(["Missing"], Match([Noon.AddMilliseconds(-1_500)], [], [Noon]));
    }

    [Fact]
    public void No_message_is_two_entries()
    {
        var later = Noon.AddMinutes(1);
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
    public void Nothing_there_is_missing() => Assert.Equal(["Missing"], Match([], [], [Noon]));

    private static IEnumerable<string> Match(DateTimeOffset[] messages, DateTimeOffset[] sent, DateTimeOffset[] open)
        => FoundMessage.Match(
            [.. messages.Select(static time => new FoundMessage(time, "h"))],
            [.. sent.Select(static time => new SentMessage { ClaimedAt = time })],
            [.. open.Select(static time => new SentMessage { ClaimedAt = time })],
            Precision).Select(static found => found.Match.ToString());
}
