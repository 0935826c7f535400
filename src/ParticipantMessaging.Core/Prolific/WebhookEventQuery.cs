namespace ParticipantMessaging.Prolific;

/// <summary>Which events of a subscription's log to read.</summary>
public sealed class WebhookEventQuery
{
    /// <summary>Most events that one page can hold (the service's own limit).</summary>
    public const int LargestPage = 1000;

    /// <summary>Delivery statuses, such as <c>FAILED</c>; empty for all.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>Only events about this study or submission; null for all.</summary>
    public string? ResourceId { get; init; }

    /// <summary>How many events to leave out at the start; 0 or more.</summary>
    public int Skip { get; init; }

    /// <summary>Events per page, 1 to 1,000.</summary>
    public int PageSize { get; init; } = LargestPage;
}
