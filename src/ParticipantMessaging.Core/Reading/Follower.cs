using System.Runtime.CompilerServices;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Reading;

/// <summary>Looks again and again, and survives what passes: a service that fails, is too busy, or cannot be reached.</summary>
public static class Follower
{
    /// <summary>Follows a source.</summary>
    /// <typeparam name="T">What is followed.</typeparam>
    /// <param name="look">One look: gives what is new. It is asked again after it has ended or failed.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the following.</param>
    /// <returns>What is new, as it comes; ends after one look unless <see cref="FollowOptions.Wait"/> is set.</returns>
    /// <exception cref="MessagingException">A failure that does not pass by itself: a token that is not accepted, a thing that is not there.</exception>
    public static async IAsyncEnumerable<T> FollowAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> look,
        FollowOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(look);
        ArgumentNullException.ThrowIfNull(options);
        int failures = 0;
        while (true)
        {
            MessagingException? failure = null;
            IAsyncEnumerator<T> items = look(cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (items.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await items.MoveNextAsync().ConfigureAwait(false)) break;
                    }
                    catch (MessagingException e) when (options.Wait && Passes(e))
                    {
                        failure = e;
                        break;
                    }

                    yield return items.Current;
                }
            }

            if (!options.Wait) yield break;
            failures = failure is null ? 0 : failures + 1;
            TimeSpan delay = NextDelay(options, failures, failure?.RetryAfter);
            if (failure is not null && options.OnWarning is { } warn)
            {
                await warn($"{failure.Message} Looking again in {Failures.Length(TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)))}.").ConfigureAwait(false);
            }

            await Task.Delay(delay, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a failure is one that waiting may mend.</summary>
    /// <param name="error">The failure.</param>
    /// <returns>True when it may.</returns>
    public static bool Passes(MessagingException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return !error.IsSecurityFailure && error.Reason is MessagingErrorReason.RateLimited
            or MessagingErrorReason.ServiceUnavailable
            or MessagingErrorReason.Timeout
            or MessagingErrorReason.ConnectionFailed
            or MessagingErrorReason.InvalidResponse;
    }

    private static TimeSpan NextDelay(FollowOptions options, int failures, TimeSpan? asked)
    {
        double doubled = options.Interval.TotalSeconds * Math.Pow(2, Math.Min(failures, 16));
        double most = Math.Max(options.LongestBackOff.TotalSeconds, options.Interval.TotalSeconds);
        var delay = TimeSpan.FromSeconds(Math.Min(doubled, most) * (0.8 + (0.4 * options.Randomizer())));
        return asked is { } wait && wait > delay ? wait : delay;
    }
}
