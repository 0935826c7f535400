namespace ParticipantMessaging.Webhooks;

/// <summary>Names of the headers of a delivered event (provider facts, section 5.1); compared without case.</summary>
public static class WebhookHeaderNames
{
    /// <summary>Base64 of the HMAC-SHA256 over request timestamp and raw body.</summary>
    public const string Signature = "X-Prolific-Request-Signature";

    /// <summary>UNIX time in seconds at which the request was sent; part of what is signed.</summary>
    public const string RequestTimestamp = "X-Prolific-Request-Timestamp";

    /// <summary>Id of the event, the same on every repeat; not signed.</summary>
    public const string EventId = "X-Event-ID";

    /// <summary>UNIX time in seconds at which the event was sent, for ordering; not signed.</summary>
    public const string EventTimestamp = "X-Timestamp";
}
