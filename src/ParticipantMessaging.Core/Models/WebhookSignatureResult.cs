namespace ParticipantMessaging;

/// <summary>Whether a signature matches, and if not, why.</summary>
public sealed class WebhookSignatureResult
{
    /// <summary>True when the signature matches and the request is not too old.</summary>
    public bool IsValid { get; init; }

    /// <summary>Name of the reason, one of <see cref="Webhooks.SignatureProblem"/>; <c>None</c> when it is valid.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The reason in words.</summary>
    public string Message { get; init; } = "";

    /// <summary>When the request was sent, by its own timestamp; null when that is missing or no number.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>How old the request is; negative when it is from the future; null without a timestamp.</summary>
    public TimeSpan? Age { get; init; }
}
