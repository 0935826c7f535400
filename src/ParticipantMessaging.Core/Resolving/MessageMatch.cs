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
}
