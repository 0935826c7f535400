namespace ParticipantMessaging;

/// <summary>An entry of the ledger: one message to one person (or one group). Holds no text and no token.</summary>
public sealed class SentMessage
{
    /// <summary>Number of the entry in its ledger.</summary>
    public long Id { get; init; }

    /// <summary>Account, or <c>Provider@host</c> when a token was given directly.</summary>
    public string Account { get; init; } = "";

    /// <summary>Who that account is at the service (address and researcher or project id), by which it is compared; its name in small letters where that is not known yet (entries of 0.1.0).</summary>
    public string Identity { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The person; empty for a group or all-members send.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Prolific study; empty where there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>Prolific group; <c>*</c> for an all-members send; empty for a person.</summary>
    public string GroupId { get; init; } = "";

    /// <summary>Campaign; empty when none was named.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>One of <see cref="MessageStatus"/>: Sending, Sent, Queued, Failed, Unknown.</summary>
    public string Status { get; init; } = "";

    /// <summary>Why it failed or is unknown; empty otherwise.</summary>
    public string Reason { get; init; } = "";

    /// <summary>1 for a person; the head count of a group or all-members send, null when the service did not give it.</summary>
    public long? Recipients { get; init; }

    /// <summary>HTTP status of the call's last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How many times the call was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>SHA-256 (64 hex digits) of the rendered text, subject included where there is one.</summary>
    public string BodyHash { get; init; } = "";

    /// <summary>Length of the rendered text in characters.</summary>
    public int BodyLength { get; init; }

    /// <summary>SHA-256 of the text's normal form, by which it is found again at the provider; empty when it cannot be looked up.</summary>
    public string NormalizedHash { get; init; } = "";

    /// <summary>When it was claimed, just before the call.</summary>
    public DateTimeOffset ClaimedAt { get; init; }

    /// <summary>When its outcome was written; null while it is Sending.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>The service's own time when it was claimed; null when it was not known.</summary>
    public DateTimeOffset? ClaimedServiceTime { get; init; }

    /// <summary>The service's own time of the answer; null when there was none.</summary>
    public DateTimeOffset? SettledServiceTime { get; init; }

    /// <summary>The conversation it was sent into; empty when the service chose it.</summary>
    public string ConversationId { get; init; } = "";

    /// <summary>Ids of the received messages that it answers; empty when it answers none.</summary>
    public IReadOnlyList<string> ReplyTo { get; init; } = [];

    /// <summary>True for a trial (<c>-TestTo</c>), which counts for nothing.</summary>
    public bool IsTrial { get; init; }

    /// <summary>When this person wrote first after the message had left, in whatever conversation, by the service's time; null when the service knows of nothing, or was not asked (<c>-IncludeReply</c>).</summary>
    public DateTimeOffset? RepliedAt { get; set; }

    /// <summary>The later entry that took its place (<c>-Force</c>, <c>-ResendUnknown</c>); null when it stands.</summary>
    public long? SupersededBy { get; init; }

    /// <summary>The computer that claimed it.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The process that claimed it.</summary>
    public int ProcessId { get; init; }
}
