namespace ParticipantMessaging.Resolving;

/// <summary>What came of looking one entry up.</summary>
public enum ResolutionKind
{
    /// <summary>It is settled: <c>Sent</c> or <c>Failed</c>.</summary>
    Settled,

    /// <summary>It was not <c>Unknown</c>; left as it is.</summary>
    NotUnknown,

    /// <summary>Too young to tell; left as it is.</summary>
    TooEarly,

    /// <summary>It cannot be looked up, or what was found does not tell; left as it is.</summary>
    CannotTell,

    /// <summary>The service gave no answer; left as it is.</summary>
    NoAnswer,
}

/// <summary>What came of looking one entry up.</summary>
/// <param name="Entry">The entry as it is now.</param>
/// <param name="Kind">What came of it.</param>
/// <param name="Why">Why it cannot be told, for a researcher; empty otherwise.</param>
/// <param name="Error">Why there was no answer; null otherwise.</param>
public sealed record Resolution(SentMessage Entry, ResolutionKind Kind, string Why = "", MessagingException? Error = null);
