namespace ParticipantMessaging.Reading;

/// <summary>Which messages are wanted, as far as the service does not filter itself. What is null or empty does not count.</summary>
public sealed class MessageFilter
{
    /// <summary>Only about this study.</summary>
    public string? StudyId { get; init; }

    /// <summary>Only with one of these categories, in any spelling (<c>payment-issues</c>, <c>payment issues</c>).</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Only of these senders.</summary>
    public IReadOnlyList<string> SenderIds { get; init; } = [];

    /// <summary>Not of these senders.</summary>
    public IReadOnlyList<string> ExcludedSenderIds { get; init; } = [];

    /// <summary>Not before this time. A message whose time the service did not say is wanted.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether a message is wanted.</summary>
    /// <param name="message">The message.</param>
    /// <returns>True when it is.</returns>
    public bool Matches(ParticipantMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!string.IsNullOrEmpty(StudyId) && !Same(message.StudyId, StudyId)) return false;
        if (Categories.Count > 0 && !Categories.Any(c => SubmissionStatus.AreEqual(c, message.Category))) return false;
        if (SenderIds.Count > 0 && !SenderIds.Any(s => Same(s, message.SenderId))) return false;
        if (ExcludedSenderIds.Any(s => Same(s, message.SenderId))) return false;
        return Since is not { } since || message.SentAt is not { } sent || sent >= since;
    }

    private static bool Same(string left, string right) => string.Equals(left.Trim(), right, StringComparison.OrdinalIgnoreCase);
}
