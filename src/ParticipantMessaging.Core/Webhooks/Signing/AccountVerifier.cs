namespace ParticipantMessaging.Webhooks;

/// <summary>
/// A verifier that notices when the account's secret was replaced (by another session, a colleague, the website): after a signature that
/// does not match the account is asked for its secret again, at the first one at once, then at most once a minute, whoever sends
/// how many forged requests.
/// </summary>
public sealed class AccountVerifier
{
    /// <summary>How long after one question the next may follow.</summary>
    public static readonly TimeSpan AskedAtMostEvery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(20);

    private readonly Func<CancellationToken, Task<WebhookVerifier>>? _ask;
    private readonly Action<string> _warn;
    private readonly TimeProvider _time;
    private readonly object _gate = new();
    private WebhookVerifier _current;
    private Task? _asking;
    private long _askedAt;

    /// <summary>Makes one.</summary>
    /// <param name="verifier">With the secrets that are known now.</param>
    /// <param name="ask">Reads the account's secrets anew; null where they were given and there is nobody to ask.</param>
    /// <param name="warn">Told, in sentences, that the secret was replaced or could not be asked for; on any thread. Null for nobody.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="isFresh">The secrets were read just now: the first question, too, waits its minute.</param>
    public AccountVerifier(
        WebhookVerifier verifier,
        Func<CancellationToken, Task<WebhookVerifier>>? ask = null,
        Action<string>? warn = null,
        TimeProvider? timeProvider = null,
        bool isFresh = false)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        _current = verifier;
        _ask = ask;
        _warn = warn ?? (static _ => { });
        _time = timeProvider ?? TimeProvider.System;
        if (!isFresh) return;
        _asking = Task.CompletedTask;
        _askedAt = _time.GetTimestamp();
    }

    /// <summary>With the secrets that are known now.</summary>
    public WebhookVerifier Current => Volatile.Read(ref _current);

    /// <summary>Whether the account is being asked at this moment.</summary>
    internal bool IsAsking => Volatile.Read(ref _asking) is { IsCompleted: false };

    /// <summary>After a mismatch: asks the account again when it is time for that, or waits for an answer that is under way.</summary>
    /// <param name="failed">The verifier that the signature did not match.</param>
    /// <param name="cancellationToken">Ends the waiting, not the question.</param>
    /// <returns>A verifier with other secrets than that one; null when there are none.</returns>
    public async Task<WebhookVerifier?> RenewAsync(WebhookVerifier failed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(failed);
        Task? asking;
        lock (_gate)
        {
            if (Current != failed) return Current;
            if (_ask is null) return null;
            if (_asking is null or { IsCompleted: true })
            {
                if (_asking is not null && _time.GetElapsedTime(_askedAt) < AskedAtMostEvery) return null;
                _askedAt = _time.GetTimestamp();
                _asking = Task.Run(AskAsync, CancellationToken.None);
            }

            asking = _asking;
        }

        await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Current == failed ? null : Current;
    }

    private async Task AskAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(LongestQuestion, _time);
            WebhookVerifier asked = await _ask!(limit.Token).ConfigureAwait(false);
            if (asked.HasSecretsOf(Current)) return;
            Volatile.Write(ref _current, asked);
            _warn("The account's webhook secret was replaced meanwhile. From now on requests are checked with the new one, and those that are signed with the old one are refused.");
        }
        catch (MessagingException error)
        {
            _warn($"A signature does not match, and the account could not be asked whether its secret was replaced: {error.Message} It is asked again after a minute.");
        }
        catch (OperationCanceledException)
        {
            _warn("A signature does not match, and the account did not say in time whether its secret was replaced. It is asked again after a minute.");
        }
    }
}
