using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>Every read of both services, by name.</summary>
internal static class ServiceReads
{
    public static IReadOnlyDictionary<string, Func<ProlificClient, OpenHumansClient, SimulatorState, CancellationToken, Task>> All { get; } =
        new Dictionary<string, Func<ProlificClient, OpenHumansClient, SimulatorState, CancellationToken, Task>>
        {
            ["me"] = static (p, _, _, stop) => p.GetMeAsync(stop),
            ["workspaces"] = static (p, _, _, stop) => DrainAsync(p.GetWorkspacesAsync(stop)),
            ["unread"] = static (p, _, _, stop) => DrainAsync(p.GetUnreadMessagesAsync(stop)),
            ["messages"] = static (p, _, _, stop) => DrainAsync(new MessageHistory { Since = DateTimeOffset.UtcNow.AddDays(-7) }.ReadAsync(p, stop)),
            ["conversations"] = static (p, _, _, stop) => DrainAsync(p.GetConversationsAsync(cancellationToken: stop)),
            ["conversation"] = static (p, _, state, stop) => DrainAsync(p.GetConversationMessagesAsync(state.Conversations[0].Id, cancellationToken: stop)),
            ["broadcasts"] = static (p, _, _, stop) => DrainAsync(p.GetBroadcastsAsync(cancellationToken: stop)),
            ["submissions"] = static (p, _, state, stop) => DrainAsync(p.FindSubmissionsAsync(state.StudyId, cancellationToken: stop)),
            ["groups"] = static (p, _, _, stop) => DrainAsync(ParticipantReader.GroupsAsync(p, cancellationToken: stop)),
            ["event types"] = static (p, _, _, stop) => DrainAsync(p.GetWebhookEventTypesAsync(stop)),
            ["secrets"] = static (p, _, state, stop) => DrainAsync(p.GetWebhookSecretsAsync(state.WorkspaceId, stop)),
            ["subscriptions"] = static (p, _, _, stop) => DrainAsync(p.GetWebhookSubscriptionsAsync(cancellationToken: stop)),
            ["events"] = static (p, _, _, stop) => DrainAsync(new WebhookEvents(p).ReadAsync(cancellationToken: stop)),
            ["project"] = static (_, o, _, stop) => o.GetProjectAsync(stop),
            ["members"] = static (_, o, _, stop) => DrainAsync(o.GetMembersAsync(stop)),
        };

    private static async Task DrainAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T _ in items)
        {
        }
    }
}
