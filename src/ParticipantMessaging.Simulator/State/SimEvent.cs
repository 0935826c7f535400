namespace ParticipantMessaging.Simulator;

/// <summary>An entry of the webhook event log. Texts are shared where they can be, so that 200,000 of them stay small.</summary>
public sealed class SimEvent
{
    /// <summary>Counts from 1 over all subscriptions; the id follows from it.</summary>
    public required long Number { get; init; }

    internal int Seed { get; init; }

    /// <summary>24 hex digits; also sent as <c>X-Event-ID</c>.</summary>
    public string Id => SimIds.Hex24(Seed, SimIds.KindEvent, Number);

    /// <summary>The event type.</summary>
    public required string EventType { get; init; }

    /// <summary>The study or submission it is about.</summary>
    public required string ResourceId { get; init; }

    /// <summary>The participant; null on study events.</summary>
    public string? ParticipantId { get; init; }

    /// <summary>The new status of the study or submission; null where the type has none.</summary>
    public string? ResourceStatus { get; init; }

    /// <summary>The exact body that is delivered; null means the one that follows from the other fields.</summary>
    public string? CustomBody { get; init; }

    /// <summary>Where it is delivered to.</summary>
    public required string TargetUrl { get; init; }

    /// <summary>PENDING, SUCCEEDED or FAILED.</summary>
    public required string Status { get; set; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its status last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; set; }
}
