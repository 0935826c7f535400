using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <content>Webhook event types, secrets, subscriptions and the event log.</content>
public sealed partial class ProlificClient
{
    private const string SecretsPath = "/api/v1/hooks/secrets/";
    private const string SubscriptionsPath = "/api/v1/hooks/subscriptions/";

    /// <summary>What can be subscribed to (<c>GET hooks/event-types/</c>).</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The kinds of events.</returns>
    public ServiceList<WebhookEventType> GetWebhookEventTypesAsync(CancellationToken cancellationToken = default)
        => _reader.ListAsync(Get("/api/v1/hooks/event-types/"), new Paging(PagingStyle.None, MayLackResults: true), WebhookJson.EventType, static t => t.EventType, cancellationToken);

    /// <summary>Signing secrets of a workspace (<c>GET hooks/secrets/</c>): one or none.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The secrets, in clear.</returns>
    public ServiceList<WebhookSecretValue> GetWebhookSecretsAsync(string workspaceId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(workspaceId);
        return _reader.ListAsync(Get(SecretsPath, QueryBuilder.Of(("workspace_id", workspaceId))), new Paging(PagingStyle.None, MayLackResults: true), WebhookJson.Secret, static s => s.Id, cancellationToken);
    }

    /// <summary>Makes a signing secret for a workspace (<c>POST hooks/secrets/</c>). One that is there is replaced at once.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The new secret, in clear.</returns>
    public Task<WebhookSecretValue> CreateWebhookSecretAsync(string workspaceId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(workspaceId);
        return _reader.GetAsync(Change(HttpMethod.Post, SecretsPath, json => json.WriteString("workspace_id", workspaceId)), WebhookJson.Secret, cancellationToken);
    }

    /// <summary>Subscriptions, the enabled ones first, then the disabled ones: the service shows either, hence two calls (<c>GET hooks/subscriptions/</c>).</summary>
    /// <param name="workspaceId">Only of this workspace; null for all workspaces.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The subscriptions.</returns>
    public async IAsyncEnumerable<WebhookSubscription> GetWebhookSubscriptionsAsync(string? workspaceId = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        HashSet<string> seen = [];
        foreach (string enabled in (string[])["true", "false"])
        {
            IAsyncEnumerable<WebhookSubscription> list = _reader.ListAsync(
                Get(SubscriptionsPath, QueryBuilder.Of(("is_enabled", enabled), ("workspace_id", workspaceId))),
                new Paging(PagingStyle.Offset, 200),
                WebhookJson.Subscription,
                static s => s.Id,
                cancellationToken);
            await foreach (WebhookSubscription subscription in list.ConfigureAwait(false))
            {
                // One that is switched off between the two calls would come twice.
                if (subscription.Id.Length == 0 || seen.Add(subscription.Id)) yield return subscription;
            }
        }
    }

    /// <summary>One subscription (<c>GET hooks/subscriptions/{id}/</c>).</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The subscription.</returns>
    public Task<WebhookSubscription> GetWebhookSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken = default)
        => _reader.GetAsync(Get(Subscription(subscriptionId)), WebhookJson.Subscription, cancellationToken);

    /// <summary>Makes a subscription (<c>POST hooks/subscriptions/</c>). It is not enabled until it is confirmed.</summary>
    /// <param name="workspaceId">The workspace; it must have a signing secret.</param>
    /// <param name="eventType">Kind of event.</param>
    /// <param name="targetUrl">Where events are posted to: <c>https</c> and publicly reachable.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The subscription (of several in the answer the one with this type and target) and the value that confirms it.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.OutcomeUnknown"/>, among others: the answer does not say which subscription is the new one.</exception>
    public async Task<CreatedSubscription> CreateWebhookSubscriptionAsync(string workspaceId, string eventType, string targetUrl, CancellationToken cancellationToken = default)
    {
        ServiceRequest request = Change(HttpMethod.Post, SubscriptionsPath, json =>
        {
            json.WriteString("workspace_id", workspaceId);
            json.WriteString("event_type", eventType);
            json.WriteString("target_url", targetUrl);
        });
        (WebhookSubscription subscription, string? secret) = await _reader.GetWithAsync(
            request,
            WebhookJson.Created(eventType, targetUrl),
            static answer => answer.Headers.TryGetValues("X-Hook-Secret", out IEnumerable<string>? values) ? values.FirstOrDefault() : null,
            cancellationToken).ConfigureAwait(false);
        return new CreatedSubscription(subscription, secret);
    }

    /// <summary>Confirms a subscription (<c>POST hooks/subscriptions/{id}/</c>).</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="confirmationSecret">The value that came with its creation.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The subscription, enabled.</returns>
    public Task<WebhookSubscription> ConfirmWebhookSubscriptionAsync(string subscriptionId, string confirmationSecret, CancellationToken cancellationToken = default)
        => _reader.GetAsync(Change(HttpMethod.Post, Subscription(subscriptionId), json => json.WriteString("secret", confirmationSecret)), WebhookJson.Subscription, cancellationToken);

    /// <summary>Changes a subscription (<c>PATCH hooks/subscriptions/{id}/</c>); what is null stays as it is.</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="eventType">New kind of event.</param>
    /// <param name="targetUrl">New target.</param>
    /// <param name="isEnabled">Switch on or off.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The subscription as it is now.</returns>
    public Task<WebhookSubscription> UpdateWebhookSubscriptionAsync(
        string subscriptionId,
        string? eventType = null,
        string? targetUrl = null,
        bool? isEnabled = null,
        CancellationToken cancellationToken = default)
        => _reader.GetAsync(
            Change(HttpMethod.Patch, Subscription(subscriptionId), json =>
            {
                if (eventType is not null) json.WriteString("event_type", eventType);
                if (targetUrl is not null) json.WriteString("target_url", targetUrl);
                if (isEnabled is { } on) json.WriteBoolean("is_enabled", on);
            }),
            WebhookJson.Subscription,
            cancellationToken);

    /// <summary>Deletes a subscription (<c>DELETE hooks/subscriptions/{id}/</c>).</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that ends when it is deleted.</returns>
    public async Task DeleteWebhookSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken = default)
    {
        var request = new ServiceRequest(HttpMethod.Delete, Subscription(subscriptionId), CallKind.Change);
        using ServiceResponse response = await _reader.CallAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The event log of a subscription (<c>GET hooks/subscriptions/{id}/events/</c>), page by page: the first event is out before the second page is asked for.</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="query">Which events; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The events, in the service's order (newest first, but that is not guaranteed).</returns>
    public ServiceList<WebhookEvent> GetWebhookEventsAsync(string subscriptionId, WebhookEventQuery? query = null, CancellationToken cancellationToken = default)
    {
        query ??= new WebhookEventQuery();
        return _reader.ListAsync(
            Events(subscriptionId, query),
            new Paging(PagingStyle.Offset, Math.Clamp(query.PageSize, 1, WebhookEventQuery.LargestPage), Math.Max(0, query.Skip)),
            WebhookEventJson.Of(subscriptionId),
            static e => e.Id,
            cancellationToken);
    }

    /// <summary>How many events match, as the service counts them.</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="query">Which events; null for all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The number; null when the service does not say.</returns>
    public async Task<long?> CountWebhookEventsAsync(string subscriptionId, WebhookEventQuery? query = null, CancellationToken cancellationToken = default)
    {
        ServiceRequest one = EventPage(subscriptionId, query ?? new WebhookEventQuery(), 0, 1);
        return (await _reader.PageAsync(one, WebhookEventJson.Of(subscriptionId), new ItemContext(Connection), cancellationToken).ConfigureAwait(false)).Count;
    }

    /// <summary>One page of the event log, for readers that turn the pages themselves.</summary>
    internal async Task<Page<WebhookEvent>> GetWebhookEventPageAsync(string subscriptionId, WebhookEventQuery query, int offset, int size, CancellationToken cancellationToken)
    {
        ServiceRequest one = EventPage(subscriptionId, query, offset, size);
        Page<WebhookEvent> page = await _reader.PageAsync(one, WebhookEventJson.Of(subscriptionId), new ItemContext(Connection), cancellationToken).ConfigureAwait(false);
        await _reader.TellOddAsync(one, page, offset).ConfigureAwait(false);
        return page;
    }

    private static ServiceRequest EventPage(string subscriptionId, WebhookEventQuery query, int offset, int size)
    {
        ServiceRequest all = Events(subscriptionId, query);
        return new ServiceRequest(all.Method, all.Path)
        {
            Query = QueryBuilder.Join(all.Query!, string.Create(CultureInfo.InvariantCulture, $"limit={size}&offset={offset}")),
        };
    }

    private static ServiceRequest Events(string subscriptionId, WebhookEventQuery query)
    {
        string? status = query.Statuses.Count switch
        {
            0 => null,
            1 => query.Statuses[0],
            _ => StatusList(query.Statuses),
        };
        return Get($"{Subscription(subscriptionId)}events/", QueryBuilder.Of(("status", status), ("resource_id", query.ResourceId)));
    }

    /// <summary>Several statuses are written as a JSON array inside the query.</summary>
    private static string StatusList(IReadOnlyList<string> statuses)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (string status in statuses) json.WriteStringValue(status);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Subscription(string subscriptionId) => $"{SubscriptionsPath}{QueryBuilder.Segment(subscriptionId, "subscription")}/";

    private static ServiceRequest Change(HttpMethod method, string path, Action<Utf8JsonWriter> writeMembers)
        => new(method, path, CallKind.Change) { Body = JsonBody.Of(writeMembers) };
}
