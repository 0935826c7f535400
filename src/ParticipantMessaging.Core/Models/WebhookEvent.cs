namespace ParticipantMessaging;

/// <summary>An event: from the provider's log, or one that was delivered to us.</summary>
public sealed class WebhookEvent
{
    /// <summary>Id in the log, or the <c>X-Event-ID</c> of a delivered one (the same on retries).</summary>
    public string Id { get; init; } = "";

    /// <summary>The subscription; empty for a delivered event, which does not say.</summary>
    public string SubscriptionId { get; init; } = "";

    /// <summary>Such as <c>submission.status.change</c>; an open string.</summary>
    public string EventType { get; init; } = "";

    /// <summary>The submission or study that it is about.</summary>
    public string ResourceId { get; init; } = "";

    /// <summary>The status that the submission or study now has (from the payload), as the service spells it; empty when there is none.</summary>
    public string ResourceStatus { get; init; } = "";

    /// <summary>The participant (from the payload); empty when there is none.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Of the delivery: <c>PENDING</c>, <c>SUCCEEDED</c>, <c>FAILED</c>, an open string; empty for an event that we received ourselves.</summary>
    public string Status { get; init; } = "";

    /// <summary>When the event was created; for a delivered one the time of <c>X-Timestamp</c>; null when not said.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When its delivery last changed; null when not said.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Where it was posted to; empty for a delivered one.</summary>
    public string TargetUrl { get; init; } = "";

    /// <summary>The body; its text is the raw JSON, its members can be read by name. Null when the log holds none.</summary>
    public WebhookPayload? Payload { get; init; }

    /// <summary>Account through which it was read; empty for a delivered one that was checked with <c>-Secret</c>.</summary>
    public string Account { get; init; } = "";

    /// <summary>True when the signature was checked; false for events from the log and for <c>-SkipVerification</c>.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Fields that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
