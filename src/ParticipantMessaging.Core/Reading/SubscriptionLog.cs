using System.Runtime.CompilerServices;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>
/// The event log of one subscription, each event once over many looks. The log's order is not guaranteed, pages shift
/// while they are read, and events can come in late or out of order: so pages overlap, ids are remembered, and the
/// service's own count says whether something is still missing. A look that did not reach its end is made up for by the
/// next one, and once an hour the whole log is looked through.
/// </summary>
internal sealed class SubscriptionLog
{
    private const int FullPage = WebhookEventQuery.LargestPage;
    private const int ShortPage = 200;
    private const int Overlap = 10;
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromHours(1);

    private readonly ProlificClient _client;
    private readonly WebhookEventFilter _filter;
    private readonly Checkpoint? _checkpoint;
    private readonly SeenItems _known;
    private readonly WebhookEventQuery _query;
    private bool _complete;
    private bool _looked;
    private bool _oldestFirst;
    private long? _count;
    private int _foundSinceComplete;
    private DateTimeOffset _fullLookAt;

    public SubscriptionLog(ProlificClient client, string subscriptionId, WebhookEventFilter filter, Checkpoint? checkpoint, int capacity)
    {
        _client = client;
        SubscriptionId = subscriptionId;
        _filter = filter;
        _checkpoint = checkpoint;
        _known = new SeenItems(capacity);
        _query = new WebhookEventQuery { Statuses = filter.Statuses, ResourceId = filter.ResourceId };
    }

    public string SubscriptionId { get; }

    public int Remembered => _known.Count;

    /// <summary>One look: what no look before has given. The first one streams in the service's order, later ones give the oldest first.</summary>
    public async IAsyncEnumerable<WebhookEvent> LookAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var look = new Look(this);
        var held = new List<WebhookEvent>();
        MessagingException? failure = null;
        while (!look.IsOver)
        {
            Page<WebhookEvent> page;
            try
            {
                page = await _client.GetWebhookEventPageAsync(SubscriptionId, _query, look.Offset, look.Size, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException e)
            {
                // What came before it is given out all the same.
                failure = e;
                break;
            }

            int fresh = 0;
            foreach (WebhookEvent item in page.Items)
            {
                if (_known.Contains(item.Id, item.CreatedAt)) continue;
                fresh++;
                _foundSinceComplete++;
                if (_looked)
                {
                    _known.Add(item.Id, item.CreatedAt, _client.Clock.GetUtcNow());
                    held.Add(item);
                    continue;
                }

                if (IsWanted(item)) yield return item;
                Shown(item);
            }

            look.Advance(page, fresh);
        }

        foreach (WebhookEvent item in held.OrderBy(static e => e.CreatedAt ?? DateTimeOffset.MaxValue))
        {
            if (IsWanted(item)) yield return item;
            Shown(item);
        }

        if (failure is not null)
        {
            if (look.HasBegun) _complete = false;
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        look.Finish();
        if (!_complete) yield break;
        _looked = true;
        _known.Trim();
        _checkpoint?.LookCompleted();
    }

    public void Shown(WebhookEvent item)
    {
        _known.Add(item.Id, item.CreatedAt, _client.Clock.GetUtcNow());
        if (_filter.Matches(item)) _checkpoint?.Shown(item.Id, item.CreatedAt);
    }

    private bool IsWanted(WebhookEvent item) => _filter.Matches(item) && _checkpoint?.WasShown(item.Id, item.CreatedAt) != true;

    /// <summary>Where a look stands and when it may end.</summary>
    private sealed class Look
    {
        private readonly SubscriptionLog _log;
        private readonly bool _full;
        private readonly bool _fromEnd;
        private readonly DateTimeOffset _startedAt;
        private long? _count;
        private int _ascending;
        private int _descending;
        private bool _reachedEnd;
        private bool _cutShort;
        private DateTimeOffset? _last;

        public Look(SubscriptionLog log)
        {
            _log = log;
            _startedAt = log._client.Clock.GetUtcNow();
            _full = !log._complete || _startedAt - log._fullLookAt >= FullLookEvery;
            _fromEnd = !_full && log._oldestFirst && log._count is not null;
            Size = _full || _fromEnd ? FullPage : ShortPage;
            Offset = _fromEnd ? (int)Math.Clamp(log._count!.Value - ShortPage, 0, int.MaxValue) : 0;
        }

        public int Offset { get; private set; }

        public int Size { get; private set; }

        public bool IsOver { get; private set; }

        public bool HasBegun { get; private set; }

        public void Advance(Page<WebhookEvent> page, int fresh)
        {
            HasBegun = true;
            int got = page.Items.Count;
            _count = page.Count ?? _count;
            NoteOrder(page.Items);
            if (got == 0)
            {
                // Pages overlap, so only the first one can be empty; and that only while nothing is known. Otherwise it
                // is a slip of the service.
                _reachedEnd = _count is { } all ? Offset >= all : Offset == 0 && _log._known.Count == 0;
                IsOver = true;
                return;
            }

            _reachedEnd = _count is { } count ? Offset + got >= count : got < Size;
            if (_reachedEnd || MayStop(page.Items, fresh))
            {
                IsOver = true;
                return;
            }

            Offset += got > 4 * Overlap ? got - Overlap : got;
            Size = FullPage;
        }

        public void Finish()
        {
            bool missing = _reachedEnd && !_full && !_cutShort && Expected is { } expected && _log._foundSinceComplete < expected;
            _log._complete = (_reachedEnd || _cutShort || !_full) && !missing;
            if (!_log._complete) return;
            _log._count = _count;
            _log._foundSinceComplete = 0;
            if (_full) _log._fullLookAt = _startedAt;
            if (_ascending + _descending > 0) _log._oldestFirst = _ascending > 0 && _descending == 0;
        }

        /// <summary>How many events are new since the last complete look, by the service's count; null when it does not count.</summary>
        private long? Expected => _count is { } now && _log._count is { } before ? now - before : null;

        private bool MayStop(List<WebhookEvent> items, int fresh)
        {
            if (_full)
            {
                // Everything that follows is older than what is wanted, as far as the order so far can be trusted.
                _cutShort = _log._filter.Since is { } since
                    && _ascending == 0
                    && items.TrueForAll(e => e.CreatedAt is { } created && created < since);
                return _cutShort;
            }

            return !_fromEnd && fresh == 0 && (Expected is not { } expected || _log._foundSinceComplete >= expected);
        }

        private void NoteOrder(List<WebhookEvent> items)
        {
            foreach (WebhookEvent item in items)
            {
                if (item.CreatedAt is not { } created) continue;
                if (_last is { } last && created != last)
                {
                    if (created > last) _ascending++;
                    else _descending++;
                }

                _last = created;
            }

            // The next page begins a little before the end of this one.
            _last = null;
        }
    }
}
