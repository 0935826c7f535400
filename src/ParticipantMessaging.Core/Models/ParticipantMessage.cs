namespace ParticipantMessaging;

/// <summary>A message that was received or sent, as the service shows it.</summary>
public sealed class ParticipantMessage
{
    /// <summary>Id of the message.</summary>
    public string Id { get; init; } = "";

    /// <summary>Account through which it was read.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Who wrote it (<c>sender_id</c>, on the live service <c>sender</c>).</summary>
    public string SenderId { get; init; } = "";

    /// <summary>The other person, whoever wrote: of a message that was received its sender, of one that was sent its recipient; empty when the service did not say.</summary>
    public string ParticipantId { get; internal set; } = "";

    /// <summary>One of <see cref="MessageDirection"/>; empty when it is not known.</summary>
    public string Direction { get; internal set; } = "";

    /// <summary>The text.</summary>
    public string Body { get; init; } = "";

    /// <summary>When it was sent (<c>sent_at</c>, on the live service <c>datetime_created</c>); null when the service did not say.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Open string; <c>message</c> so far.</summary>
    public string Type { get; init; } = "";

    /// <summary>The thread (<c>channel_id</c>).</summary>
    public string ConversationId { get; init; } = "";

    /// <summary>The study it is about; empty when the service did not say.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The category that the participant chose, such as <c>payment-issues</c>; an open string, empty when none.</summary>
    public string Category { get; init; } = "";

    /// <summary>Fields that this version does not know, as plain values (string, long, double, bool, list, dictionary, null).</summary>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = AdditionalFields.None;
}

/// <summary>Which way a message went, seen from the account.</summary>
public static class MessageDirection
{
    /// <summary>The participant wrote it.</summary>
    public const string In = "In";

    /// <summary>The account wrote it.</summary>
    public const string Out = "Out";
}
