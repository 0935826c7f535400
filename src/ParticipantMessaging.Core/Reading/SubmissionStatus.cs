namespace ParticipantMessaging.Reading;

/// <summary>Compares statuses in all their spellings: <c>AWAITING REVIEW</c>, <c>AWAITING_REVIEW</c>, <c>awaiting-review</c>.</summary>
public static class SubmissionStatus
{
    /// <summary>Whether two spellings mean the same status.</summary>
    /// <param name="left">One; null is "".</param>
    /// <param name="right">The other; null is "".</param>
    /// <returns>True when they do.</returns>
    public static bool AreEqual(string? left, string? right) => string.Equals(Normalize(left), Normalize(right), StringComparison.Ordinal);

    /// <summary>The one spelling that is compared: upper case, words divided by single spaces.</summary>
    /// <param name="status">Any spelling; null is "".</param>
    /// <returns>Such as <c>TIMED OUT</c>.</returns>
    public static string Normalize(string? status)
        => string.Join(' ', (status ?? "").Split([' ', '_', '-', '\t', '\u00A0'], StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();
}
