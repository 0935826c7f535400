using ParticipantMessaging.Accounts;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Who is who in messages and conversations: the service names the sender alone, so it has to be known who the account is.</summary>
internal static class MessageSides
{
    private const int MostConversations = 200;

    /// <summary>The account's own id at Prolific; empty when it cannot be found out, which is no reason not to show what was read.</summary>
    /// <param name="client">The account.</param>
    /// <param name="cancellationToken">Stops the call, if one is needed: the id is remembered.</param>
    public static async Task<string> FindMeAsync(ProlificClient client, CancellationToken cancellationToken)
    {
        try
        {
            AccountIdentity me = await AccountIdentities.Shared
                .FindAsync(client.Connection, async token => (await client.GetMeAsync(token).ConfigureAwait(false)).Id, cancellationToken)
                .ConfigureAwait(false);
            return me.Id;
        }
        catch (MessagingException e) when (e.Reason is not MessagingErrorReason.AuthenticationFailed)
        {
            return "";
        }
    }

    /// <summary>Fills in direction and the other person. Who the other one is in a conversation, whatever of it is there tells.</summary>
    /// <param name="messages">Messages of one or several conversations.</param>
    /// <param name="me">The account's id; empty when not known.</param>
    /// <param name="person">The other person, where there is only one; empty when not known.</param>
    public static void Tell(IReadOnlyList<ParticipantMessage> messages, string me, string person)
    {
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ParticipantMessage message in messages)
        {
            if (message.SenderId.Length == 0) continue;
            bool mine = me.Length > 0 ? Same(message.SenderId, me) : person.Length > 0 && !Same(message.SenderId, person);
            if (me.Length == 0 && person.Length == 0) continue;
            message.Direction = mine ? MessageDirection.Out : MessageDirection.In;
            if (!mine) others.TryAdd(message.ConversationId, message.SenderId);
        }

        foreach (ParticipantMessage message in messages)
        {
            message.ParticipantId = person.Length > 0 ? person
                : message.Direction == MessageDirection.In ? message.SenderId
                : message.ConversationId.Length > 0 ? others.GetValueOrDefault(message.ConversationId, "") : "";
        }
    }

    /// <summary>
    /// Finds out whom messages of one's own went to, of whom nothing else is there: the latest conversations say with whom they are. Where
    /// the service has no conversations for this account it stays unknown.
    /// </summary>
    public static async Task AskConversationsAsync(ProlificClient client, List<ParticipantMessage> messages, string? workspaceId, string me, CancellationToken cancellationToken)
    {
        ILookup<string, ParticipantMessage> open = messages
            .Where(static m => m.ParticipantId.Length == 0 && m.Direction == MessageDirection.Out && m.ConversationId.Length > 0)
            .ToLookup(static m => m.ConversationId, StringComparer.Ordinal);
        int left = open.Count, looks = MostConversations;
        if (left == 0) return;
        try
        {
            await foreach (MessageConversation conversation in client.GetConversationsAsync(workspaceId, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                Conversations.NamePerson(conversation, me);
                if (open.Contains(conversation.Id))
                {
                    foreach (ParticipantMessage message in open[conversation.Id]) message.ParticipantId = conversation.ParticipantId;
                    left--;
                }

                if (left == 0 || --looks == 0) return;
            }
        }
        catch (MessagingException e) when (e.Reason is not MessagingErrorReason.AuthenticationFailed)
        {
            // It is no more than a help.
        }
    }

    /// <summary>The oldest first; what has no time stays where it was between its neighbours' ends.</summary>
    /// <param name="messages">As the service gave them.</param>
    /// <param name="newestFirst">What the order means where times are equal.</param>
    public static IEnumerable<ParticipantMessage> OldestFirst(List<ParticipantMessage> messages, bool newestFirst)
    {
        DateTimeOffset? first = messages.FirstOrDefault(static m => m.SentAt is not null)?.SentAt;
        DateTimeOffset? last = messages.LastOrDefault(static m => m.SentAt is not null)?.SentAt;
        if (newestFirst && first >= last) messages.Reverse();
        return messages.OrderBy(static m => m.SentAt ?? DateTimeOffset.MaxValue);
    }

    public static bool Same(string left, string right) => string.Equals(left.Trim(), right.Trim(), StringComparison.OrdinalIgnoreCase);
}
