using System.Security;

namespace ParticipantMessaging;

/// <summary>A subscription of a target URL to a kind of event.</summary>
public sealed class WebhookSubscription
{
    /// <summary>Id of the subscription.</summary>
    public string Id { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary>Such as <c>submission.status.change</c>; an open string.</summary>
    public string EventType { get; init; } = "";

    /// <summary>Where events are posted to.</summary>
    public string TargetUrl { get; init; } = "";

    /// <summary>False until it is confirmed, and after the provider or you switched it off.</summary>
    public bool IsEnabled { get; init; }

    /// <summary>The workspace.</summary>
    public string WorkspaceId { get; init; } = "";

    /// <summary>
    /// The one-time value that confirms it; only on a subscription that was just created and is not confirmed yet, else null.
    /// Not the secret that events are signed with.
    /// </summary>
    public SecureString? ConfirmationSecret { get; init; }

    /// <summary>Fields that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
