namespace ParticipantMessaging.Simulator;

/// <summary>A thread. The default thread with a person has no subject and no topic.</summary>
public sealed class SimConversation
{
    /// <summary>64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The other member.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>Subject; null on the default thread.</summary>
    public string? Subject { get; init; }

    /// <summary>Topic; null on the default thread.</summary>
    public string? Topic { get; init; }

    /// <summary>Study, if any.</summary>
    public string? StudyId { get; init; }

    /// <summary>Workspace it was started as, if any.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>The broadcast that made it, if one did.</summary>
    public string? BroadcastId { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the last message came.</summary>
    public DateTimeOffset UpdatedAt { get; set; }
}
