using ParticipantMessaging.Resolving;

namespace ParticipantMessaging.Tests.Resolving;

public sealed class FoundMessageLagTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, 1, TimeSpan.Zero);
    private static TimedEntry Entry(int claimed, int? settled = null) => TimedEntry.Of(
        new SentMessage
        {
            ClaimedAt = Noon.AddSeconds(claimed),
            SettledAt = settled is { } at ? Noon.AddSeconds(at) : null,
        },
        TimeSpan.Zero);

    private static FoundMessage[] At(params int[] seconds) => [.. seconds.Select(static s => new FoundMessage(Noon.AddSeconds(s), ""))];

    private static MessageMatch Match(FoundMessage[] messages, TimedEntry[] sent, TimedEntry open)
        => FoundMessage.Match(messages, sent, [open]).Single().Match;

    [Fact]
    public void A_message_that_came_long_after_another_send_was_accepted_is_not_its()
        => Assert.Equal(MessageMatch.Found, Match(At(301), [Entry(0, 1)], Entry(300)));

    [Fact]
    public void A_message_that_belongs_to_an_accepted_send_is_left_to_it()
        => Assert.Equal(MessageMatch.Missing, Match(At(1), [Entry(0, 1)], Entry(300)));

    [Fact]
    public void Two_sends_and_two_messages_are_both_found()
        => Assert.Equal(MessageMatch.Found, Match(At(1, 301), [Entry(0, 1)], Entry(300)));
}
