namespace ParticipantMessaging;

/// <summary>A Prolific participant group.</summary>
public sealed class ParticipantGroup
{
    /// <summary>Id of the group (24 hex digits).</summary>
    public string Id { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Description; empty when there is none.</summary>
    public string Description { get; init; } = "";

    /// <summary>How many members it has; null when the service did not say.</summary>
    public long? ParticipantCount { get; init; }

    /// <summary>The workspace; empty when the group belongs to a project or an organisation.</summary>
    public string WorkspaceId { get; init; } = "";

    /// <summary>True for a group that was deleted.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Fields that the service adds later, and the rarer ones (<c>project_id</c>, <c>organisation_id</c>, <c>feeder_studies</c>).</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
