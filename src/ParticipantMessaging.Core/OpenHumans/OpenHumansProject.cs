namespace ParticipantMessaging.OpenHumans;

/// <summary>The project of a master token (<c>GET project/</c>).</summary>
public sealed class OpenHumansProject
{
    /// <summary>Number of the project.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Short name in addresses.</summary>
    public string Slug { get; init; } = "";

    /// <summary><c>oauth2</c> or <c>on-site</c>, an open string; empty when the service did not say.</summary>
    public string Type { get; init; } = "";

    /// <summary>How many people an all-members message reaches; null when the service did not say.</summary>
    public int? AuthorizedMembers { get; init; }

    /// <summary>Whether Open Humans has approved it; an unapproved one is capped at some 20 members.</summary>
    public bool IsApproved { get; init; }

    /// <summary>Whether it is active.</summary>
    public bool IsActive { get; init; }

    /// <summary>Reply address of its messages; empty when the service did not say.</summary>
    public string ContactEmail { get; init; } = "";
}
