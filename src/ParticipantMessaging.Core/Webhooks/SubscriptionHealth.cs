using System.Globalization;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Foresees when the provider will switch a subscription off: per target URL and event type, when every delivery has failed
/// for five days in a row (provider facts, section 5.4).
/// </summary>
public sealed class SubscriptionHealth
{
    /// <summary>How long everything must have failed.</summary>
    public static readonly TimeSpan DisabledAfter = TimeSpan.FromDays(5);

    private SubscriptionHealth(string eventType, string targetUrl, int failures, DateTimeOffset failingSince)
    {
        EventType = eventType;
        TargetUrl = targetUrl;
        Failures = failures;
        FailingSince = failingSince;
    }

    /// <summary>The kind of event.</summary>
    public string EventType { get; }

    /// <summary>The target that fails.</summary>
    public string TargetUrl { get; }

    /// <summary>How many events failed since the last one that did not.</summary>
    public int Failures { get; }

    /// <summary>When the first of these was created.</summary>
    public DateTimeOffset FailingSince { get; }

    /// <summary>When the provider will switch it off, if nothing gets through before.</summary>
    public DateTimeOffset DisabledOn => FailingSince > DateTimeOffset.MaxValue - DisabledAfter ? DateTimeOffset.MaxValue : FailingSince + DisabledAfter;

    /// <summary>Looks at the events of one or several subscriptions.</summary>
    /// <param name="events">Events of the log, in any order.</param>
    /// <returns>Those targets and event types whose every event since some time has failed; none when all is well.</returns>
    public static IReadOnlyList<SubscriptionHealth> Assess(IEnumerable<WebhookEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var failing = new List<SubscriptionHealth>();
        foreach (IGrouping<(string EventType, string TargetUrl), WebhookEvent> group in events.GroupBy(static item => (item.EventType, item.TargetUrl)))
        {
            // An event that got through at last counts from then on, whenever it was created.
            DateTimeOffset lastSuccess = group
                .Where(static item => Is(item, "SUCCEEDED"))
                .Select(static item => item.UpdatedAt ?? item.CreatedAt ?? DateTimeOffset.MinValue)
                .DefaultIfEmpty(DateTimeOffset.MinValue)
                .Max();
            DateTimeOffset[] failures = group
                .Where(item => Is(item, "FAILED") && item.CreatedAt > lastSuccess)
                .Select(static item => item.CreatedAt!.Value)
                .ToArray();
            if (failures.Length > 0) failing.Add(new SubscriptionHealth(group.Key.EventType, group.Key.TargetUrl, failures.Length, failures.Min()));
        }

        return failing;
    }

    /// <summary>The warning, for a researcher.</summary>
    /// <param name="now">The present time.</param>
    /// <returns>One or two sentences.</returns>
    public string Describe(DateTimeOffset now)
    {
        string events = Failures == 1 ? "The latest event" : string.Create(CultureInfo.InvariantCulture, $"All of the latest {Failures} events");
        string since = TimeText.Shown(FailingSince);
        string day = DisabledOn.ToLocalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        // The query of a target may hold a key, as that of an Azure webhook does.
        string target = TargetUrl.Split('?', 2)[0];
        return DisabledOn > now
            ? $"{events} '{EventType}' to {target} failed (since {since}). If that goes on, Prolific will disable the subscription on {day}."
            : $"{events} '{EventType}' to {target} failed (since {since}). Prolific may have disabled the subscription on {day}.";
    }

    private static bool Is(WebhookEvent item, string status) => item.Status.Equals(status, StringComparison.OrdinalIgnoreCase);
}
