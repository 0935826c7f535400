namespace ParticipantMessaging;

/// <summary>One message that was sent to many participants of a study.</summary>
public sealed class MessageBroadcast
{
    /// <summary>Id of the broadcast.</summary>
    public string Id { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The study.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>Subject.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Topic, an open string; empty when none.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The text.</summary>
    public string Body { get; init; } = "";

    /// <summary>Where the audience came from, an open string.</summary>
    public string AudienceSource { get; init; } = "";

    /// <summary>How many people it went to.</summary>
    public long RecipientCount { get; init; }

    /// <summary>How many of them answered (own follow-ups are not counted).</summary>
    public long RepliedCount { get; init; }

    /// <summary>When it was created; null when the service did not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Fields that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
