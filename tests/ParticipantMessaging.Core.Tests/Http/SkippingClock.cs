namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>A clock on which waits are over at once; it notes them and goes forward by them. The time-out of calls never comes.</summary>
internal sealed class SkippingClock(DateTimeOffset? start = null) : TimeProvider
{
    private long _now = (start ?? new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)).UtcTicks;

    public List<TimeSpan> Waits { get; } = [];

    /// <summary>Called at every wait, before it is over.</summary>
    public Action<TimeSpan>? Waiting { get; set; }

    /// <summary>How far the computer's clock was set; what has passed is counted all the same.</summary>
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(Volatile.Read(ref _now), TimeSpan.Zero) + Shift;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == StubService.CallTimeout || dueTime == Timeout.InfiniteTimeSpan) return new Timer();
        lock (Waits) Waits.Add(dueTime);
        Advance(dueTime);
        Waiting?.Invoke(dueTime);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
