using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands;

/// <summary>A cmdlet that reads from a service: each input object for itself, a token that is not accepted ends it.</summary>
public abstract class ReadingCmdlet : ServiceCmdlet
{
    private readonly HashSet<string> _warned = [];

    /// <summary>A client for Prolific.</summary>
    /// <param name="instead">What to do with an Open Humans account instead; ends in a full stop.</param>
    /// <exception cref="MessagingException">NotSupported: the account is one of another service.</exception>
    protected async Task<ProlificClient> ConnectToProlificAsync(string instead)
    {
        ServiceConnection connection = await ConnectAsync().ConfigureAwait(false);
        if (connection.Provider == MessagingProvider.Prolific) return Prolific(connection);
        throw new MessagingException(
            MessagingErrorReason.NotSupported,
            $"{MyInvocation.MyCommand.Name} works with Prolific accounts, but '{connection.Account}' is one of Open Humans.",
            instead);
    }

    /// <summary>A client for Prolific that reports its waits, asks for nothing that nobody wants any more, and warns of what is missing.</summary>
    protected ProlificClient Prolific(ServiceConnection connection) => new(connection) { OnWait = Report, BeforeCall = FlushAsync, OnIncomplete = WarnOfMissingAsync };

    /// <summary>A client for Open Humans that reports its waits, asks for nothing that nobody wants any more, and warns of what is missing.</summary>
    protected OpenHumansClient OpenHumans(ServiceConnection connection) => new(connection) { OnWait = Report, BeforeCall = FlushAsync, OnIncomplete = WarnOfMissingAsync };

    /// <summary>Writes what comes, as it comes.</summary>
    /// <returns>How many there were.</returns>
    protected async Task<long> WriteAllAsync<T>(IAsyncEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        long written = 0;
        await foreach (T item in items.ConfigureAwait(false))
        {
            await WriteObjectAsync(item).ConfigureAwait(false);
            written++;
        }

        return written;
    }

    /// <summary>
    /// Writes what comes and notes that it was shown, after it was. Also the last one, at which <c>Select-Object -First</c>
    /// ends the pipeline: it is out then.
    /// </summary>
    protected async Task WriteAllAsync<T>(IAsyncEnumerable<T> items, Action<T>? shown, long first = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (first <= 0) return;
        await foreach (T item in items.ConfigureAwait(false))
        {
            if (shown is null)
            {
                await WriteObjectAsync(item).ConfigureAwait(false);
            }
            else
            {
                await OnPipelineAsync(() => TakenObjects.Write(this, item, () => shown(item))).ConfigureAwait(false);
            }

            if (--first == 0) return;
        }
    }

    /// <summary>Says that a list may not be whole; whoever looks again and again is told once.</summary>
    private Task WarnOfMissingAsync(ListEnd end) => _warned.Add(KeyOfWarning(end)) ? WriteWarningAsync(end.Message) : Task.CompletedTask;

    /// <summary>Of warnings that are alike in this, one is written.</summary>
    /// <param name="end">How a list ended.</param>
    protected virtual string KeyOfWarning(ListEnd end) => end?.Message ?? "";
}
