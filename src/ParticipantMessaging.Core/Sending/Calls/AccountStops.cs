using System.Collections.Concurrent;

namespace ParticipantMessaging.Sending;

/// <summary>Accounts for which nothing more is sent in this run, and why.</summary>
internal sealed class AccountStops(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Stop> _stops = new(StringComparer.Ordinal);
    private MessagingException? _all;

    /// <summary>Stops everything: the ledger is gone.</summary>
    /// <returns>True for the caller who reports it.</returns>
    public bool StopAll(MessagingException reason) => Interlocked.CompareExchange(ref _all, reason, null) is null;

    /// <summary>Draws the conclusion from a failed call.</summary>
    /// <returns>True when the failure itself is to be reported: always, but of several refused tokens only the first.</returns>
    public bool Note(string account, MessagingException failure)
    {
        switch (failure.Reason)
        {
            // The token is refused, not the row: one error, and the rest is not tried.
            case MessagingErrorReason.AuthenticationFailed or MessagingErrorReason.PermissionDenied:
                return _stops.TryAdd(account, new Stop(failure, DateTimeOffset.MaxValue, Silent: true));

            case MessagingErrorReason.RateLimited when failure.RetryAfter is { } wait:
                _stops[account] = new Stop(failure, time.GetUtcNow() + wait, Silent: false);
                return true;

            // Not the row's fault either, and it has outlasted a minute of tries: each further row would cost another minute.
            case MessagingErrorReason.ConnectionFailed or MessagingErrorReason.RateLimited or MessagingErrorReason.ServiceUnavailable:
                _stops.TryAdd(account, new Stop(failure, DateTimeOffset.MaxValue, Silent: false));
                return true;

            default:
                return true;
        }
    }

    /// <summary>Why nothing is sent for an account now; null when it may be.</summary>
    public (MessagingException Reason, bool Silent)? For(string account)
    {
        if (_all is { } all) return (all, true);
        if (!_stops.TryGetValue(account, out Stop? stop)) return null;
        return time.GetUtcNow() < stop.Until ? (stop.Reason, stop.Silent) : null;
    }

    private sealed record Stop(MessagingException Reason, DateTimeOffset Until, bool Silent);
}
