namespace ParticipantMessaging.Reading;

/// <summary>Which events are wanted. What is null or empty does not count.</summary>
public sealed class WebhookEventFilter
{
    /// <summary>Delivery statuses (<c>PENDING</c>, <c>SUCCEEDED</c>, <c>FAILED</c>); filtered by the service.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>Only about this study or submission; filtered by the service.</summary>
    public string? ResourceId { get; init; }

    /// <summary>Only of these kinds.</summary>
    public IReadOnlyList<string> EventTypes { get; init; } = [];

    /// <summary>Not before this time. An event whose time the service did not say is wanted.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether only the service's own filters are used, so that its counts and offsets can be.</summary>
    public bool IsServiceSide => EventTypes.Count == 0 && Since is null;

    /// <summary>Whether an event is wanted, as far as the service has not filtered.</summary>
    /// <param name="item">The event.</param>
    /// <returns>True when it is.</returns>
    public bool Matches(WebhookEvent item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return (EventTypes.Count == 0 || EventTypes.Contains(item.EventType, StringComparer.OrdinalIgnoreCase))
            && (Since is not { } since || item.CreatedAt is not { } created || created >= since);
    }
}
