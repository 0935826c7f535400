namespace ParticipantMessaging.Tests.Ledger;

/// <summary>The clock of a computer with a closed lid: the time goes on, and no timer fires before it is said to.</summary>
internal sealed class SleepyClock(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;
    private Action? _timers;

    public override DateTimeOffset GetUtcNow() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers += () => callback(state);
        return new NoTimer();
    }

    /// <param name="length">Less than nothing for a clock that is put back.</param>
    public void Sleep(TimeSpan length) => _now += length;

    public void FireTimers() => _timers?.Invoke();

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
