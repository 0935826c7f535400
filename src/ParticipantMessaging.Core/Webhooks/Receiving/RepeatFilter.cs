using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Remembers which events have been seen, the latest ones only: memory stays bounded. The signature does not cover an event's id, so
/// neither does an id alone make a repeat (whoever replays an event under the id of one to come would have that one dropped), nor another
/// id alone a new event. A repeat is one of the same id and the same body; the same body and time of signing under another id is a replay.
/// An event that is still on its way has an outcome that its repeats wait for, so that a repeat is never told "accepted" before it is true.
/// </summary>
internal sealed class RepeatFilter(int capacity)
{
    // Enough of an id for a message; ids themselves are only kept as part of a hash, however long a client makes them.
    private const int ShownIdLength = 64;

    // More than the provider tries (12 times).
    private const int MostSignatures = 16;

    private readonly Dictionary<string, Entry> _byEvent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _byRequest = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _order = new();
    private readonly object _gate = new();

    public int Count
    {
        get
        {
            lock (_gate) return _order.Count;
        }
    }

    /// <summary>Takes an event whose signature is genuine; null when it is there already, then <paramref name="known"/> says which one.</summary>
    public Claim? TryClaim(string id, string timestamp, ReadOnlySpan<byte> body, out Known known)
    {
        string bodyHash = Convert.ToBase64String(SHA256.HashData(body));
        string requestKey = Key(timestamp, bodyHash);
        string? eventKey = id.Length == 0 ? null : Key(id, bodyHash);
        string shownId = id.Length > ShownIdLength ? id[..ShownIdLength] : id;
        lock (_gate)
        {
            if (eventKey is not null && _byEvent.TryGetValue(eventKey, out Entry? found))
            {
                // Signed anew, as a retry may be: that signature, too, is good for this one event only.
                if (found.RequestKeys.Count < MostSignatures && _byRequest.TryAdd(requestKey, found)) found.RequestKeys.Add(requestKey);
                known = new Known(found.Outcome.Task, null, false);
                return null;
            }

            if (_byRequest.TryGetValue(requestKey, out found))
            {
                // The new id is not noted: the event that it belongs to may still come.
                bool isReplay = found.Id != shownId;
                known = new Known(found.Outcome.Task, isReplay ? found.Id : null, isReplay && !found.WasReplayed);
                found.WasReplayed |= isReplay;
                return null;
            }

            var entry = new Entry(shownId, eventKey, requestKey);
            entry.Place = _order.AddLast(entry);
            if (eventKey is not null) _byEvent.Add(eventKey, entry);
            _byRequest.Add(requestKey, entry);
            known = new Known(entry.Outcome.Task, null, false);
            Trim();
            return new Claim(this, entry);
        }
    }

    private static string Key(string text, string bodyHash) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text + "\n" + bodyHash)));

    private void Trim()
    {
        LinkedListNode<Entry>? node = _order.First;
        while (_order.Count > capacity && node is not null)
        {
            LinkedListNode<Entry>? next = node.Next;

            // What is still open stays: there are never more of those than connections.
            if (node.Value.Outcome.Task.IsCompleted) Forget(node.Value);
            node = next;
        }
    }

    private void Forget(Entry entry)
    {
        if (entry.Place is not { List: not null } place) return;
        _order.Remove(place);
        foreach (string key in entry.RequestKeys) _byRequest.Remove(key);
        if (entry.EventKey is not null) _byEvent.Remove(entry.EventKey);
    }

    private void Settle(Entry entry, bool isAccepted)
    {
        lock (_gate)
        {
            if (entry.Outcome.Task.IsCompleted) return;
            if (!isAccepted) Forget(entry);
            entry.Outcome.SetResult(isAccepted);
        }
    }

    /// <summary>What is there already.</summary>
    /// <param name="Outcome">How the first one ends: true when it is accepted.</param>
    /// <param name="ReplayOf">The first one's id, where this one has another; null for a repeat.</param>
    /// <param name="IsFirstReplay">Whether it is the first one under another id.</param>
    public readonly record struct Known(Task<bool> Outcome, string? ReplayOf, bool IsFirstReplay);

    /// <summary>The right, and the duty, to say what became of an event.</summary>
    public sealed class Claim
    {
        private readonly RepeatFilter _filter;
        private readonly Entry _entry;

        internal Claim(RepeatFilter filter, Entry entry)
        {
            _filter = filter;
            _entry = entry;
        }

        public Task<bool> Outcome => _entry.Outcome.Task;

        /// <summary>Says it; only the first time counts. What was not accepted is forgotten, so that a repeat gets its chance.</summary>
        public void Settle(bool isAccepted) => _filter.Settle(_entry, isAccepted);
    }

    internal sealed class Entry(string id, string? eventKey, string requestKey)
    {
        public string Id { get; } = id;

        public string? EventKey { get; } = eventKey;

        public List<string> RequestKeys { get; } = [requestKey];

        public bool WasReplayed { get; set; }

        public LinkedListNode<Entry>? Place { get; set; }

        public TaskCompletionSource<bool> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
