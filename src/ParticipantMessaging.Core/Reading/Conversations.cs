using System.Runtime.CompilerServices;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Conversations, with whom they are.</summary>
public static class Conversations
{
    /// <summary>Reads conversations, most recently updated first.</summary>
    /// <param name="client">The account.</param>
    /// <param name="workspaceId">A workspace whose conversations are meant; null for one's own.</param>
    /// <param name="studyId">Only about this study; null for all.</param>
    /// <param name="broadcastId">Only those that this broadcast began; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The conversations, as the pages come.</returns>
    public static async IAsyncEnumerable<MessageConversation> ReadAsync(
        ProlificClient client,
        string? workspaceId = null,
        string? studyId = null,
        string? broadcastId = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        string? me = null;
        await foreach (MessageConversation conversation in client.GetConversationsAsync(workspaceId, studyId, broadcastId, cancellationToken).ConfigureAwait(false))
        {
            if (conversation.Members.Count > 0) me ??= await MessageSides.FindMeAsync(client, cancellationToken).ConfigureAwait(false);
            NamePerson(conversation, me ?? "");
            yield return conversation;
        }
    }

    /// <summary>Fills in the other person.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="me">The account's id; empty when not known.</param>
    internal static void NamePerson(MessageConversation conversation, string me)
    {
        if (me.Length == 0) return;
        string other = conversation.Members.FirstOrDefault(m => !MessageSides.Same(m, me)) ?? "";
        if (conversation.ParticipantId.Length == 0 || MessageSides.Same(conversation.ParticipantId, me)) conversation.ParticipantId = other;
    }
}
