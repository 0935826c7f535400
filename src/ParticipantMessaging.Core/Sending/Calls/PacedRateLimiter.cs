using System.Threading.RateLimiting;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Lets so many people a minute through, evenly spaced and without a burst: after a call for n people the next one waits n shares of a
/// minute. Time that passed unused is not made up for. The framework's own limiters read the system clock; this one takes a clock.
/// </summary>
public sealed class PacedRateLimiter : RateLimiter
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _perPermit;
    private readonly object _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Makes one.</summary>
    /// <param name="perMinute">Permits a minute, at least 1.</param>
    /// <param name="time">The clock.</param>
    public PacedRateLimiter(int perMinute, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perMinute, 1);
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _perPermit = TimeSpan.FromMinutes(1.0 / perMinute);
    }

    /// <inheritdoc/>
    public override TimeSpan? IdleDuration => null;

    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            if (_time.GetUtcNow() < _next) return Lease.Refused;
            Take(permitCount);
            return Lease.Granted;
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock) wait = Take(permitCount);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        return Lease.Granted;
    }

    private TimeSpan Take(int permits)
    {
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset mine = now > _next ? now : _next;
        _next = mine + (_perPermit * permits);
        return mine - now;
    }

    private sealed class Lease(bool acquired) : RateLimitLease
    {
        public static readonly Lease Granted = new(true);
        public static readonly Lease Refused = new(false);

        public override bool IsAcquired => acquired;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
