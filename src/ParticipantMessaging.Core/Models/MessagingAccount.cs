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

    /// <summary>Who the account is at its service, when it was last asked: the researcher's id (Prolific) or the project's (Open Humans); empty when it was not asked yet.</summary>
    public string ServiceId { get; init; } = "";

    /// <summary>The address at which <see cref="ServiceId"/> was asked.</summary>
    internal string IdentityAddress { get; init; } = "";

    /// <summary>A mark of the token with which <see cref="ServiceId"/> was asked.</summary>
    internal string IdentityMark { get; init; } = "";

    /// <summary>A copy with some of it changed; null stands for as it is.</summary>
    /// <param name="name">Another name.</param>
    /// <param name="baseUri">Another address.</param>
    /// <param name="workspaceId">Another workspace; empty for none.</param>
    /// <param name="isDefault">Whether it is the default.</param>
    /// <returns>The copy.</returns>
    public MessagingAccount With(string? name = null, Uri? baseUri = null, string? workspaceId = null, bool? isDefault = null) => new()
    {
        Name = name ?? Name,
        Provider = Provider,
        BaseUri = baseUri ?? BaseUri,
        WorkspaceId = workspaceId ?? WorkspaceId,
        Vault = Vault,
        SecretName = SecretName,
        IsDefault = isDefault ?? IsDefault,
        ServiceId = ServiceId,
        IdentityAddress = IdentityAddress,
        IdentityMark = IdentityMark,
    };
}
