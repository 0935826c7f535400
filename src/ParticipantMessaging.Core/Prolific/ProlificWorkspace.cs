namespace ParticipantMessaging.Prolific;

/// <summary>A workspace of a researcher.</summary>
public sealed class ProlificWorkspace
{
    /// <summary>Id of the workspace.</summary>
    public string Id { get; init; } = "";

    /// <summary>Title; empty when there is none.</summary>
    public string Title { get; init; } = "";

    /// <summary>Description; empty when there is none.</summary>
    public string Description { get; init; } = "";
}
