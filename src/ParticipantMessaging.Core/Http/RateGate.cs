using System.Runtime.CompilerServices;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>Holds back all calls of an account after the service said "too many".</summary>
internal sealed class RateGate
{
    private static readonly ConditionalWeakTable<ServiceConnection, RateGate> Gates = [];

    private long _openAtTicks;

    public static RateGate Of(ServiceConnection connection) => Gates.GetValue(connection, static _ => new RateGate());

    /// <summary>No call before this time; a later time that is already set stays.</summary>
    public void HoldUntil(DateTimeOffset time)
    {
        long wanted = time.UtcTicks;
        long current = Volatile.Read(ref _openAtTicks);
        while (wanted > current)
        {
            long seen = Interlocked.CompareExchange(ref _openAtTicks, wanted, current);
            if (seen == current) return;
            current = seen;
        }
    }

    /// <summary>How long a call has to wait now; zero when it may go.</summary>
    public TimeSpan Remaining(TimeProvider clock)
    {
        long ticks = Volatile.Read(ref _openAtTicks) - clock.GetUtcNow().UtcTicks;
        return ticks > 0 ? TimeSpan.FromTicks(ticks) : TimeSpan.Zero;
    }
}
