namespace ParticipantMessaging;

/// <summary>What became of one event that was posted again.</summary>
public sealed class WebhookDelivery
{
    /// <summary>The event's id, sent as <c>X-Event-ID</c>.</summary>
    public string EventId { get; init; } = "";

    /// <summary>Such as <c>submission.status.change</c>; empty when it was posted as plain JSON text without one.</summary>
    public string EventType { get; init; } = "";

    /// <summary>Where it was posted to, without the query, which may hold a key.</summary>
    public string Uri { get; init; } = "";

    /// <summary>True when the target answered 2xx.</summary>
    public bool Ok { get; init; }

    /// <summary>The target's HTTP status; null when there was no answer.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Why it failed; empty when it did not.</summary>
    public string Error { get; init; } = "";

    /// <summary>Whether it was signed.</summary>
    public bool IsSigned { get; init; }

    /// <summary>How long it took.</summary>
    public long Milliseconds { get; init; }
}
