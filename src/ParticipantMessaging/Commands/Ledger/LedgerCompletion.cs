using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Reads a ledger file for completion: bounded, and never an error. A database may be far away and is not asked.</summary>
internal static class LedgerCompletion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Reads.</summary>
    /// <param name="read">What.</param>
    /// <returns>The values; none when it takes too long or cannot be read.</returns>
    public static IReadOnlyList<string> Read(Func<IMessageLedger, CancellationToken, Task<IReadOnlyList<string>>> read)
    {
        try
        {
            LedgerSettings settings = LedgerAccess.Current;
            if (settings.Kind != LedgerKind.File || !File.Exists(settings.Location)) return [];
            using var stop = new CancellationTokenSource(Patience);
            Task<IReadOnlyList<string>> values = Task.Run(() => ReadAsync(settings, read, stop.Token));
            return values.Wait(Patience) ? values.Result : [];
        }
        catch (Exception exception) when (exception is MessagingException or AggregateException or OperationCanceledException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(
        LedgerSettings settings, Func<IMessageLedger, CancellationToken, Task<IReadOnlyList<string>>> read, CancellationToken cancellationToken)
    {
        IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, null, null, cancellationToken).ConfigureAwait(false);
        LedgerAccess.NoteAbandoned(ledger);
        await using (ledger.ConfigureAwait(false)) return await read(ledger, cancellationToken).ConfigureAwait(false);
    }
}
