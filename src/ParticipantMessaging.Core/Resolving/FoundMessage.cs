namespace ParticipantMessaging.Resolving;

/// <summary>Whether an entry's message was found.</summary>
internal enum MessageMatch
{
    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there.</summary>
    Found,

    /// <summary>Something is there that may be it.</summary>
    Doubtful,

    /// <summary>A message of ours is there that nobody else's entry explains, with another text: the service may show ours changed.</summary>
    OtherText,
}

/// <summary>When an entry was claimed and settled, by the service's clock, as well as that is known.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Claimed">When the call had not been made yet.</param>
/// <param name="Settled">When its outcome was known; null when it is not.</param>
internal sealed record TimedEntry(SentMessage Entry, DateTimeOffset Claimed, DateTimeOffset? Settled)
{
    /// <summary>Puts an entry on the service's clock.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="ahead">How far the service's clock is ahead of the ledger's now: for entries that do not know the service's time of then.</param>
    public static TimedEntry Of(SentMessage entry, TimeSpan ahead)
    {
        // The time between claim and outcome is the same by any clock that is not set in between.
        DateTimeOffset claimed = entry.ClaimedServiceTime
            ?? (entry is { SettledServiceTime: { } answered, SettledAt: { } noted } ? answered - (noted - entry.ClaimedAt) : entry.ClaimedAt + ahead);
        return new TimedEntry(
            entry,
            claimed,
            entry.SettledServiceTime ?? (entry.SettledAt is { } settled ? claimed + (settled - entry.ClaimedAt) : null));
    }
}

/// <summary>A message of ours in a conversation.</summary>
/// <param name="SentAt">When it was sent, by the service's clock; null when the service does not say.</param>
/// <param name="Hash">Hash of its normal form; empty when no text is shown.</param>
/// <param name="StudyId">The study that it names; empty for none.</param>
internal sealed record FoundMessage(DateTimeOffset? SentAt, string Hash, string StudyId = "")
{
    /// <summary>The service's clock is known to a second: a smaller difference is none.</summary>
    public static TimeSpan ClockPrecision { get; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How much older than the claim a message may be that is in doubt: clocks are set, summer time is forgotten, and a message that is taken
    /// for somebody else's would be sent again.
    /// </summary>
    public static TimeSpan LongestDoubt { get; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Says for each open entry of one person and text whether its message is there. Each message is one entry's: those that are
    /// known to be sent take theirs first, and an entry takes no message from before its claim.
    /// </summary>
    /// <param name="messages">Messages with that text.</param>
    /// <param name="sent">Entries with that text that are known to be sent.</param>
    /// <param name="open">The entries in question.</param>
    public static IEnumerable<(SentMessage Entry, MessageMatch Match)> Match(
        IReadOnlyList<FoundMessage> messages, IReadOnlyList<TimedEntry> sent, IReadOnlyList<TimedEntry> open)
    {
        var timed = messages.Where(static message => message.SentAt is not null).OrderBy(static message => message.SentAt).Select(static message => message.SentAt!.Value).ToList();
        bool isAnyUntimed = timed.Count < messages.Count;

        // The latest claim first: it can only have a late message; the earlier ones have the choice of what is left.
        foreach (TimedEntry? entry in sent.OrderByDescending(static entry => entry.Claimed))
        {
            if (!TakeAfter(timed, entry, entry.Settled + LongestLag))
                TakeAt(timed, timed.FindLastIndex(time => time >= entry.Claimed - ClockPrecision && time < Earliest(time, entry)));
        }

        // What is surely one entry's is dealt out first; what is left makes every entry doubtful whose message it may be.
        var asked = open.OrderByDescending(static entry => entry.Claimed).ToList();
        var found = asked.Where(entry => TakeAfter(timed, entry)).ToHashSet();
        foreach (TimedEntry? entry in asked)
        {
            bool mayBeThere = isAnyUntimed || timed.Exists(time => time > entry.Claimed - LongestDoubt && time < Earliest(time, entry));
            yield return (entry.Entry, found.Contains(entry) ? MessageMatch.Found : mayBeThere ? MessageMatch.Doubtful : MessageMatch.Missing);
        }
    }

    /// <summary>
    /// Whether a message with another text may be an entry's all the same: services drop emoji, change quotation marks, cut texts short and
    /// take them away. Ask only about messages that are no other entry's.
    /// </summary>
    /// <param name="entry">The entry, not found by its text.</param>
    public bool MayBeChanged(TimedEntry entry)
        => IsOfTime(entry)
            && (StudyId.Length == 0 || entry.Entry.StudyId.Length == 0 || string.Equals(StudyId, entry.Entry.StudyId, StringComparison.OrdinalIgnoreCase));

    private bool IsOfTime(TimedEntry entry) => SentAt is not { } time || time > entry.Claimed - LongestDoubt;

    /// <summary>
    /// A message that was accepted is there by then (bulk calls may be worked off in the background): a later one is not it, and must not
    /// be taken away from an entry whose outcome is open, which would be sent again.
    /// </summary>
    private static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(1);

    private static bool TakeAfter(List<DateTimeOffset> left, TimedEntry entry, DateTimeOffset? until = null)
        => TakeAt(left, left.FindIndex(time => time >= Earliest(time, entry) && (until is null || time <= until)));

    private static bool TakeAt(List<DateTimeOffset> left, int index)
    {
        if (index < 0)
            return false;

        left.RemoveAt(index);
        return true;
    }

    /// <summary>A time without a fraction has lost it: the message may be up to a second later than it says.</summary>
    private static DateTimeOffset Earliest(DateTimeOffset time, TimedEntry entry)
        => time.Ticks % TimeSpan.TicksPerSecond == 0 ? entry.Claimed.AddTicks(-(entry.Claimed.Ticks % TimeSpan.TicksPerSecond)) : entry.Claimed;
}
