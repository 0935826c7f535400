using System.Collections.Concurrent;
using System.Threading.Channels;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

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
internal sealed class ProgressMeter(long total, TimeProvider time, Action<SendProgress>? report)
{
    private readonly long _start = time.GetTimestamp();
    private long _done;

    public void Count(long people)
    {
        long done = Interlocked.Add(ref _done, people);
        if (report is null) return;
        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        double rate = seconds > 0 ? done / seconds : 0;
        report(new SendProgress(done, total, rate, rate > 0 && (total - done) / rate is < 1e9 and double left ? TimeSpan.FromSeconds(left) : null));
    }
}

/// <summary>
/// Lets so many people a minute through, evenly spaced and without a burst: after a call for n people the next one waits n shares of a
/// minute. Time that passed unused is not made up for.
/// </summary>
/// <param name="perMinute">People a minute, at least 1.</param>
/// <param name="time">The clock.</param>
internal sealed class SendPace(int perMinute, TimeProvider time)
{
    private readonly object _lock = new();
    private readonly TimeSpan _perPerson = TimeSpan.FromMinutes(1.0 / perMinute);
    private TimeSpan _next = TimeSpan.MinValue;

    /// <summary>Waits for the turn of a call.</summary>
    /// <param name="people">How many people it reaches. A group cannot be cut; it takes its share of the time all the same.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task WaitAsync(long people, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            TimeSpan now = Waiting.Now(time);
            TimeSpan mine = now > _next ? now : _next;
            _next = mine + (_perPerson * Math.Clamp(people, 1, int.MaxValue));
            return Waiting.UntilAsync(mine, time, cancellationToken);
        }
    }
}

/// <summary>Accounts (by whatever name) for which nothing more is sent in this run, and why.</summary>
internal sealed class AccountStops(TimeProvider time)
{
    private const int MostUnclear = 50;
    private const int ListWeight = 10;

    private readonly ConcurrentDictionary<string, Stop> _stops = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _unclear = new(StringComparer.Ordinal);
    private Stop? _all;

    /// <summary>Stops everything: the ledger is gone, or it is too late.</summary>
    /// <returns>True for the caller who reports it.</returns>
    public bool StopAll(MessagingException reason) => Interlocked.CompareExchange(ref _all, new Stop(reason, TimeSpan.MaxValue, IsSilent: true), null) is null;

    /// <summary>Draws the conclusion from a failed call.</summary>
    /// <returns>True when the failure itself is to be reported: always, but of several refused tokens only the first.</returns>
    public bool Note(ServiceConnection connection, MessagingException failure)
    {
        switch (failure.Reason)
        {
            // The token is refused, not the row: one error, and the rest is not tried.
            case MessagingErrorReason.AuthenticationFailed or MessagingErrorReason.PermissionDenied:
                return Put(connection, new Stop(failure, TimeSpan.MaxValue, IsSilent: true));

            case MessagingErrorReason.RateLimited when failure.RetryAfter is { } wait:
                Put(connection, new Stop(failure, Waiting.Now(time) + wait, IsSilent: false));
                return true;

            // Not the row's fault either, and it has outlasted a minute of tries: each further row would cost another minute.
            case MessagingErrorReason.ConnectionFailed or MessagingErrorReason.RateLimited or MessagingErrorReason.ServiceUnavailable:
                Put(connection, new Stop(failure, TimeSpan.MaxValue, IsSilent: false));
                return true;

            default:
                return true;
        }
    }

    /// <summary>
    /// Counts calls of which nobody knows what became of them. When so many in a row ended like that and none got through, the service is out of
    /// order: each further row would be one more that somebody has to look up, while a row that was not tried is simply sent later.
    /// </summary>
    /// <param name="connection">The account.</param>
    /// <param name="unknown">What became of the call that just ended; null when the service gave a clear answer.</param>
    /// <param name="people">How many people it was for: a list weighs more.</param>
    public void Count(ServiceConnection connection, MessagingException? unknown, int people)
    {
        if (unknown is null)
        {
            _unclear[connection.CallKey] = 0;
            return;
        }

        int unclear = _unclear.AddOrUpdate(connection.CallKey, static (_, weight) => weight, static (_, before, weight) => before + weight, people > 1 ? ListWeight : 1);
        if (unclear >= MostUnclear) Put(connection, new Stop(SendFailures.NoClearAnswer(connection, unknown), TimeSpan.MaxValue, IsSilent: false));
    }

    /// <summary>Why nothing is sent for an account now; null when it may be.</summary>
    public Stop? For(ServiceConnection connection)
    {
        if (_all is { } all) return all;
        return _stops.TryGetValue(connection.CallKey, out Stop? stop) && Waiting.Now(time) < stop.Until ? stop : null;
    }

    // What holds for good is never overwritten by what passes, and a refused token by nothing.
    private bool Put(ServiceConnection connection, Stop stop)
    {
        Stop stands = _stops.AddOrUpdate(connection.CallKey, static (_, fresh) => fresh, static (_, old, fresh) => old.IsWeakerThan(fresh) ? fresh : old, stop);
        return ReferenceEquals(stands, stop);
    }

    /// <summary>A stop.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Until">When it ends, a time of <see cref="Waiting.Now"/>.</param>
    /// <param name="IsSilent">One error tells it for all rows.</param>
    public sealed record Stop(MessagingException Reason, TimeSpan Until, bool IsSilent)
    {
        public bool IsWeakerThan(Stop other) => (!IsSilent && other.IsSilent) || (IsSilent == other.IsSilent && Until < other.Until);
    }
}
