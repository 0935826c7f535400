namespace ParticipantMessaging.Simulator;

/// <summary>A webhook subscription.</summary>
public sealed class SimSubscription
{
    /// <summary>24 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The workspace whose secret signs its deliveries.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The event type, an open string.</summary>
    public required string EventType { get; set; }

    /// <summary>Where deliveries go.</summary>
    public required string TargetUrl { get; set; }

    /// <summary>False until it is confirmed, and after five days in which every delivery failed.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>The one-time token that the creator got in <c>X-Hook-Secret</c>.</summary>
    public required string ConfirmationToken { get; init; }

    /// <summary>When the present run of failures began; null while deliveries succeed.</summary>
    public DateTimeOffset? FailingSince { get; internal set; }
}
