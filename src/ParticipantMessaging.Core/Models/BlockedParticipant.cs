namespace ParticipantMessaging;

/// <summary>Somebody who must not be written to (withdrawn consent, say). Kept in the ledger, so shared by all who use it.</summary>
public sealed class BlockedParticipant
{
    /// <summary>Prolific participant id or Open Humans project member id.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>; empty when the block holds for both.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Why; empty when nothing was said.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Since when.</summary>
    public DateTimeOffset BlockedAt { get; init; }
}
