using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>A row that passed the check: whom it goes to and what it says.</summary>
public sealed class PreparedMessage
{
    /// <summary>The row.</summary>
    public required SendRow Row { get; init; }

    /// <summary>The account.</summary>
    public required ServiceConnection Connection { get; init; }

    /// <summary>What it addresses.</summary>
    public required RecipientKind Kind { get; init; }

    /// <summary>The id of the person or the group; empty for all members.</summary>
    public required string RecipientId { get; init; }

    /// <summary>The person; empty for a group or all members.</summary>
    public string ParticipantId => Kind == RecipientKind.Person ? RecipientId : "";

    /// <summary>The group; empty otherwise.</summary>
    public string GroupId => Kind == RecipientKind.Group ? RecipientId : "";

    /// <summary>The study; empty when there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The conversation it goes into; empty when the service chooses it. Open Humans knows none, and a trial goes into nobody else's.</summary>
    public string ConversationId => IsTrial || Connection.Provider != MessagingProvider.Prolific ? "" : Row.Content.ConversationId ?? "";

    /// <summary>Ids of the received messages that it answers; empty when it answers none. Of two messages with one text to answer them, both.</summary>
    public IReadOnlyList<string> ReplyTo { get; set; } = [];

    /// <summary>A trial: the text of a row, sent to somebody of the lab; it counts for nothing.</summary>
    public bool IsTrial { get; init; }

    /// <summary>What it says.</summary>
    public required RenderedText Text { get; init; }

    /// <summary>1 for a person, else the head count; null when the service did not give it.</summary>
    public long? Recipients => Kind == RecipientKind.Person ? 1 : Audience?.People;

    /// <summary>Name and head count of a group or of all members; null for a person, and before it was asked for.</summary>
    public Audience? Audience { get; set; }

    /// <summary>The ledger's key of the recipient.</summary>
    public string RecipientKey => Kind switch
    {
        RecipientKind.Group => "group:" + RecipientId,
        RecipientKind.AllMembers => "group:*",
        _ => RecipientId,
    };
}

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
