namespace ParticipantMessaging.Simulator;

/// <summary>The requests that came in at the two APIs (not those at <c>/_sim</c> and the page), newest last, bounded.</summary>
public sealed class SimRequestLog
{
    private readonly Lock _gate = new();
    private readonly Queue<SimRequestRecord> _records = new();
    private readonly int _capacity;
    private long _number;

    internal SimRequestLog(SimulatorOptions options)
    {
        _capacity = options.RequestLog ? Math.Max(1, options.RequestLogCapacity) : 0;
    }

    internal bool Enabled => _capacity > 0;

    /// <summary>How many requests came in since the start, logged or not.</summary>
    public long Count => Interlocked.Read(ref _number);

    /// <summary>All records (a copy).</summary>
    public IReadOnlyList<SimRequestRecord> All
    {
        get
        {
            lock (_gate)
                return _records.ToArray();
        }
    }

    /// <summary>The records of a method and a path (exact, or a prefix that ends in <c>*</c>).</summary>
    public IReadOnlyList<SimRequestRecord> Where(string method, string path)
    {
        bool prefix = path.EndsWith('*');
        string wanted = path.TrimEnd('*');
        return All.Where(r => string.Equals(r.Method, method, StringComparison.OrdinalIgnoreCase)
            && (prefix ? r.Path.StartsWith(wanted, StringComparison.Ordinal) : r.Path == wanted)).ToArray();
    }

    /// <summary>Forgets all records; numbers go on.</summary>
    public void Clear()
    {
        lock (_gate)
            _records.Clear();
    }

    internal long NextNumber() => Interlocked.Increment(ref _number);

    internal void Add(SimRequestRecord record)
    {
        lock (_gate)
        {
            if (_records.Count >= _capacity)
                _records.Dequeue();
            _records.Enqueue(record);
        }
    }
}
