namespace ParticipantMessaging.Simulator;

/// <summary>One message between the researcher and a person, as the service stored it.</summary>
public sealed class SimMessage
{
    /// <summary>24 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Which service carried it.</summary>
    public required SimProvider Provider { get; init; }

    /// <summary>The person at the other end, whoever wrote.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>True when the person wrote it, false when the person received it.</summary>
    public bool Incoming { get; init; }

    /// <summary>The id of who wrote it.</summary>
    public required string SenderId { get; init; }

    /// <summary>The text as it is read at the other end; for Open Humans rendered and stripped.</summary>
    public required string Body { get; init; }

    /// <summary>Open Humans' mail subject, with its prefix; null on Prolific.</summary>
    public string? Subject { get; init; }

    /// <summary>The study that it is about, if any.</summary>
    public string? StudyId { get; init; }

    /// <summary>The participant group it was sent to, if it was.</summary>
    public string? GroupId { get; init; }

    /// <summary>The participant's choice of category; incoming messages only.</summary>
    public string? Category { get; init; }

    /// <summary>The thread.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The call that made it: single, bulk, group, conversation, broadcast, project or seed.</summary>
    public required string Via { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Number of the request that carried it (<see cref="SimRequestRecord.Number"/>); 0 when there was none.</summary>
    public long RequestNumber { get; init; }
}
