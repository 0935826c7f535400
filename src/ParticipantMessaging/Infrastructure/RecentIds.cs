namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// Ids that cmdlets have shown in this process, for completion alone: nothing is ever chosen because it stands here. A few of each kind
/// are kept, the latest first.
/// </summary>
internal static class RecentIds
{
    public static RecentList Studies { get; } = new();

    public static RecentList Subscriptions { get; } = new();

    public static RecentList Groups { get; } = new();

    public static RecentList Workspaces { get; } = new();

    public static RecentList Conversations { get; } = new();

    public static RecentList EventTypes { get; } = new();

    /// <summary>Notes the ids of an object that goes out; anything else is ignored.</summary>
    /// <param name="value">The object; null is fine.</param>
    public static void Note(object? value)
    {
        switch (value)
        {
            case ParticipantMessage message:
                Studies.Add(message.StudyId);
                Conversations.Add(message.ConversationId);
                break;
            case Participant participant: Studies.Add(participant.StudyId); break;
            case MessageReceipt receipt: Studies.Add(receipt.StudyId); break;
            case SentMessage sent: Studies.Add(sent.StudyId); break;
            case MessageConversation conversation:
                Studies.Add(conversation.StudyId);
                Conversations.Add(conversation.Id);
                break;
            case MessageBroadcast broadcast: Studies.Add(broadcast.StudyId); break;
            case ParticipantGroup group:
                Groups.Add(group.Id);
                Workspaces.Add(group.WorkspaceId);
                break;
            case WebhookSecret secret: Workspaces.Add(secret.WorkspaceId); break;
            case WebhookEventType type: EventTypes.Add(type.EventType); break;
            case WebhookEvent item:
                Subscriptions.Add(item.SubscriptionId);
                EventTypes.Add(item.EventType);
                break;
            case WebhookSubscription subscription:
                Subscriptions.Add(subscription.Id);
                EventTypes.Add(subscription.EventType);
                Workspaces.Add(subscription.WorkspaceId);
                break;
        }
    }
}
