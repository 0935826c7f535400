namespace ParticipantMessaging.Reading;

/// <summary>Compares statuses in all their spellings: <c>AWAITING REVIEW</c>, <c>AWAITING_REVIEW</c>, <c>awaiting-review</c>, <c>AwaitingReview</c>.</summary>
public static class SubmissionStatus
{
    /// <summary>Whether two spellings mean the same status.</summary>
    /// <param name="left">One; null is "".</param>
    /// <param name="right">The other; null is "".</param>
    /// <returns>True when they do.</returns>
    public static bool AreEqual(string? left, string? right) => string.Equals(Normalize(left), Normalize(right), StringComparison.Ordinal);

    /// <summary>The statuses that are known, as Prolific writes them in submissions.</summary>
    public static IReadOnlyList<string> Known { get; } =
        ["RESERVED", "ACTIVE", "TIMED-OUT", "AWAITING REVIEW", "APPROVED", "PARTIALLY APPROVED", "RETURNED", "REJECTED", "SCREENED OUT", "PROCESSING", "UNKNOWN"];

    /// <summary>The one spelling that is compared: upper case, without what divides words.</summary>
    /// <param name="status">Any spelling; null is "".</param>
    /// <returns>Such as <c>TIMEDOUT</c>.</returns>
    public static string Normalize(string? status)
        => string.Concat((status ?? "").Where(static c => !char.IsWhiteSpace(c) && c is not ('_' or '-' or '.'))).ToUpperInvariant();

    /// <summary>Checks statuses that somebody typed: one that nobody has would give an empty list, which looks like success.</summary>
    /// <param name="statuses">Any spellings; null is none.</param>
    /// <returns>The spellings that are compared.</returns>
    /// <exception cref="MessagingException">InvalidRequest: one is not known; the message lists those that are.</exception>
    public static IReadOnlySet<string> Check(IEnumerable<string>? statuses)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (string status in statuses ?? [])
        {
            string normal = Normalize(status);
            if (!Known.Any(known => Normalize(known) == normal))
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"Prolific has no status '{status.Trim()}' of submissions.",
                    $"Write one of {string.Join(", ", Known)}; in small letters, with blanks, hyphens, underscores or none, as you like.");
            }

            wanted.Add(normal);
        }

        return wanted;
    }
}
