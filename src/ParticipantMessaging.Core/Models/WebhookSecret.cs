using System.Security;

namespace ParticipantMessaging;

/// <summary>The secret with which the events of a workspace are signed.</summary>
public sealed class WebhookSecret
{
    /// <summary>Id of the secret.</summary>
    public string Id { get; init; } = "";

    /// <summary>The workspace: one secret signs all its subscriptions.</summary>
    public string WorkspaceId { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary>The value, used as literal UTF-8 text for the HMAC; null when only <see cref="PlainText"/> was asked for.</summary>
    public SecureString? Value { get; init; }

    /// <summary>The value in clear; null unless it was asked for.</summary>
    public string? PlainText { get; init; }
}
