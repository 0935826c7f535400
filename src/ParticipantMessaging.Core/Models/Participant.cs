namespace ParticipantMessaging;

/// <summary>Somebody to whom a message can be sent.</summary>
public sealed class Participant
{
    /// <summary>Prolific participant id (24 hex digits) or Open Humans project member id (8 or 16 digits).</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The study whose submission this is; empty otherwise.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The submission; empty otherwise.</summary>
    public string SubmissionId { get; init; } = "";

    /// <summary>Status of the submission as the service spells it, such as <c>AWAITING REVIEW</c>; an open string, empty otherwise.</summary>
    public string Status { get; init; } = "";

    /// <summary>The group whose member this is; empty otherwise.</summary>
    public string GroupId { get; init; } = "";

    /// <summary>When the submission was started; null otherwise.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the submission was completed; null when it was not.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When the person joined the group or the Open Humans project; null otherwise.</summary>
    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>Completion code of the submission; empty when there is none.</summary>
    public string StudyCode { get; init; } = "";

    /// <summary>Open Humans user name, where it is shared; empty otherwise.</summary>
    public string UserName { get; init; } = "";

    /// <summary>Fields that the service adds later. Personal data that messaging does not need (IP address, strata, download links) is left out.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
