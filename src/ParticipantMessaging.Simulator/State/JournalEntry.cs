using System.Text.Json.Serialization;

namespace ParticipantMessaging.Simulator;

/// <summary>One change of the state, as a line of the state file. Exactly one of the parts is there; the kind says which.</summary>
internal sealed class JournalEntry
{
    public required string Kind { get; init; }

    public PersonPart? Person { get; init; }

    public SimWorkspace? Workspace { get; init; }

    public SimStudy? Study { get; init; }

    public SimSubmission? Submission { get; init; }

    public GroupPart? Group { get; init; }

    public SimMessage[]? Messages { get; init; }

    public SimBulkCall? Bulk { get; init; }

    public SimConversation? Conversation { get; init; }

    public SimBroadcast? Broadcast { get; init; }

    public SimSecret? Secret { get; init; }

    public SubscriptionPart? Subscription { get; init; }

    public EventPart? Event { get; init; }

    public string? Id { get; init; }

    public int? Seed { get; init; }

    /// <summary>How far the numbers of messages, secrets, subscriptions and events had come, so that no id is used twice.</summary>
    public long[]? Counters { get; init; }

    internal sealed record PersonPart(
        string Id, SimProvider Provider, string FirstName, DateTimeOffset JoinedAt, bool Active, bool HasEmail, string? Username,
        bool MailRefused = false);

    internal sealed record GroupPart(
        string Id, string Name, string WorkspaceId, string? Description, bool IsDeleted, Dictionary<string, DateTimeOffset> Members);

    internal sealed record SubscriptionPart(
        string Id, string WorkspaceId, string EventType, string TargetUrl, bool IsEnabled, string ConfirmationToken,
        DateTimeOffset? FailingSince);

    internal sealed record EventPart(
        long Number, string EventType, string ResourceId, string? ParticipantId, string? ResourceStatus, string? CustomBody,
        string TargetUrl, string Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

    public static JournalEntry ForSeed(int seed, params long[] counters) => new() { Kind = "seed", Seed = seed, Counters = counters };

    public static JournalEntry ForPerson(SimParticipant p) => new()
    {
        Kind = "person",
        Person = new PersonPart(p.Id, p.Provider, p.FirstName, p.JoinedAt, p.Active, p.HasEmail, p.Username, p.MailRefused),
    };

    public static JournalEntry ForWorkspace(SimWorkspace workspace) => new() { Kind = "workspace", Workspace = workspace };

    public static JournalEntry ForStudy(SimStudy study) => new() { Kind = "study", Study = study };

    public static JournalEntry ForSubmission(SimSubmission submission) => new() { Kind = "submission", Submission = submission };

    public static JournalEntry ForGroup(SimGroup g) => new()
    {
        Kind = "group",
        Group = new GroupPart(g.Id, g.Name, g.WorkspaceId, g.Description, g.IsDeleted, g.Members),
    };

    public static JournalEntry ForMessage(SimMessage message) => new() { Kind = "messages", Messages = [message] };

    public static JournalEntry ForMessages(SimMessage[] messages, SimBulkCall? bulk) =>
        new() { Kind = "messages", Messages = messages, Bulk = bulk };

    public static JournalEntry ForConversation(SimConversation conversation) =>
        new() { Kind = "conversation", Conversation = conversation };

    public static JournalEntry ForBroadcast(SimBroadcast broadcast) => new() { Kind = "broadcast", Broadcast = broadcast };

    public static JournalEntry ForSecret(SimSecret secret) => new() { Kind = "secret", Secret = secret };

    public static JournalEntry ForSubscription(SimSubscription s) => new()
    {
        Kind = "subscription",
        Subscription = new SubscriptionPart(
            s.Id, s.WorkspaceId, s.EventType, s.TargetUrl, s.IsEnabled, s.ConfirmationToken, s.FailingSince),
    };

    public static JournalEntry ForRemovedSubscription(string id) => new() { Kind = "unsubscribed", Id = id };

    public static JournalEntry ForEvent(string subscriptionId, SimEvent e) => new()
    {
        Kind = "event",
        Id = subscriptionId,
        Event = new EventPart(e.Number, e.EventType, e.ResourceId, e.ParticipantId, e.ResourceStatus, e.CustomBody,
            e.TargetUrl, e.Status, e.CreatedAt, e.UpdatedAt),
    };

    public static JournalEntry ForRead(string messageId) => new() { Kind = "read", Id = messageId };

    public static JournalEntry ForReset() => new() { Kind = "reset" };

    public static JournalEntry ForClear() => new() { Kind = "clear" };
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true, WriteIndented = false)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;
