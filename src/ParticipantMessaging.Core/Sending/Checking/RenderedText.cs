using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>A text as it goes out. Rows with equal texts share one.</summary>
public sealed class RenderedText
{
    /// <summary>Makes one.</summary>
    /// <param name="body">The text.</param>
    /// <param name="subject">The subject; null when there is none.</param>
    public RenderedText(string body, string? subject)
    {
        Body = body;
        Subject = string.IsNullOrWhiteSpace(subject) ? null : subject.Trim();
        Hash = TextFingerprint.Hash(body, Subject);
        NormalizedHash = TextFingerprint.HashNormalized(body);
        Length = body.Length + (Subject is null ? 0 : Subject.Length + 1);
    }

    /// <summary>The text.</summary>
    public string Body { get; }

    /// <summary>The subject; null when there is none.</summary>
    public string? Subject { get; }

    /// <summary>SHA-256, 64 hex digits, of the text; of subject, line feed and text where there is a subject.</summary>
    public string Hash { get; }

    /// <summary>SHA-256 of the text after normalisation, for finding it again at the service.</summary>
    public string NormalizedHash { get; }

    /// <summary>Length in characters, subject included.</summary>
    public int Length { get; }
}
