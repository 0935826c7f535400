namespace ParticipantMessaging;

/// <summary>A thread between two members. Its full list of fields is not documented: what is not named here is in <see cref="AdditionalProperties"/>.</summary>
public sealed class MessageConversation
{
    /// <summary>Id of the thread; equals <see cref="ParticipantMessage.ConversationId"/>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The other person; empty when the service did not say.</summary>
    public string ParticipantId { get; internal set; } = "";

    /// <summary>Subject; empty on threads older than the feature.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Topic, an open string; empty on threads older than the feature.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The study it is about; empty when there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>When something was last written in it; null when the service did not say.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Those between whom it is, as far as the service named them.</summary>
    internal IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Fields that are not documented or that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
