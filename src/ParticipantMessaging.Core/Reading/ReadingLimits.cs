namespace ParticipantMessaging.Reading;

/// <summary>What Prolific takes when messages are read; checked before the call.</summary>
public static class ReadingLimits
{
    /// <summary>How far back a history can begin (<c>created_after</c>).</summary>
    public static readonly TimeSpan HistoryReach = TimeSpan.FromDays(30);

    /// <summary>How many senders can be excluded from a history.</summary>
    public const int ExcludedSenders = 10;

    /// <summary>Longest subject of a conversation, in characters.</summary>
    public const int SubjectLength = 500;

    /// <summary>Longest first message of a conversation, in characters.</summary>
    public const int BodyLength = 10_000;
}
