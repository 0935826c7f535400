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

    /// <summary>Subject; empty on threads older than the feature.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Topic, an open string; empty on threads older than the feature.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The study it is about; empty when there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>Fields that are not documented or that the service adds later.</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}
