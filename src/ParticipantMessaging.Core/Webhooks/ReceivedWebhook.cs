namespace ParticipantMessaging.Webhooks;

/// <summary>An event whose sender still waits for its answer.</summary>
public sealed class ReceivedWebhook
{
    private readonly Action<bool> _settle;

    internal ReceivedWebhook(WebhookEvent received, Action<bool> settle)
    {
        Event = received;
        _settle = settle;
    }

    /// <summary>The event, verified.</summary>
    public WebhookEvent Event { get; }

    /// <summary>It has been taken: the sender gets its 200, and repeats are dropped from now on.</summary>
    public void Accept() => _settle(true);

    /// <summary>It could not be taken: the sender gets a 503 and will try again.</summary>
    public void Refuse() => _settle(false);
}
