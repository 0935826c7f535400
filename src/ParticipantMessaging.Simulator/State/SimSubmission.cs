namespace ParticipantMessaging.Simulator;

/// <summary>That a person takes part in a study.</summary>
public sealed class SimSubmission
{
    /// <summary>24 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The study.</summary>
    public required string StudyId { get; init; }

    /// <summary>The person.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>As on the wire, with spaces: <c>AWAITING REVIEW</c>.</summary>
    public required string Status { get; set; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was completed, if it was.</summary>
    public DateTimeOffset? CompletedAt { get; set; }
}
