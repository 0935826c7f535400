namespace ParticipantMessaging.Http;

/// <summary>
/// How fast one account may be called: one for each service address and token in the process, whichever cmdlet, runspace or name a call
/// comes by. Until the service says "too many" (429) nothing is held back. Then all calls of the account wait as long as it asks for, and
/// only one goes first; when that gets through, more go at once, up to half of what was too many, and slowly above that. Where already one at a
/// time was too many, calls start at the pace at which the last ones got through, a little faster after each one that does and a quarter
/// slower after each refusal. Calls get their turn in the order in which they asked for it.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class AccountThrottle(TimeProvider time)
{
    // A limit of the service is forgotten when nothing was refused for so long.
    private static readonly TimeSpan _memory = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _fastestPace = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _longestTimer = TimeSpan.FromDays(1);
    private static readonly TimeSpan _trusted = TimeSpan.FromSeconds(1);

    // Refusals for no reason would slow an account down for ever, where most calls fail anyhow.
    private static readonly TimeSpan _slowestPace = TimeSpan.FromSeconds(10);
    private const int MeasuredCalls = 8;
    private const double Unlimited = 256;

    private readonly object _lock = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly Queue<TimeSpan> _accepted = new(MeasuredCalls);
    private double _atOnce = double.PositiveInfinity;
    private double _halved = 1;
    private TimeSpan _pace;
    private TimeSpan _heldUntil;
    private TimeSpan _nextStart;
    private TimeSpan? _lastRefusal;
    private TimeSpan? _lastAccepted;
    private TimeSpan? _lastSent;
    private ITimer? _timer;
    private TimeSpan _timerDue;
    private int _open;
    private long _begun;
    private long _slowedAt;
    private long _acceptedInAll;
    private long _acceptedSinceSlowed;
    private long _refusals;
    private (DateTimeOffset ServiceTime, long At)? _answered;

    /// <summary>
    /// What time it is at the service: what its last answer said, and what has passed since; null before the first. Our own clock has no part
    /// in it: it may be set at any moment, and a claim that is dated after its message would be taken for one that never left.
    /// </summary>
    public DateTimeOffset? ServiceTime
    {
        get
        {
            lock (_lock) return _answered is { } answered ? answered.ServiceTime + time.GetElapsedTime(answered.At) : null;
        }
    }

    /// <summary>Waits for a turn, as long as the account has to. Whoever gets one gives it back with <see cref="Leave"/>.</summary>
    /// <param name="call">What the call has gone through; noted at its first turn.</param>
    /// <param name="longestWait">The longest wait that a service may ask for.</param>
    /// <param name="onHold">Told when the service's wait is what is waited for, and how long.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The turn; without a number when the service asks for a longer wait, which it then names.</returns>
    public ValueTask<Turn> EnterAsync(Tries call, TimeSpan longestWait, Action<TimeSpan>? onHold, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        TimeSpan held;
        lock (_lock)
        {
            TimeSpan now = Waiting.Now(time);
            Forget(now);
            call.Begin(_acceptedInAll, _refusals);
            held = _heldUntil - now;
            if (held > longestWait) return ValueTask.FromResult(Turn.TooLong(held));
            if (_waiting.Count == 0 && MayStart(now)) return ValueTask.FromResult(Start(now));
            waiter = new Waiter(longestWait);
            waiter.Node = _waiting.AddLast(waiter);
        }

        // Outside of the lock: whoever is told may stop it all.
        if (held > TimeSpan.Zero) onHold?.Invoke(held);
        CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static (state, token) =>
        {
            (AccountThrottle throttle, Waiter waiter) = ((AccountThrottle, Waiter))state!;
            lock (throttle._lock)
            {
                if (waiter.Node.List is not null) throttle._waiting.Remove(waiter.Node);
            }

            waiter.Turn.TrySetCanceled(token);
        }, (this, waiter));
        lock (_lock)
        {
            waiter.Stop = stop;
            if (waiter.Turn.Task.IsCompleted) stop.Unregister();
            else StartNext();
        }

        return new ValueTask<Turn>(waiter.Turn.Task);
    }

    /// <summary>A call has ended, and says nothing about the limit (no connection, a failure of the service), or that it was within it.</summary>
    /// <param name="turn">The call's turn.</param>
    /// <param name="accepted">True when the service has worked on it.</param>
    /// <param name="serviceTime">The service's own time in its answer; null when it gave none.</param>
    /// <param name="isSend">The call was one that sends, or changes something else.</param>
    public void Leave(Turn turn, bool accepted, DateTimeOffset? serviceTime, bool isSend)
    {
        lock (_lock)
        {
            TimeSpan now = Waiting.Now(time);
            _open--;
            if (serviceTime is { } theirs) _answered = (theirs, time.GetTimestamp());
            if (accepted) _lastAccepted = now;
            if (accepted && isSend) _lastSent = now;
            if (accepted) Accept(turn, now);
            StartNext();
        }
    }

    /// <summary>The service said "too many" to a call.</summary>
    /// <param name="turn">The call's turn.</param>
    /// <param name="call">What the call has gone through.</param>
    /// <param name="asked">The wait that it asks for; null or zero when it names none.</param>
    /// <param name="step">The first step of the waits where it names none.</param>
    /// <param name="random">A number from 0 to 1 for those.</param>
    /// <param name="patience">
    /// So long after a call that got through no refusal counts: a service that takes so many a minute, and names no wait, takes nothing for
    /// the rest of that minute. Zero for none.
    /// </param>
    /// <param name="isSend">The call is one that sends or changes: what was read got through at another limit, perhaps.</param>
    /// <returns>
    /// How often in a row nothing of the account got through, as long as this call tries: 1 for a first refusal, and after each success.
    /// </returns>
    public int Refuse(Turn turn, Tries call, TimeSpan? asked, TimeSpan step, double random, TimeSpan patience, bool isSend)
    {
        lock (_lock)
        {
            TimeSpan now = Waiting.Now(time);
            _lastRefusal = now;

            // Several that were under way at once are refused for one reason.
            if (turn.Number >= _slowedAt)
            {
                _refusals++;
                SlowDown();
            }

            _open--;
            int tries = call.Count(_acceptedInAll, _refusals);

            // Full jitter: anything between nothing and the doubled step; what the service asked for is obeyed as it stands.
            TimeSpan wait = asked is { Ticks: > 0 } given ? given : step * Math.Pow(2, Math.Min(tries, 7) - 1) * random;
            if (now + wait > _heldUntil) _heldUntil = now + wait;
            StartNext();
            return (isSend ? _lastSent : _lastAccepted) is { } through && now - through < patience ? 1 : tries;
        }
    }

    private bool MayStart(TimeSpan now) => _open < _atOnce && now >= _heldUntil && now >= _nextStart;

    private Turn Start(TimeSpan now)
    {
        _open++;
        if (_pace > TimeSpan.Zero) _nextStart = now + _pace;
        return new Turn(++_begun, TimeSpan.Zero);
    }

    private void StartNext()
    {
        TimeSpan now = Waiting.Now(time);
        while (_waiting.First is { } first)
        {
            TimeSpan held = _heldUntil - now;
            if (held > TimeSpan.Zero) RefuseLongWaits(held);
            else if (MayStart(now))
            {
                _waiting.Remove(first);
                Turn turn = Start(now);
                if (!first.Value.TryEnd(turn)) _open--;
                continue;
            }

            if (_waiting.Count > 0 && _open < _atOnce) WakeAt(_heldUntil > _nextStart ? _heldUntil : _nextStart, now);
            return;
        }
    }

    private void RefuseLongWaits(TimeSpan held)
    {
        for (LinkedListNode<Waiter>? node = _waiting.First; node is not null;)
        {
            LinkedListNode<Waiter> one = node;
            node = node.Next;
            if (held <= one.Value.LongestWait) continue;
            _waiting.Remove(one);
            one.Value.TryEnd(Turn.TooLong(held));
        }
    }

    private void WakeAt(TimeSpan due, TimeSpan now)
    {
        if (_timer is not null && _timerDue == due) return;
        _timer?.Dispose();
        _timerDue = due;
        TimeSpan wait = due - now;
        _timer = time.CreateTimer(static state => ((AccountThrottle)state!).Wake(), this, wait < TimeSpan.Zero ? TimeSpan.Zero : wait < _longestTimer ? wait : _longestTimer, Timeout.InfiniteTimeSpan);
    }

    private void Wake()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
            StartNext();
        }
    }

    private void Accept(Turn turn, TimeSpan now)
    {
        _acceptedInAll++;
        if (double.IsPositiveInfinity(_atOnce) && _lastRefusal is null) return;
        if (_accepted.Count == MeasuredCalls) _accepted.Dequeue();
        _accepted.Enqueue(now);
        if (turn.Number < _slowedAt) return;
        _acceptedSinceSlowed++;
        if (_pace > TimeSpan.Zero)
        {
            // Two in a hundred faster, and more the longer nothing is refused: a limit that is gone is not kept for ever.
            _pace *= 1 - Math.Min(0.5, 0.02 * (1 + (_acceptedSinceSlowed / 16.0)));
            if (_pace < _fastestPace) _pace = TimeSpan.Zero;
            return;
        }

        _atOnce += _atOnce < _halved ? 1 : 0.5 / _atOnce;
        if (_atOnce > Unlimited) _atOnce = double.PositiveInfinity;
    }

    private void SlowDown()
    {
        bool wasOneAtATime = _atOnce < 2;
        if (!wasOneAtATime) _halved = Math.Max(1, Math.Min(_atOnce, _open) / 2);
        else if (_pace > TimeSpan.Zero || _accepted.Count > 1) _pace = Slower();
        _atOnce = 1;
        _slowedAt = _begun + 1;
        _acceptedSinceSlowed = 0;
    }

    private TimeSpan Slower()
    {
        TimeSpan measured = _accepted.Count > 1 ? (_accepted.Last() - _accepted.Peek()) / (_accepted.Count - 1) : TimeSpan.Zero;
        TimeSpan quarter = _pace * 1.25;
        TimeSpan slower;

        // Pauses for other reasons (calls that failed or were not answered) are no pace.
        if (_pace == TimeSpan.Zero) slower = measured < _trusted ? measured * 1.1 : _trusted;

        // A long wait that the service asked for says little about the pace.
        else slower = measured > quarter && (measured < _pace * 2 || measured < _trusted) ? measured : quarter;
        return slower < _slowestPace ? slower : _slowestPace;
    }

    private void Forget(TimeSpan now)
    {
        if (_open > 0 || _waiting.Count > 0 || _lastRefusal is null || now < _heldUntil || now - _lastRefusal < _memory) return;
        (_atOnce, _halved, _pace, _lastRefusal) = (double.PositiveInfinity, 1, TimeSpan.Zero, null);
        _accepted.Clear();
    }

    /// <summary>The right to make one call.</summary>
    /// <param name="Number">Calls of the account are numbered as they begin; 0 for none.</param>
    /// <param name="Wait">The wait that is too long; zero otherwise.</param>
    public readonly record struct Turn(long Number, TimeSpan Wait)
    {
        public static Turn TooLong(TimeSpan wait) => new(0, wait);
    }

    /// <summary>
    /// How often a call was refused for nothing. A refusal counts only when no call of the account got through since the one before: a service
    /// that lets some through is not a failing service.
    /// </summary>
    public sealed class Tries
    {
        private long _accepted = -1;
        private long _refusals;

        internal void Begin(long accepted, long refusals)
        {
            if (_accepted < 0) (_accepted, _refusals) = (accepted, refusals);
        }

        internal int Count(long accepted, long refusals)
        {
            if (accepted != _accepted) (_accepted, _refusals) = (accepted, refusals - 1);
            return (int)Math.Max(1, refusals - _refusals);
        }
    }

    private sealed class Waiter(TimeSpan longestWait)
    {
        public TimeSpan LongestWait { get; } = longestWait;

        public TaskCompletionSource<Turn> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter> Node { get; set; } = null!;

        public CancellationTokenRegistration Stop { get; set; }

        public bool TryEnd(Turn turn)
        {
            Stop.Unregister();
            return Turn.TrySetResult(turn);
        }
    }
}

/// <summary>
/// Waits of any length (the framework's own end at 49 days), by a clock that nobody sets: with the computer's own a wait of a second would
/// last for hours when that is put back meanwhile.
/// </summary>
internal static class Waiting
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>The time that has passed, since whenever; to compare with, and to wait until.</summary>
    public static TimeSpan Now(TimeProvider time)
    {
        // Whole numbers: as a fraction a long time loses its last digits.
        (long seconds, long rest) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
        return new TimeSpan((seconds * TimeSpan.TicksPerSecond) + (rest * TimeSpan.TicksPerSecond / time.TimestampFrequency));
    }

    /// <summary>Waits until a time has come; not at all when it has.</summary>
    /// <param name="until">A time of <see cref="Now"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task UntilAsync(TimeSpan until, TimeProvider time, CancellationToken cancellationToken)
    {
        for (TimeSpan left = until - Now(time); left > TimeSpan.Zero; left = until - Now(time))
        {
            await Task.Delay(left < _longest ? left : _longest, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
