namespace ParticipantMessaging;

/// <summary>A kind of event that can be subscribed to.</summary>
public sealed class WebhookEventType
{
    /// <summary>Such as <c>submission.status.change</c>; an open string.</summary>
    public string EventType { get; init; } = "";

    /// <summary>The service's own description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary>Fields that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
