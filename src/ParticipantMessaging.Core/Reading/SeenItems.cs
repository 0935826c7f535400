namespace ParticipantMessaging.Reading;

/// <summary>
/// Remembers which items were seen, by id, in bounded memory: when there are too many, the oldest are forgotten and the
/// time of the latest forgotten one is kept as a floor; what is not later than the floor counts as seen.
/// </summary>
internal sealed class SeenItems
{
    public const int DefaultCapacity = 100_000;

    private readonly int _capacity;
    private readonly Dictionary<string, long> _times = new(StringComparer.Ordinal);

    public SeenItems(int capacity = DefaultCapacity) => _capacity = capacity;

    public int Count => _times.Count;

    /// <summary>The floor in UTC ticks; the smallest number when nothing was forgotten.</summary>
    public long Floor { get; private set; } = long.MinValue;

    public IEnumerable<KeyValuePair<string, long>> Items => _times;

    /// <summary>An item without a time is only known by its id: it never falls under the floor.</summary>
    public bool Contains(string id, DateTimeOffset? time) => _times.ContainsKey(id) || (time is { } t && t.UtcTicks <= Floor);

    public bool Add(string id, DateTimeOffset? time, DateTimeOffset now) => _times.TryAdd(id, (time ?? now).UtcTicks);

    public void Restore(string id, long ticks) => _times[id] = ticks;

    public void RestoreFloor(long ticks) => Floor = Math.Max(Floor, ticks);

    /// <summary>
    /// Forgets the oldest when there are too many. Only to be called when a look has been completed: while a list is read
    /// from its new end to its old one, a floor would swallow what is still to come.
    /// </summary>
    /// <returns>True when something was forgotten.</returns>
    public bool Trim()
    {
        if (_times.Count <= _capacity + (_capacity / 4)) return false;
        long[] times = [.. _times.Values];
        Array.Sort(times);
        Floor = Math.Max(Floor, times[times.Length - _capacity - 1]);
        foreach ((string id, long time) in _times)
        {
            if (time <= Floor) _times.Remove(id);
        }

        return true;
    }
}
