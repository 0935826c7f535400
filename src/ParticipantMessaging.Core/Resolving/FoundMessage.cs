namespace ParticipantMessaging.Resolving;

/// <summary>A message of ours in a conversation.</summary>
/// <param name="SentAt">When it was sent, by our clock.</param>
/// <param name="Hash">Hash of its normal form.</param>
internal sealed record FoundMessage(DateTimeOffset SentAt, string Hash)
{
    /// <summary>
    /// Says for each open entry of one person and text whether its message is there. Each message is one entry's: those that are
    /// known to be sent take theirs first, and an entry takes no message from before its claim.
    /// </summary>
    /// <param name="messages">Messages with that text.</param>
    /// <param name="sent">Entries with that text that are known to be sent.</param>
    /// <param name="open">The entries in question.</param>
    /// <param name="precision">How well the clocks agree.</param>
    public static IEnumerable<(SentMessage Entry, MessageMatch Match)> Match(
        IReadOnlyList<FoundMessage> messages, IReadOnlyList<SentMessage> sent, IReadOnlyList<SentMessage> open, TimeSpan precision)
    {
        var left = messages.OrderBy(static message => message.SentAt).ToList();

        // The latest claim first: it can only have a late message; the earlier ones have the choice of what is left.
        foreach (var entry in sent.OrderByDescending(static entry => entry.ClaimedAt))
        {
            if (!TakeAfter(left, entry, entry.SettledAt + LongestLag))
                TakeAt(left, FindBefore(left, entry, precision));
        }

        // What is surely one entry's is dealt out first; what is left makes every entry doubtful whose message it may be.
        var asked = open.OrderByDescending(static entry => entry.ClaimedAt).ToList();
        var found = asked.Where(entry => TakeAfter(left, entry)).ToHashSet();
        foreach (var entry in asked)
            yield return (entry, found.Contains(entry) ? MessageMatch.Found : FindBefore(left, entry, precision) >= 0 ? MessageMatch.Doubtful : MessageMatch.Missing);
    }

    /// <summary>
    /// A message that was accepted is there by then (bulk calls may be worked off in the background): a later one is not it, and must not
    /// be taken away from an entry whose outcome is open, which would be sent again.
    /// </summary>
    private static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(1);

    private static bool TakeAfter(List<FoundMessage> left, SentMessage entry, DateTimeOffset? until = null)
        => TakeAt(left, left.FindIndex(message => message.SentAt >= Earliest(message, entry) && (until is null || message.SentAt <= until)));

    private static int FindBefore(List<FoundMessage> left, SentMessage entry, TimeSpan precision)
        => left.FindLastIndex(message => message.SentAt >= entry.ClaimedAt - precision && message.SentAt < Earliest(message, entry));

    private static bool TakeAt(List<FoundMessage> left, int index)
    {
        if (index < 0)
            return false;

        left.RemoveAt(index);
        return true;
    }

    /// <summary>A time without a fraction has lost it: the message may be up to a second later than it says.</summary>
    private static DateTimeOffset Earliest(FoundMessage message, SentMessage entry)
        => message.SentAt.Ticks % TimeSpan.TicksPerSecond == 0
            ? entry.ClaimedAt.AddTicks(-(entry.ClaimedAt.Ticks % TimeSpan.TicksPerSecond))
            : entry.ClaimedAt;
}
