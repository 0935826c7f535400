namespace ParticipantMessaging;

/// <summary>What is known about the effect of a call that failed.</summary>
public enum CallEffect
{
    /// <summary>Nothing happened at the service: the request never left, or the service refused it.</summary>
    None,

    /// <summary>The request left and no trustworthy answer came back: it may have had its effect.</summary>
    Unknown,
}

/// <summary>
/// The one exception of this library. Its message is written for a researcher, is free of tokens and message
/// texts, and ends in a full stop. What others wrote in it (an id, a service's words) has passed <see cref="ShownText"/>.
/// </summary>
public sealed class MessagingException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What happened, for a researcher.</param>
    /// <param name="recommendedAction">What to do now.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public MessagingException(MessagingErrorReason reason, string message, string recommendedAction, Exception? innerException = null)
        : base(ShownText.Lines(message), innerException)
    {
        Reason = reason;
        RecommendedAction = ShownText.Lines(recommendedAction);
    }

    /// <summary>Why; the stable part of the error id.</summary>
    public MessagingErrorReason Reason { get; }

    /// <summary>What to do now, one or two sentences.</summary>
    public string RecommendedAction { get; }

    /// <summary>HTTP status of the last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How many times the call was tried; 0 when it never left.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether the call may have had its effect all the same.</summary>
    public CallEffect Effect { get; init; }

    /// <summary>The service's own words, capped and free of tokens; null when it said nothing.</summary>
    public string? ServiceMessage { get; init; }

    /// <summary>Field errors as the service names them (field → texts); empty when there are none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> FieldErrors { get; init; }
        = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Method and path of the call (no query, no token), such as <c>POST /api/v1/messages/</c>; null when no call was made.</summary>
    public string? Request { get; init; }

    /// <summary>How long the service asked to wait (<c>Retry-After</c>); null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>When the service answered, by its own clock (its <c>Date</c> header); null when there was no answer, or it does not say.</summary>
    public DateTimeOffset? ServiceTime { get; init; }

    /// <summary>The failure is one of TLS or of a signature, hence a matter of security rather than of the network.</summary>
    public bool IsSecurityFailure { get; init; }

    /// <summary>The same failure in other words.</summary>
    /// <param name="message">What happened, for a researcher.</param>
    /// <param name="recommendedAction">What to do now; null for what it says already.</param>
    /// <param name="innerException">The cause; null for its own.</param>
    /// <param name="reason">Of what kind it is; null for its own.</param>
    /// <param name="effect">What the call may have done; null for its own.</param>
    /// <returns>The failure, with all that is known of the call.</returns>
    public MessagingException Saying(
        string message, string? recommendedAction = null, Exception? innerException = null, MessagingErrorReason? reason = null, CallEffect? effect = null)
        => new(reason ?? Reason, message, recommendedAction ?? RecommendedAction, innerException ?? InnerException)
        {
            HttpStatus = HttpStatus,
            Attempts = Attempts,
            Effect = effect ?? Effect,
            ServiceMessage = ServiceMessage,
            FieldErrors = FieldErrors,
            Request = Request,
            RetryAfter = RetryAfter,
            ServiceTime = ServiceTime,
            IsSecurityFailure = IsSecurityFailure,
        };
}
