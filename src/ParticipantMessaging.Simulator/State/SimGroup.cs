namespace ParticipantMessaging.Simulator;

/// <summary>A participant group.</summary>
public sealed class SimGroup
{
    /// <summary>24 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The workspace it belongs to.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Free text; null when there is none.</summary>
    public string? Description { get; init; }

    /// <summary>Whether it was deleted.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>The members with the time at which each was added. Guarded by itself.</summary>
    internal Dictionary<string, DateTimeOffset> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>The ids of the members (a copy).</summary>
    public IReadOnlyList<string> ParticipantIds
    {
        get
        {
            lock (Members)
                return Members.Keys.ToArray();
        }
    }
}
