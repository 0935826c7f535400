namespace ParticipantMessaging.Ledger;

/// <summary>What a run wants to send next, and to whom: written to the ledger before the call is made, and used as it is until the outcome is.</summary>
public sealed record MessageClaim
{
    /// <summary>What is sent. The claims of a bulk call share it.</summary>
    public required ClaimedMessage Message { get; init; }

    /// <summary>The person; empty for a group or all-members send.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Prolific group; <c>*</c> for all members; empty for a person.</summary>
    public string GroupId { get; init; } = "";

    /// <summary>Ids of the received messages that this one answers; empty when it answers none. Each of them is answered once.</summary>
    public IReadOnlyList<string> ReplyTo { get; init; } = [];
}

/// <summary>What is sent, over which account, and for what: all of a claim that is the same for each person of a bulk call.</summary>
public sealed record ClaimedMessage
{
    /// <summary>Name of the account, or <c>Provider@host</c>: for people to read.</summary>
    public required string Account { get; init; }

    /// <summary>Who that account is at the service (address and researcher or project id): what is compared. Empty where it is not known: then the name is.</summary>
    public string Identity { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Prolific study; empty where there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>Campaign; empty when none was named.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>SHA-256 of the rendered text, 64 hex digits.</summary>
    public string BodyHash { get; init; } = "";

    /// <summary>Length of the rendered text in characters.</summary>
    public int BodyLength { get; init; }

    /// <summary>1 for a person, else the head count; null when the service did not give it.</summary>
    public long? Recipients { get; init; } = 1;

    /// <summary><see cref="TextFingerprint.HashNormalized"/> of the text, by which it is found again at the provider; empty when it cannot be looked up.</summary>
    public string NormalizedHash { get; init; } = "";

    /// <summary>The conversation that it goes into; empty when the service chooses it.</summary>
    public string ConversationId { get; init; } = "";

    /// <summary>A trial (sent to somebody of the lab): recorded, and counts for nothing.</summary>
    public bool IsTrial { get; init; }

    /// <summary>The service's own time at this moment, as far as its answers have told it (<c>Date</c>); null when it is not known.</summary>
    public DateTimeOffset? ServiceTime { get; init; }
}

/// <summary>What stands in the way of a claim, and what does not.</summary>
/// <param name="ResendUnknown">An open <c>Unknown</c> entry does not stand in the way (it is superseded).</param>
/// <param name="Force">Nor does a <c>Sent</c> or <c>Queued</c> one. What another live run holds always does, and so does a block.</param>
/// <param name="RepeatAfter">
/// For claims without a campaign that answer nothing: who got the same text from the same account about the same study within this
/// time does not get it again. <c>Unknown</c> counts as got; answers and trials are not looked at. Null or zero: never mind.
/// </param>
public sealed record ClaimOptions(bool ResendUnknown = false, bool Force = false, TimeSpan? RepeatAfter = null);

/// <summary>The answer to one claim: it was granted, or something stands in the way.</summary>
/// <param name="EntryId">The new entry, <c>Sending</c>; 0 when the claim was not granted.</param>
/// <param name="Blocking">The entry that stands in the way (Sent, Queued, Unknown, or Sending by a live run); null when there is none.</param>
public readonly record struct ClaimResult(long EntryId, StandingEntry? Blocking)
{
    private static readonly Dictionary<string, StandingEntry> None = [];

    private readonly IReadOnlyDictionary<string, StandingEntry>? _answered;

    /// <summary>The block that stands in the way: this person must not be written to. Null when there is none.</summary>
    public BlockedParticipant? BlockedPerson { get; init; }

    /// <summary>Of several received messages that were to be answered together, those that have their answer already (or get it from another run), by their id. The claim is granted as long as one is left.</summary>
    public IReadOnlyDictionary<string, StandingEntry> Answered
    {
        get => _answered ?? None;
        init => _answered = value;
    }

    /// <summary>True when this run may send. (Of <see cref="IMessageLedger.PeekAsync"/>: when nothing stands in the way.)</summary>
    public bool IsGranted => Blocking is null && BlockedPerson is null;
}

/// <summary>An entry that stands in the way of a claim: what is told of it, and no more, since a list that was sent before meets as many of them as it has rows.</summary>
public sealed class StandingEntry
{
    /// <summary>Number of the entry in its ledger.</summary>
    public long Id { get; init; }

    /// <summary>The person; empty for a group or all-members send.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>One of <see cref="MessageStatus"/>: Sending, Sent, Queued, Unknown.</summary>
    public string Status { get; init; } = "";

    /// <summary>HTTP status of the call's last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>SHA-256 (64 hex digits) of the rendered text, subject included where there is one.</summary>
    public string BodyHash { get; init; } = "";

    /// <summary>When it was claimed, just before the call.</summary>
    public DateTimeOffset ClaimedAt { get; init; }

    /// <summary>When its outcome was written; null while it is Sending.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>The computer that claimed it; empty where that is not known.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The process that claimed it; 0 where that is not known.</summary>
    public int ProcessId { get; init; }

    /// <summary>The same of an entry that is known as a whole.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>What stands in the way.</returns>
    public static StandingEntry Of(SentMessage entry) => new()
    {
        Id = entry.Id,
        ParticipantId = entry.ParticipantId,
        Status = entry.Status,
        HttpStatus = entry.HttpStatus,
        BodyHash = entry.BodyHash,
        ClaimedAt = entry.ClaimedAt,
        SettledAt = entry.SettledAt,
        HostName = entry.HostName,
        ProcessId = entry.ProcessId,
    };
}

/// <summary>What became of a claimed entry.</summary>
/// <param name="EntryId">The entry.</param>
/// <param name="Status"><c>Sent</c>, <c>Queued</c>, <c>Failed</c> or <c>Unknown</c>.</param>
/// <param name="Reason">Why; empty when it was sent. Never a text or a token.</param>
/// <param name="HttpStatus">HTTP status of the last answer; null when there was none.</param>
/// <param name="Attempts">How many times the call was tried.</param>
public sealed record MessageOutcome(long EntryId, string Status, string Reason = "", int? HttpStatus = null, int Attempts = 0)
{
    /// <summary>The service's own time of the answer (<c>Date</c>); null when there was none.</summary>
    public DateTimeOffset? ServiceTime { get; init; }

    /// <summary>When it was known, by <see cref="IMessageLedger.Now"/>, for one that could not be noted then; null for now.</summary>
    public DateTimeOffset? At { get; init; }
}
