namespace ParticipantMessaging.Sending;

/// <summary>The calls of a run that are still to be made, in the order of the rows as long as no other run works on the same list.</summary>
internal sealed class CallQueue(IReadOnlyList<PlannedCall> calls)
{
    private readonly object _lock = new();
    private IReadOnlyList<PlannedCall> _calls = calls;
    private int _next;

    /// <summary>How many there were.</summary>
    public int Count { get; } = calls.Count;

    /// <summary>The next call; null when there is none left.</summary>
    public PlannedCall? Take()
    {
        lock (_lock) return _next < _calls.Count ? _calls[_next++] : null;
    }

    /// <summary>What is left now.</summary>
    public IReadOnlyList<PlannedCall> Rest()
    {
        lock (_lock) return [.. _calls.Skip(_next)];
    }

    /// <summary>
    /// Takes calls out that need not be made, and goes on at another place: runs that work through one list side by side would get in
    /// each other's way at every row.
    /// </summary>
    /// <param name="done">The calls.</param>
    /// <param name="random">Where to go on.</param>
    /// <returns>Those of them that nobody had taken meanwhile.</returns>
    public IReadOnlyList<PlannedCall> Skip(IReadOnlySet<PlannedCall> done, Random random)
    {
        lock (_lock)
        {
            ILookup<bool, PlannedCall> rest = _calls.Skip(_next).ToLookup(done.Contains);
            List<PlannedCall> open = [.. rest[false]];
            int at = random.Next(Math.Max(1, open.Count));
            (_calls, _next) = ([.. open[at..], .. open[..at]], 0);
            return [.. rest[true]];
        }
    }
}
