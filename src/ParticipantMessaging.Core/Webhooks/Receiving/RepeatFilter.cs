namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Remembers which events have been seen, the latest ones only: memory stays bounded. An event that is still on its way
/// has an outcome that its repeats wait for, so that a repeat is never told "accepted" before it is true.
/// </summary>
internal sealed class RepeatFilter(int capacity)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _order = new();
    private readonly object _gate = new();

    public int Count
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <summary>Takes the event; null when somebody else has it, then <paramref name="outcome"/> says how that ends.</summary>
    public Claim? TryClaim(string id, out Task<bool> outcome)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out Entry? known))
            {
                outcome = known.Outcome.Task;
                return null;
            }

            var entry = new Entry(_order.AddLast(id));
            _entries.Add(id, entry);
            outcome = entry.Outcome.Task;
            Trim();
            return new Claim(this, id, entry);
        }
    }

    private void Trim()
    {
        LinkedListNode<string>? node = _order.First;
        while (_entries.Count > capacity && node is not null)
        {
            LinkedListNode<string>? next = node.Next;

            // What is still open stays: there are never more of those than connections.
            if (_entries[node.Value].Outcome.Task.IsCompleted)
            {
                _entries.Remove(node.Value);
                _order.Remove(node);
            }

            node = next;
        }
    }

    private void Settle(string id, Entry entry, bool isAccepted)
    {
        lock (_gate)
        {
            if (entry.Outcome.Task.IsCompleted) return;
            if (!isAccepted && _entries.Remove(id)) _order.Remove(entry.Place);
            entry.Outcome.SetResult(isAccepted);
        }
    }

    /// <summary>The right, and the duty, to say what became of an event.</summary>
    public sealed class Claim
    {
        private readonly RepeatFilter _filter;
        private readonly string _id;
        private readonly Entry _entry;

        internal Claim(RepeatFilter filter, string id, Entry entry)
        {
            _filter = filter;
            _id = id;
            _entry = entry;
        }

        public Task<bool> Outcome => _entry.Outcome.Task;

        /// <summary>Says it; only the first time counts. What was not accepted is forgotten, so that a repeat gets its chance.</summary>
        public void Settle(bool isAccepted) => _filter.Settle(_id, _entry, isAccepted);
    }

    internal sealed class Entry(LinkedListNode<string> place)
    {
        public LinkedListNode<string> Place { get; } = place;

        public TaskCompletionSource<bool> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
