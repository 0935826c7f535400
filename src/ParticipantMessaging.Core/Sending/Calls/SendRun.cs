using System.Threading.Channels;

namespace ParticipantMessaging.Sending;

/// <summary>What the senders of one run share.</summary>
internal sealed class SendRun(
    CallQueue queue, ChannelWriter<IReadOnlyList<SendResult>> results, ProgressMeter meter, CancellationToken stop, CancellationToken giveUp)
{
    private int _blocked;
    private int _blockedBeforeLook = 1;
    private int _isLooking;

    public CallQueue Queue => queue;

    public ChannelWriter<IReadOnlyList<SendResult>> Results => results;

    public ProgressMeter Meter => meter;

    /// <summary>Nothing is claimed and nothing leaves any more.</summary>
    public CancellationToken Stop => stop;

    /// <summary>What is under way is waited for no longer.</summary>
    public CancellationToken GiveUp => giveUp;

    /// <summary>Somebody else has claimed a person since the list was compared with the ledger.</summary>
    public void NoteBlocked() => Interlocked.Increment(ref _blocked);

    /// <summary>Whether it is time to compare the rest of the list with the ledger once more; true for one sender at a time, who calls <see cref="EndLook"/>.</summary>
    public bool TryBeginLook()
        => Volatile.Read(ref _blocked) >= Volatile.Read(ref _blockedBeforeLook) && Interlocked.CompareExchange(ref _isLooking, 1, 0) == 0;

    /// <summary>The rest of the list was compared with the ledger.</summary>
    /// <param name="read">How much there was to read: the more, the more refused claims it is worth.</param>
    public void EndLook(int read)
    {
        Volatile.Write(ref _blockedBeforeLook, 1 + (read / 1_000));
        Volatile.Write(ref _blocked, 0);
        Volatile.Write(ref _isLooking, 0);
    }
}

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

/// <summary>Counts people and estimates the time left.</summary>
internal sealed class ProgressMeter(int total, TimeProvider time, Action<SendProgress>? report)
{
    private readonly long _start = time.GetTimestamp();
    private int _done;

    public void Count(int people)
    {
        int done = Interlocked.Add(ref _done, people);
        if (report is null) return;
        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        double rate = seconds > 0 ? done / seconds : 0;
        report(new SendProgress(done, total, rate, rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : null));
    }
}
