namespace ParticipantMessaging.Simulator;

/// <summary>One try to deliver an event.</summary>
/// <param name="SubscriptionId">The subscription.</param>
/// <param name="EventId">The event.</param>
/// <param name="EventType">Its type.</param>
/// <param name="TargetUrl">Where it went.</param>
/// <param name="Attempt">1 for the first try; 0 for a repetition that was asked for.</param>
/// <param name="Status">What the target answered; 0 when nothing.</param>
/// <param name="Error">Why nothing was answered.</param>
/// <param name="Time">When it was sent.</param>
/// <param name="Body">The body as it was sent.</param>
public sealed record SimDelivery(
    string SubscriptionId, string EventId, string EventType, string TargetUrl, int Attempt, int Status, string? Error,
    DateTimeOffset Time, string Body);
