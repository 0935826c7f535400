namespace ParticipantMessaging.Ledger;

/// <summary>Makes the ledger that settings describe.</summary>
public static class LedgerFactory
{
    /// <summary>Makes one that is not opened yet: call <see cref="IMessageLedger.OpenAsync"/>.</summary>
    /// <param name="settings">Where it is; null for the default file.</param>
    /// <param name="password">PostgreSQL's password; null when the server asks for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <returns>The ledger.</returns>
    public static IMessageLedger Create(LedgerSettings? settings, string? password = null, TimeProvider? timeProvider = null)
    {
        settings ??= new LedgerSettings();
        SqlDialect dialect = settings.Kind == LedgerKind.File
            ? new SqliteDialect(settings.Path ?? LedgerSettings.DefaultPath, makesFolder: settings.Path is null)
            : new PostgresDialect(settings, password);
        return new SqlLedger(dialect, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Makes one and opens it.</summary>
    /// <param name="settings">Where it is; null for the default file.</param>
    /// <param name="password">PostgreSQL's password; null when the server asks for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open ledger.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public static async Task<IMessageLedger> OpenAsync(
        LedgerSettings? settings, string? password, TimeProvider? timeProvider, CancellationToken cancellationToken)
    {
        var ledger = Create(settings, password, timeProvider);
        try
        {
            await ledger.OpenAsync(cancellationToken).ConfigureAwait(false);
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
