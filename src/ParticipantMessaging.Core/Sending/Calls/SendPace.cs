using ParticipantMessaging.Http;

namespace ParticipantMessaging.Sending;

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
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Waits for the turn of a call.</summary>
    /// <param name="people">How many people it reaches. A group cannot be cut; it takes its share of the time all the same.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task WaitAsync(int people, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            DateTimeOffset mine = now > _next ? now : _next;
            _next = mine + (_perPerson * Math.Max(1, people));
            return Waiting.UntilAsync(mine, time, cancellationToken);
        }
    }
}
