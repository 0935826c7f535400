using System.Management.Automation;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Lists subscriptions, enabled and disabled ones, and warns of those that the provider is about to disable.</summary>
[Cmdlet(VerbsCommon.Get, "WebhookSubscription", DefaultParameterSetName = ListSet)]
[OutputType(typeof(WebhookSubscription))]
public sealed class GetWebhookSubscriptionCommand : WebhookCmdlet
{
    private const string ListSet = "List";
    private const string IdSet = "Id";

    // Enough to see whether anything gets through; the log of a busy study is much longer.
    private const int EventsToLookAt = 1000;

    private readonly List<WebhookSubscription> _enabled = [];

    /// <summary>Ids of subscriptions; all when not given.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = IdSet)]
    [ArgumentCompleter(typeof(SubscriptionIdCompleter))]
    [Alias("SubscriptionId", "subscription_id")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>An event, which means the subscription that it came from.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = IdSet)]
    public PSObject? InputObject { get; set; }

    /// <summary>Only those of this workspace.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>Only those for these kinds of events; wildcards are understood.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? EventType { get; set; }

    /// <summary>Leaves the event logs unread: no warning about targets that fail.</summary>
    [Parameter]
    public SwitchParameter NoHealthCheck { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        if (ParameterSetName == IdSet)
        {
            foreach (string id in ExistingSubscriptionCmdlet.FromEvent(InputObject) is { } its ? [its] : Id)
            {
                await GuardAsync(id, async () => await EmitAsync(await client.GetWebhookSubscriptionAsync(id, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false)).ConfigureAwait(false);
            }

            return;
        }

        await GuardAsync(WorkspaceId ?? Account, () => ListAsync(client, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (NoHealthCheck || _enabled.Count == 0) return;
        await FlushAsync().ConfigureAwait(false);
        ProlificClient client = await ConnectToProlificAsync().ConfigureAwait(false);
        foreach (WebhookSubscription subscription in _enabled)
        {
            try
            {
                await WarnAsync(client, subscription, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException error)
            {
                // The list itself is complete; a log that cannot be read is no reason to fail.
                await WriteVerboseAsync($"The log of subscription {subscription.Id} could not be read: {error.Message}").ConfigureAwait(false);
            }
        }
    }

    private async Task ListAsync(ProlificClient client, CancellationToken cancellationToken)
    {
        WildcardPattern[]? patterns = EventType?.Select(static type => WildcardPattern.Get(type, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant)).ToArray();
        string? workspace = WorkspaceId ?? client.Connection.WorkspaceId;
        await foreach (WebhookSubscription subscription in client.GetWebhookSubscriptionsAsync(workspace, cancellationToken).ConfigureAwait(false))
        {
            if (patterns is null || patterns.Any(pattern => pattern.IsMatch(subscription.EventType))) await EmitAsync(subscription).ConfigureAwait(false);
        }
    }

    private async Task WarnAsync(ProlificClient client, WebhookSubscription subscription, CancellationToken cancellationToken)
    {
        List<WebhookEvent> events = await ReadAsync(client, subscription, "FAILED", cancellationToken).ConfigureAwait(false);
        if (events.Count == 0) return;
        events.AddRange(await ReadAsync(client, subscription, "SUCCEEDED", cancellationToken).ConfigureAwait(false));
        foreach (SubscriptionHealth failing in SubscriptionHealth.Assess(events))
        {
            await WriteWarningAsync($"Subscription {subscription.Id}: {failing.Describe(DateTimeOffset.UtcNow)}").ConfigureAwait(false);
        }
    }

    private static async Task<List<WebhookEvent>> ReadAsync(ProlificClient client, WebhookSubscription subscription, string status, CancellationToken cancellationToken)
    {
        var events = new List<WebhookEvent>();
        var query = new WebhookEventQuery { Statuses = [status], PageSize = EventsToLookAt };
        await foreach (WebhookEvent item in client.GetWebhookEventsAsync(subscription.Id, query, cancellationToken).ConfigureAwait(false))
        {
            events.Add(item);
            if (events.Count >= EventsToLookAt) break;
        }

        return events;
    }

    private async Task EmitAsync(WebhookSubscription subscription)
    {
        if (subscription.IsEnabled) _enabled.Add(subscription);
        await WriteObjectAsync(subscription).ConfigureAwait(false);
    }
}
