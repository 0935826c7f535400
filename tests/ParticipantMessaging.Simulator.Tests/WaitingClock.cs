using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>A clock that stands still, and says when somebody waits on it and how long: the test moves it by just that.</summary>
internal sealed class WaitingClock() : FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero))
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Waits until somebody waits.</summary>
    public async Task<TimeSpan> NextWaitAsync()
    {
        using var hang = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await _waits.Reader.ReadAsync(hang.Token);
    }

    /// <summary>Waits until somebody waits, and lets that wait be over.</summary>
    public async Task PassNextWaitAsync() => Advance(await NextWaitAsync());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _waits.Writer.TryWrite(dueTime);
        return timer;
    }
}
