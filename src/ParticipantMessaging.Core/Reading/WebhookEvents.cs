using System.Runtime.CompilerServices;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Events of the logs of one, several, or all subscriptions of an account.</summary>
public sealed class WebhookEvents
{
    private const int LooksPerListing = 10;

    private readonly ProlificClient _client;
    private readonly IReadOnlyList<string> _subscriptionIds;
    private readonly WebhookEventFilter _filter;
    private readonly Checkpoint? _checkpoint;
    private readonly int _capacity;
    private readonly Dictionary<string, SubscriptionLog> _logs = new(StringComparer.Ordinal);
    private int _looks;

    /// <summary>Makes one.</summary>
    /// <param name="client">The account.</param>
    /// <param name="subscriptionIds">The subscriptions; empty or null for every one of the account, enabled or not.</param>
    /// <param name="filter">Which events; null for all.</param>
    /// <param name="checkpoint">What earlier processes have shown; null to begin anew.</param>
    public WebhookEvents(ProlificClient client, IReadOnlyList<string>? subscriptionIds = null, WebhookEventFilter? filter = null, Checkpoint? checkpoint = null)
        : this(client, subscriptionIds, filter, checkpoint, SeenItems.DefaultCapacity)
    {
    }

    internal WebhookEvents(ProlificClient client, IReadOnlyList<string>? subscriptionIds, WebhookEventFilter? filter, Checkpoint? checkpoint, int capacity)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _subscriptionIds = subscriptionIds ?? [];
        _filter = filter ?? new WebhookEventFilter();
        _checkpoint = checkpoint;
        _capacity = capacity;
    }

    /// <summary>How many ids are held in memory.</summary>
    internal int Remembered => _logs.Values.Sum(static l => l.Remembered);

    /// <summary>Reads the logs once, page by page.</summary>
    /// <param name="skip">Events to leave out at the start, counted over all subscriptions.</param>
    /// <param name="first">Events to give at most, in total.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The events, subscription by subscription, in the service's order.</returns>
    public async IAsyncEnumerable<WebhookEvent> ReadAsync(long skip = 0, long first = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (first <= 0) yield break;
        long toSkip = Math.Max(0, skip);
        long left = first;
        await foreach (string id in SubscriptionsAsync(cancellationToken).ConfigureAwait(false))
        {
            int offset = 0;
            if (toSkip > 0 && _filter.IsServiceSide && _subscriptionIds.Count == 1)
            {
                // One log: the service skips, and nobody has to know how many there are.
                if (toSkip > int.MaxValue - WebhookEventQuery.LargestPage) yield break;
                offset = (int)toSkip;
                toSkip = 0;
            }
            else if (toSkip > 0 && _filter.IsServiceSide)
            {
                long? count = await CountAsync(id, cancellationToken).ConfigureAwait(false);
                if (count <= toSkip)
                {
                    toSkip -= count.Value;
                    continue;
                }

                if (count is not null)
                {
                    offset = (int)toSkip;
                    toSkip = 0;
                }
            }

            var query = new WebhookEventQuery
            {
                Statuses = _filter.Statuses,
                ResourceId = _filter.ResourceId,
                Skip = offset,
                PageSize = _filter.IsServiceSide && toSkip == 0 ? (int)Math.Min(left, WebhookEventQuery.LargestPage) : WebhookEventQuery.LargestPage,
            };
            await foreach (WebhookEvent item in UntilSinceAsync(_client.GetWebhookEventsAsync(id, query, cancellationToken)).ConfigureAwait(false))
            {
                if (toSkip > 0)
                {
                    toSkip--;
                    continue;
                }

                yield return item;
                if (--left == 0) yield break;
            }
        }
    }

    /// <summary>How many events there are, as the service counts them; filters that it does not know are not counted in.</summary>
    /// <param name="cancellationToken">Stops the counting.</param>
    /// <returns>The number; null when the service does not say.</returns>
    public async Task<long?> CountAsync(CancellationToken cancellationToken = default)
    {
        long total = 0;
        await foreach (string id in SubscriptionsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await CountAsync(id, cancellationToken).ConfigureAwait(false) is not { } count) return null;
            total += count;
        }

        return total;
    }

    /// <summary>One look of a follower: what no look before has given. First what is there, in later looks what has come.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The events.</returns>
    public async IAsyncEnumerable<WebhookEvent> LookAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_logs.Count == 0 || (_subscriptionIds.Count == 0 && _looks % LooksPerListing == 0))
        {
            await foreach (string id in SubscriptionsAsync(cancellationToken).ConfigureAwait(false))
            {
                _logs.TryAdd(id, new SubscriptionLog(_client, id, _filter, _checkpoint, _capacity));
            }
        }

        _looks++;
        MessagingException? failure = null;
        foreach (SubscriptionLog log in _logs.Values.ToList())
        {
            IAsyncEnumerator<WebhookEvent> items = log.LookAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (items.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await items.MoveNextAsync().ConfigureAwait(false)) break;
                    }
                    catch (MessagingException e) when (Follower.Passes(e))
                    {
                        // The other subscriptions are looked at all the same.
                        failure ??= e;
                        break;
                    }
                    catch (MessagingException e) when (e.Reason == MessagingErrorReason.NotFound && _subscriptionIds.Count == 0)
                    {
                        // It was deleted meanwhile.
                        _logs.Remove(log.SubscriptionId);
                        break;
                    }

                    yield return items.Current;
                }
            }
        }

        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Notes that an event of a look was shown; for the last one, after which nobody goes on.</summary>
    /// <param name="item">The event.</param>
    public void Shown(WebhookEvent item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (_logs.TryGetValue(item.SubscriptionId, out SubscriptionLog? log)) log.Shown(item);
    }

    private Task<long?> CountAsync(string subscriptionId, CancellationToken cancellationToken)
        => _client.CountWebhookEventsAsync(subscriptionId, new WebhookEventQuery { Statuses = _filter.Statuses, ResourceId = _filter.ResourceId }, cancellationToken);

    private async IAsyncEnumerable<string> SubscriptionsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_subscriptionIds.Count > 0)
        {
            foreach (string id in _subscriptionIds.Distinct(StringComparer.Ordinal)) yield return id;
            yield break;
        }

        await foreach (WebhookSubscription subscription in _client.GetWebhookSubscriptionsAsync(_client.Connection.WorkspaceId, cancellationToken).ConfigureAwait(false))
        {
            // One without an id cannot be asked for its events.
            if (subscription.Id.Length > 0) yield return subscription.Id;
        }
    }

    /// <summary>Leaves out what is not wanted; ends when a whole page and more is older than wanted and the log was in order so far.</summary>
    private async IAsyncEnumerable<WebhookEvent> UntilSinceAsync(IAsyncEnumerable<WebhookEvent> events)
    {
        int tooOldInARow = 0;
        bool descending = true;
        DateTimeOffset? last = null;
        await foreach (WebhookEvent item in events.ConfigureAwait(false))
        {
            descending &= item.CreatedAt is not { } created || last is not { } before || created <= before;
            last = item.CreatedAt ?? last;
            if (_filter.Matches(item))
            {
                tooOldInARow = 0;
                yield return item;
                continue;
            }

            bool tooOld = _filter.Since is { } since && item.CreatedAt < since;
            tooOldInARow = tooOld ? tooOldInARow + 1 : 0;
            if (descending && tooOldInARow > WebhookEventQuery.LargestPage) yield break;
        }
    }
}
