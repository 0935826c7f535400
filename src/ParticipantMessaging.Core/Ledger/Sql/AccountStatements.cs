namespace ParticipantMessaging.Ledger;

/// <summary>The statements about who an account is at its service.</summary>
internal static class AccountStatements
{
    // Two entries of one person, which were two accounts' until now.
    private const string Twin =
        """
        t.account_key = @other AND t.campaign_key = ledger_entry.campaign_key AND t.study_id = ledger_entry.study_id
            AND t.recipient = ledger_entry.recipient AND t.campaign_key <> '' AND t.is_failed = 0 AND t.superseded_by IS NULL
        """;

    /// <summary>Remembers who the account of a name is, and gives it the entries that only have that name; returns how many.</summary>
    public static async Task<long> AdoptAsync(
        LedgerSession session, IReadOnlyList<string> names, string identity, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string identityKey = LedgerKeys.Name(identity);
        long adopted = 0;
        foreach (string? name in names.Where(static name => !string.IsNullOrWhiteSpace(name)).DistinctBy(LedgerKeys.Name))
        {
            string nameKey = LedgerKeys.Name(name);
            string? known = await FindAsync(session, name, cancellationToken).ConfigureAwait(false);
            if (known is null && nameKey != identityKey)
                adopted += await TakeOverAsync(session, nameKey, identityKey, cancellationToken).ConfigureAwait(false);
            if (known != identityKey)
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO ledger_account (name_key, name, identity, seen_at) VALUES (@nameKey, @name, @identity, @now)
                    ON CONFLICT (name_key) DO UPDATE SET name = excluded.name, identity = excluded.identity, seen_at = excluded.seen_at
                    """,
                    cancellationToken,
                    ("@nameKey", nameKey), ("@name", LedgerKeys.Storable(name)), ("@identity", identityKey), ("@now", now.ToUnixTimeMilliseconds()))
                    .ConfigureAwait(false);
            }
        }

        return adopted;
    }

    /// <summary>Who the account of a name was when it was last looked up.</summary>
    public static async Task<string?> FindAsync(LedgerSession session, string name, CancellationToken cancellationToken)
        => await session.Command("SELECT identity FROM ledger_account WHERE name_key = @name", ("@name", LedgerKeys.Name(name)))
            .ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;

    private static async Task<long> TakeOverAsync(LedgerSession session, string nameKey, string identityKey, CancellationToken cancellationToken)
    {
        // Of two, the one that is known to have arrived stands; else the one that was there before.
        await SupersedeTwinsAsync(session, of: identityKey, by: nameKey, "AND status = 'Unknown'", "AND t.status IN ('Sent', 'Queued')", cancellationToken).ConfigureAwait(false);
        await SupersedeTwinsAsync(session, of: nameKey, by: identityKey, "", "", cancellationToken).ConfigureAwait(false);
        return await session.ExecuteAsync(
            "UPDATE ledger_entry SET account_key = @identity WHERE account_key = @name", cancellationToken, ("@identity", identityKey), ("@name", nameKey))
            .ConfigureAwait(false);
    }

    private static Task<int> SupersedeTwinsAsync(
        LedgerSession session, string of, string by, string ifMine, string ifTheirs, CancellationToken cancellationToken)
        => session.ExecuteAsync(
            $"""
            UPDATE ledger_entry SET superseded_by = (SELECT t.id FROM ledger_entry t WHERE {Twin})
            WHERE account_key = @mine AND {LedgerSchema.Standing} {ifMine} AND EXISTS (SELECT 1 FROM ledger_entry t WHERE {Twin} {ifTheirs})
            """, cancellationToken, ("@mine", of), ("@other", by));
}
