namespace ParticipantMessaging.Prolific;

/// <summary>A subscription just created, with the one-time value that confirms it.</summary>
/// <param name="Subscription">The subscription; not enabled yet.</param>
/// <param name="ConfirmationSecret">Value of the <c>X-Hook-Secret</c> header; null when the service sent none. Not the signing secret.</param>
public sealed record CreatedSubscription(WebhookSubscription Subscription, string? ConfirmationSecret)
{
    /// <summary>Never the secret.</summary>
    public override string ToString() => $"CreatedSubscription {Subscription.Id}";
}
