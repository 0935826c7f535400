namespace ParticipantMessaging.Ledger;

/// <summary>The statements that change entries; each runs inside of the writer's transaction.</summary>
internal static class EntryStatements
{
    private const string Insert =
        """
        INSERT INTO ledger_entry (run_id, batch, account, account_key, provider, study_id, campaign, campaign_key, status, reason,
            recipients, attempts, body_hash, normalized_hash, body_length, claimed_at, recipient)
        SELECT @run, @batch, @account, @accountKey, @provider, @study, @campaign, @campaignKey, 'Sending', '',
            @recipients, 0, @hash, @normalized, @length, @now,
        """;

    // One text for one row: nothing to put together, nothing to sort, for each of thousands of personal messages.
    private const string InsertOne = Insert + " @recipient WHERE 1 = 1 ON CONFLICT DO NOTHING RETURNING id";

    private const string SettleSet =
        """
        UPDATE ledger_entry
        SET status = @status, reason = @reason, settled_at = @now,
            http_status = COALESCE(@http, http_status), attempts = CASE WHEN @attempts > 0 THEN @attempts ELSE attempts END
        """;

    private const string SettleOne = SettleSet + " WHERE id = @id AND status IN ('Sending', 'Unknown')";

    /// <summary>Writes one claim. Returns its number; null when another entry stands for it already.</summary>
    public static async Task<long?> InsertOneAsync(
        LedgerSession session, long runId, long batch, MessageClaim claim, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var command = session.Command(InsertOne, [.. ValuesOf(claim, runId, batch, now), ("@recipient", LedgerKeys.Recipient(claim))]);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long?;
    }

    /// <summary>
    /// Writes claims that differ in their recipients only. Returns entry numbers by recipient; who is missing is stood in for by
    /// another entry already.
    /// </summary>
    public static async Task<Dictionary<string, Queue<long>>> InsertAsync(
        LedgerSession session, SqlDialect dialect, long runId, long batch, MessageClaim common, IReadOnlyCollection<string> recipients,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        // In one order for all, so that two batches with the same people wait for each other instead of locking each other out.
        var command = session.CommandWithTexts(
            $"{Insert} value FROM {dialect.TextList("@list")} WHERE 1 = 1 ORDER BY value ON CONFLICT DO NOTHING RETURNING id, recipient",
            "@list",
            recipients,
            ValuesOf(common, runId, batch, now));
        var granted = new Dictionary<string, Queue<long>>(recipients.Count, StringComparer.Ordinal);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var recipient = reader.GetString(1);
                if (!granted.TryGetValue(recipient, out var ids))
                    granted.Add(recipient, ids = new Queue<long>(1));
                ids.Enqueue(reader.GetInt64(0));
            }
        }

        return granted;
    }

    private static (string Name, object? Value)[] ValuesOf(MessageClaim claim, long runId, long batch, DateTimeOffset now) =>
    [
        ("@run", runId),
        ("@batch", batch),
        ("@account", LedgerKeys.Storable(claim.Account)),
        ("@accountKey", LedgerKeys.Name(claim.Account)),
        ("@provider", claim.Provider),
        ("@study", LedgerKeys.Id(claim.StudyId)),
        ("@campaign", LedgerKeys.Storable(claim.Campaign)),
        ("@campaignKey", LedgerKeys.Name(claim.Campaign)),
        ("@recipients", claim.Recipients),
        ("@hash", claim.BodyHash),
        ("@normalized", claim.NormalizedHash),
        ("@length", claim.BodyLength),
        ("@now", now.ToUnixTimeMilliseconds()),
    ];

    /// <summary>The entries that stand for these recipients.</summary>
    public static async Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadStandingAsync(
        LedgerSession session, SqlDialect dialect, MessageClaim common, IReadOnlyCollection<string> recipients, CancellationToken cancellationToken)
    {
        var command = session.CommandWithTexts(
            $"""
            SELECT {EntryReader.Columns} {EntryReader.From}
            WHERE account_key = @account AND campaign_key = @campaign AND study_id = @study AND {LedgerSchema.Standing}
                AND recipient IN (SELECT value FROM {dialect.TextList("@list")})
            """,
            "@list",
            recipients,
            ("@account", LedgerKeys.Name(common.Account)),
            ("@campaign", LedgerKeys.Name(common.Campaign)),
            ("@study", LedgerKeys.Id(common.StudyId)));
        var entries = new List<(SentMessage, string, long)>();
        var rows = new EntryReader();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                entries.Add((rows.Read(reader), EntryReader.RecipientOf(reader), EntryReader.RunOf(reader)));
        }

        return entries;
    }

    /// <summary>Takes entries out of the way, if they still are what they were; returns those that were.</summary>
    public static async Task<HashSet<long>> SetAsideAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, ClaimOptions options, CancellationToken cancellationToken)
    {
        // 0 stands for the entry to come.
        var command = session.CommandWithNumbers(
            $"""
            UPDATE ledger_entry SET superseded_by = 0
            WHERE id IN (SELECT value FROM {dialect.NumberList("@ids")}) AND superseded_by IS NULL
                AND ((@force = 1 AND status IN ('Sent', 'Queued')) OR (@unknown = 1 AND status = 'Unknown'))
            RETURNING id
            """,
            "@ids",
            entries,
            ("@force", options.Force ? 1 : 0),
            ("@unknown", options.ResendUnknown ? 1 : 0));
        var set = new HashSet<long>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                set.Add(reader.GetInt64(0));
        }

        return set;
    }

    /// <summary>Says by which entry one was superseded; null puts it back in force.</summary>
    public static Task SupersedeAsync(LedgerSession session, long entry, long? by, CancellationToken cancellationToken)
        => session.ExecuteAsync("UPDATE ledger_entry SET superseded_by = @by WHERE id = @id", cancellationToken, ("@by", by), ("@id", entry));

    /// <summary>Writes one outcome for many entries. What is settled stays settled.</summary>
    public static async Task SettleAsync(
        LedgerSession session, SqlDialect dialect, MessageOutcome outcome, IReadOnlyCollection<long> entries, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        (string, object?)[] values =
        [
            ("@status", outcome.Status),
            ("@reason", LedgerKeys.Reason(outcome.Reason)),
            ("@now", now.ToUnixTimeMilliseconds()),
            ("@http", outcome.HttpStatus),
            ("@attempts", outcome.Attempts),
        ];
        var command = entries.Count == 1
            ? session.Command(SettleOne, [.. values, ("@id", entries.First())])
            : session.CommandWithNumbers(
                $"{SettleSet} WHERE id IN (SELECT value FROM {dialect.NumberList("@ids")}) AND status IN ('Sending', 'Unknown')", "@ids", entries, values);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (outcome.Status == MessageStatus.Failed)
            await PutBackInForceAsync(session, dialect, entries, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes claims that never led to a call.</summary>
    public static async Task DeleteAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
            return;

        // First out of the index of what stands, so that what they superseded can return to it.
        var command = session.CommandWithNumbers(
            $"UPDATE ledger_entry SET status = 'Failed' WHERE status = 'Sending' AND id IN (SELECT value FROM {dialect.NumberList("@ids")})", "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await PutBackInForceAsync(session, dialect, entries, cancellationToken).ConfigureAwait(false);
        command = session.CommandWithNumbers(
            $"DELETE FROM ledger_entry WHERE status = 'Failed' AND id IN (SELECT value FROM {dialect.NumberList("@ids")})", "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What an entry had superseded stands again when that entry turned out not to be a message: a person whom -Force failed to
    /// reach a second time has the first message all the same. In a chain, what superseded the entry takes its place.
    /// </summary>
    private static async Task PutBackInForceAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
    {
        var command = session.CommandWithNumbers(
            $"""
            UPDATE ledger_entry
            SET superseded_by = (SELECT later.superseded_by FROM ledger_entry later WHERE later.id = ledger_entry.superseded_by)
            WHERE superseded_by IS NOT NULL AND superseded_by IN (
                SELECT id FROM ledger_entry WHERE status = 'Failed' AND id IN (SELECT value FROM {dialect.NumberList("@ids")}))
            """, "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
