using System.Collections.Concurrent;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>Accounts (by whatever name) for which nothing more is sent in this run, and why.</summary>
internal sealed class AccountStops(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Stop> _stops = new(StringComparer.Ordinal);
    private Stop? _all;

    /// <summary>Stops everything: the ledger is gone, or it is too late.</summary>
    /// <returns>True for the caller who reports it.</returns>
    public bool StopAll(MessagingException reason) => Interlocked.CompareExchange(ref _all, new Stop(reason, DateTimeOffset.MaxValue, IsSilent: true), null) is null;

    /// <summary>Draws the conclusion from a failed call.</summary>
    /// <returns>True when the failure itself is to be reported: always, but of several refused tokens only the first.</returns>
    public bool Note(ServiceConnection connection, MessagingException failure)
    {
        switch (failure.Reason)
        {
            // The token is refused, not the row: one error, and the rest is not tried.
            case MessagingErrorReason.AuthenticationFailed or MessagingErrorReason.PermissionDenied:
                return Put(connection, new Stop(failure, DateTimeOffset.MaxValue, IsSilent: true));

            case MessagingErrorReason.RateLimited when failure.RetryAfter is { } wait:
                Put(connection, new Stop(failure, time.GetUtcNow() + wait, IsSilent: false));
                return true;

            // Not the row's fault either, and it has outlasted a minute of tries: each further row would cost another minute.
            case MessagingErrorReason.ConnectionFailed or MessagingErrorReason.RateLimited or MessagingErrorReason.ServiceUnavailable:
                Put(connection, new Stop(failure, DateTimeOffset.MaxValue, IsSilent: false));
                return true;

            default:
                return true;
        }
    }

    /// <summary>Why nothing is sent for an account now; null when it may be.</summary>
    public Stop? For(ServiceConnection connection)
    {
        if (_all is { } all) return all;
        return _stops.TryGetValue(connection.CallKey, out Stop? stop) && time.GetUtcNow() < stop.Until ? stop : null;
    }

    // What holds for good is never overwritten by what passes, and a refused token by nothing.
    private bool Put(ServiceConnection connection, Stop stop)
    {
        Stop stands = _stops.AddOrUpdate(connection.CallKey, static (_, fresh) => fresh, static (_, old, fresh) => old.IsWeakerThan(fresh) ? fresh : old, stop);
        return ReferenceEquals(stands, stop);
    }

    /// <summary>A stop.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Until">When it ends.</param>
    /// <param name="IsSilent">One error tells it for all rows.</param>
    public sealed record Stop(MessagingException Reason, DateTimeOffset Until, bool IsSilent)
    {
        public bool IsWeakerThan(Stop other) => (!IsSilent && other.IsSilent) || (IsSilent == other.IsSilent && Until < other.Until);
    }
}
