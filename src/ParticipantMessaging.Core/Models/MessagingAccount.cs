namespace ParticipantMessaging;

/// <summary>A registered account. Nothing in it is secret: the token lies in the vault.</summary>
public sealed class MessagingAccount
{
    /// <summary>Name, unique regardless of case.</summary>
    public string Name { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The host root, such as <c>https://api.prolific.com</c>.</summary>
    public Uri? BaseUri { get; init; }

    /// <summary>Prolific workspace that is meant when none is named; empty when there is none.</summary>
    public string WorkspaceId { get; init; } = "";

    /// <summary>SecretManagement vault; empty for the default vault.</summary>
    public string Vault { get; init; } = "";

    /// <summary>Name of the token in the vault.</summary>
    public string SecretName { get; init; } = "";

    /// <summary>True for the account that is used when none is named.</summary>
    public bool IsDefault { get; init; }
}
