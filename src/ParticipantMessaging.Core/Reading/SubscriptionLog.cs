using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>
/// The event log of one subscription, each event once over many looks. The log's order is not documented, pages shift while they are read,
/// and events can come in late or out of order: so pages overlap, ids are remembered, and the service's own count says whether something
/// is still missing, where it counts at all. Which end is new is learned from the log itself; where it shows no order, every look goes
/// through all of it. A look that did not reach its end is made up for by the next one, and once an hour the whole log is looked through.
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
    private LogOrder _order;
    private int _length;
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
            bool beginsKnown = page.Items.Count > 0 && _known.Contains(KeyOf(page.Items[0]), page.Items[0].CreatedAt);
            foreach (WebhookEvent item in page.Items)
            {
                if (_known.Contains(KeyOf(item), item.CreatedAt)) continue;
                fresh++;
                _foundSinceComplete++;
                if (_looked)
                {
                    _known.Add(KeyOf(item), item.CreatedAt, _client.Clock.GetUtcNow());
                    held.Add(item);
                    continue;
                }

                if (IsWanted(item)) yield return item;
                Shown(item);
            }

            look.Advance(page, fresh, beginsKnown);
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
        string key = KeyOf(item);
        _known.Add(key, item.CreatedAt, _client.Clock.GetUtcNow());
        if (_filter.Matches(item)) _checkpoint?.Shown(key, item.CreatedAt);
    }

    private bool IsWanted(WebhookEvent item) => _filter.Matches(item) && _checkpoint?.WasShown(KeyOf(item), item.CreatedAt) != true;

    /// <summary>What an event is known by: its id, else all of it that does not change. Such a key is no id: it holds a blank.</summary>
    private static string KeyOf(WebhookEvent item)
    {
        if (item.Id.Length > 0) return item.Id;
        string fields = string.Create(CultureInfo.InvariantCulture, $"{item.EventType}\n{item.ResourceId}\n{item.TargetUrl}\n{item.CreatedAt?.UtcTicks}\n{item.Payload}");
        return "no id " + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(fields)));
    }

    /// <summary>Which end of the log is new.</summary>
    private enum LogOrder
    {
        /// <summary>Not known, or none: new events can stand anywhere.</summary>
        None,
        NewestFirst,
        OldestFirst,
    }

    /// <summary>Where a look stands and when it may end.</summary>
    private sealed class Look
    {
        // How many pairs of a page must stand in one order for it to be one.
        private const double Clear = 0.75;

        private readonly SubscriptionLog _log;
        private readonly DateTimeOffset _startedAt;
        private readonly HashSet<string> _page = new(StringComparer.Ordinal);
        private readonly int _tail;
        private bool _full;
        private bool _sawAscending;
        private int _ascendingPages;
        private int _descendingPages;
        private int _unorderedPages;
        private int _end;
        private long? _count;
        private bool _reachedEnd;
        private bool _cutShort;

        public Look(SubscriptionLog log)
        {
            _log = log;
            _startedAt = log._client.Clock.GetUtcNow();
            _full = !log._complete || log._order == LogOrder.None || _startedAt - log._fullLookAt >= FullLookEvery;
            _tail = !_full && log._order == LogOrder.OldestFirst ? Math.Max(0, log._length - ShortPage) : 0;
            Offset = _tail;
            Size = _full || log._order == LogOrder.OldestFirst ? FullPage : ShortPage;
        }

        public int Offset { get; private set; }

        public int Size { get; private set; }

        public bool IsOver { get; private set; }

        public bool HasBegun { get; private set; }

        /// <summary>How many events are new since the last complete look, by the service's count; null when it does not count.</summary>
        private long? Expected => _count is { } now && _log._count is { } before ? now - before : null;

        /// <summary>Goes on after a page.</summary>
        /// <param name="page">The page.</param>
        /// <param name="fresh">How many of its events no look has seen before.</param>
        /// <param name="beginsKnown">Whether its first one was seen before.</param>
        public void Advance(Page<WebhookEvent> page, int fresh, bool beginsKnown)
        {
            HasBegun = true;
            int got = page.Got;
            _count = page.Count ?? _count;
            if (_tail > 0 && !_full && Offset == _tail && !beginsKnown)
            {
                // The end is not where it was: old events have gone. Nothing is sure any more, so all of it is looked through.
                _full = true;
                Offset = 0;
                return;
            }

            NoteOrder(page.Items);
            if (got == 0)
            {
                // Pages overlap, so only the first one can be empty, and that only while nothing is known. Otherwise it is a slip of the
                // service. Behind a single event there is nothing to overlap with.
                _reachedEnd = _count is { } all ? Offset >= all : (Offset == 0 && _log._known.Count == 0) || _page.Count == 1;
                IsOver = true;
                return;
            }

            bool goesOn = !page.Items.TrueForAll(item => _page.Contains(KeyOf(item)));
            if (goesOn) _end = Offset + got;

            // A page that is smaller than was asked for is not the last one for that: services cut pages as they like. Where they do not
            // count, the end is where nothing comes that was not on the page before.
            _reachedEnd = _count is { } count ? Offset + got >= count : !goesOn;
            if (_reachedEnd || !goesOn || MayStop(page.Items, fresh) || Offset > int.MaxValue - (2 * FullPage))
            {
                IsOver = true;
                return;
            }

            _page.Clear();
            foreach (WebhookEvent item in page.Items) _page.Add(KeyOf(item));
            Offset += got - Math.Min(Overlap, got / 2);
            Size = FullPage;
        }

        public void Finish()
        {
            bool fromNewEnd = !_full && _log._order == LogOrder.NewestFirst;
            bool missing = !_full && Expected is { } expected && _log._foundSinceComplete < expected;
            _log._complete = (_reachedEnd || _cutShort || fromNewEnd) && !missing;
            if (!_log._complete) return;
            _log._count = _count;
            _log._foundSinceComplete = 0;
            if (_reachedEnd) _log._length = _end;
            LogOrder seen = (_ascendingPages, _descendingPages, _unorderedPages) switch
            {
                ( > 0, 0, 0) => LogOrder.OldestFirst,
                (0, > 0, 0) => LogOrder.NewestFirst,
                _ => LogOrder.None,
            };

            // A part of the log can only show that the order was not what it seemed.
            if (_full || (seen != _log._order && _ascendingPages + _descendingPages + _unorderedPages > 0)) _log._order = _full ? seen : LogOrder.None;
            if (_full) _log._fullLookAt = _startedAt;
        }

        private bool MayStop(List<WebhookEvent> items, int fresh)
        {
            if (_full)
            {
                // Everything that follows is older than what is wanted, as far as the order so far can be trusted.
                _cutShort = _log._filter.Since is { } since
                    && !_sawAscending
                    && items.TrueForAll(e => e.CreatedAt is { } created && created < since);
                return _cutShort;
            }

            return _log._order == LogOrder.NewestFirst && fresh == 0 && (Expected is not { } expected || _log._foundSinceComplete >= expected);
        }

        /// <summary>
        /// Which way the times of a page run: its first third against its last one, pair by pair, since single events may have come late. A
        /// page without order is one of its own kind.
        /// </summary>
        private void NoteOrder(List<WebhookEvent> items)
        {
            DateTimeOffset[] times = [.. items.Where(static item => item.CreatedAt is not null).Select(static item => item.CreatedAt!.Value)];
            for (int i = 1; i < times.Length && !_sawAscending; i++) _sawAscending = times[i] > times[i - 1];
            if (times.Length < 2) return;
            int third = Math.Max(1, times.Length / 3);
            DateTimeOffset[] last = times[^third..];
            Array.Sort(last);
            long ascending = 0, descending = 0;
            foreach (DateTimeOffset time in times.AsSpan(0, third))
            {
                descending += FirstAtOrAfter(last, time);
                ascending += last.Length - FirstAtOrAfter(last, time.AddTicks(time < DateTimeOffset.MaxValue ? 1 : 0));
            }

            long most = Math.Max(ascending, descending);
            if (most == 0) return;
            if (most < Clear * (ascending + descending)) _unorderedPages++;
            else if (most == ascending) _ascendingPages++;
            else _descendingPages++;
        }

        private static int FirstAtOrAfter(DateTimeOffset[] sorted, DateTimeOffset time)
        {
            int low = 0, high = sorted.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (sorted[middle] < time) low = middle + 1;
                else high = middle;
            }

            return low;
        }
    }
}
