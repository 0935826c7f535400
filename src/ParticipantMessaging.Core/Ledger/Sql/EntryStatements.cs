using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>The statements that change entries; each runs inside of the writer's transaction.</summary>
internal static class EntryStatements
{
    private const string Insert =
        """
        {insert} INTO ledger_entry (run_id, batch, account, name_key, account_key, provider, study_id, campaign, campaign_key, status, reason,
            recipients, attempts, body_hash, normalized_hash, body_length, conversation_id, reply_to, trial, claimed_at, claimed_service_at,
            recipient)
        SELECT @run, @batch, @account, @nameKey, @accountKey, @provider, @study, @campaign, @campaignKey, 'Sending', '',
            @recipients, 0, @hash, @normalized, @length, @conversation, @replyTo, @trial, {now}, CAST(@service AS BIGINT),
        """;

    // Whom nobody may write to is not written to, whenever that was said.
    private const string NotBlocked =
        "NOT EXISTS (SELECT 1 FROM ledger_block b WHERE b.recipient = {recipient} AND b.provider_key IN ('', @providerKey))";

    // By our clock or by the service's: the computer's may be hours wrong, and the service's is not always known. The index knows when it was
    // claimed (see LedgerSchema), not when it was settled.
    private const string Repeated =
        """
        p.recipient = {recipient} AND p.body_hash = @hash AND p.account_key = @accountKey AND p.study_id = @study
            AND p.status <> 'Failed' AND p.trial = 0 AND p.reply_to = '' AND (@unknown = 0 OR p.status <> 'Unknown')
            AND (p.claimed_at > {now} - @repeat OR p.settled_at > {now} - @repeat
                OR COALESCE(p.settled_service_at, p.claimed_service_at) > CAST(@service AS BIGINT) - @repeat)
        """;

    private const string SettleSet =
        """
        UPDATE ledger_entry
        SET status = @status, reason = @reason, settled_at = {now}, settled_service_at = CAST(@service AS BIGINT),
            http_status = COALESCE(@http, http_status), attempts = CASE WHEN @attempts > 0 THEN @attempts ELSE attempts END
        """;

    /// <summary>Writes one claim. Returns its number; null when something stands in its way.</summary>
    public static async Task<long?> InsertOneAsync(ClaimScope scope, MessageClaim claim, CancellationToken cancellationToken)
    {
        // One text for one row: nothing to put together, nothing to sort, for each of thousands of personal messages.
        if (scope.LooksAtRepeats(claim))
            await LockTextAsync(scope, claim, cancellationToken).ConfigureAwait(false);
        LedgerStatement insert = InsertOne(scope, claim);
        return (await scope.Session.RunKeptAsync(insert.Sql, cancellationToken, insert.Values).ConfigureAwait(false)).Inserted;
    }

    /// <summary>The statement that writes one claim.</summary>
    public static LedgerStatement InsertOne(ClaimScope scope, MessageClaim claim)
    {
        bool repeats = scope.LooksAtRepeats(claim);
        return new LedgerStatement(
            repeats ? scope.Dialect.InsertOneUnlessRepeated : scope.Dialect.InsertOne, ReturnsNumber: true, ValuesOf(claim, scope, repeats, ("@recipient", LedgerKeys.Recipient(claim))));
    }

    /// <summary>The same within a question, which writes nothing when it comes later than the fence was raised.</summary>
    public static LedgerStatement InsertOneBehindFence(ClaimScope scope, MessageClaim claim, long fence)
        => new(scope.Dialect.InsertOneBehindFence, ReturnsNumber: true, ValuesOf(claim, scope, repeats: false, ("@recipient", LedgerKeys.Recipient(claim)), ("@fence", fence)));

    /// <summary>
    /// Writes claims that differ in their recipients only. Returns entry numbers by recipient; for who is missing something stands in
    /// the way.
    /// </summary>
    public static async Task<Dictionary<string, Queue<long>>> InsertAsync(
        ClaimScope scope, MessageClaim common, IReadOnlyCollection<string> recipients, CancellationToken cancellationToken)
    {
        // In one order for all, so that two batches with the same people wait for each other instead of locking each other out.
        bool repeats = scope.LooksAtRepeats(common);
        if (repeats)
            await LockTextAsync(scope, common, cancellationToken).ConfigureAwait(false);
        DbCommand command = scope.Session.CommandWithTexts(
            repeats ? scope.Dialect.InsertManyUnlessRepeated : scope.Dialect.InsertMany, "@list", recipients, ValuesOf(common, scope, repeats));
        var granted = new Dictionary<string, Queue<long>>(recipients.Count, StringComparer.Ordinal);
        foreach ((long id, string? recipient) in await LedgerSession.ReadAllAsync(command, static row => (row.GetInt64(0), row.GetString(1)), cancellationToken).ConfigureAwait(false))
        {
            if (!granted.TryGetValue(recipient, out Queue<long>? ids))
                granted.Add(recipient, ids = new Queue<long>(1));
            ids.Enqueue(id);
        }

        return granted;
    }

    /// <summary>The statement that claims for one recipient.</summary>
    public static string InsertOneSql(SqlDialect dialect, bool unlessRepeated, bool behindFence = false)
        => Put(
            dialect,
            $"{Insert} @recipient WHERE {NotBlocked} {(unlessRepeated ? UnlessRepeated : "")} {(behindFence ? BehindFence : "")} {{onConflict}} {{returning}}",
            "@recipient");

    /// <summary>The statement that claims for a list of recipients.</summary>
    public static string InsertManySql(SqlDialect dialect, bool unlessRepeated)
        => Put(
            dialect,
            $"{Insert} value FROM {dialect.TextList("@list")} WHERE {NotBlocked} {(unlessRepeated ? UnlessRepeated : "")} ORDER BY value {{onConflict}} RETURNING id, recipient",
            "value");

    /// <summary>The statements that write an outcome: for one entry, and for a list. Only a failure takes the entry out of what stands.</summary>
    public static (string One, string Many) SettleSql(SqlDialect dialect, bool failed)
    {
        string set = failed ? SettleSet + ", is_failed = 1" : SettleSet;
        return (Put(dialect, set + " WHERE id = @id AND status IN ('Sending', 'Unknown')", ""),
            Put(dialect, $"{set} WHERE id {dialect.AmongNumbers("@ids")} AND status IN ('Sending', 'Unknown')", ""));
    }

    private const string BehindFence = "AND EXISTS (SELECT 1 FROM ledger_run f WHERE f.id = @run AND f.fence = @fence)";

    private const string UnlessRepeated = $"AND NOT EXISTS (SELECT 1 FROM ledger_entry p WHERE {Repeated})";

    private static string Put(SqlDialect dialect, string sql, string recipient)
        => sql.Replace("{now}", dialect.Now, StringComparison.Ordinal).Replace("{recipient}", recipient, StringComparison.Ordinal)
            .Replace("{insert}", dialect.InsertUnlessThere.Insert, StringComparison.Ordinal).Replace("{onConflict}", dialect.InsertUnlessThere.OnConflict, StringComparison.Ordinal)
            .Replace("{returning}", dialect.ReturningNumber, StringComparison.Ordinal);

    /// <summary>Two runs that are about to send one text wait for each other, where a transaction alone does not see to it.</summary>
    private static Task LockTextAsync(ClaimScope scope, MessageClaim claim, CancellationToken cancellationToken)
        => scope.Dialect.TextLock is { } textLock
            ? scope.Session.ExecuteAsync(
                textLock, cancellationToken, ("@key", $"{LedgerKeys.Account(claim.Message)} {LedgerKeys.Id(claim.Message.StudyId)} {claim.Message.BodyHash}"))
            : Task.CompletedTask;

    private static (string Name, object? Value)[] ValuesOf(MessageClaim claim, ClaimScope scope, bool repeats, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        ClaimedMessage message = claim.Message;
        return
        [
            ("@run", scope.RunId),
            ("@batch", scope.Batch),
            ("@account", LedgerKeys.Storable(message.Account)),
            ("@nameKey", LedgerKeys.Name(message.Account)),
            ("@accountKey", LedgerKeys.Account(message)),
            ("@provider", message.Provider),
            ("@providerKey", LedgerKeys.Name(message.Provider)),
            ("@study", LedgerKeys.Id(message.StudyId)),
            ("@campaign", message.IsTrial ? "" : LedgerKeys.Storable(message.Campaign)),
            ("@campaignKey", LedgerKeys.Campaign(message)),
            ("@recipients", message.Recipients ?? 0),
            ("@hash", message.BodyHash),
            ("@normalized", message.NormalizedHash),
            ("@length", message.BodyLength),
            ("@conversation", LedgerKeys.Storable(message.ConversationId)),
            ("@replyTo", LedgerKeys.ReplyTo(claim)),
            ("@trial", message.IsTrial ? 1 : 0),
            ("@service", message.ServiceTime?.ToUnixTimeMilliseconds()),
            ("@now", scope.Now.ToUnixTimeMilliseconds()),
            .. repeats ? new (string, object?)[] { ("@repeat", (long)scope.Options.RepeatAfter!.Value.TotalMilliseconds), ("@unknown", scope.Options.ResendUnknown ? 1 : 0) } : [],
            .. more,
        ];
    }

    /// <summary>The entries that stand in the way of these recipients: of a campaign, or the same text sent lately.</summary>
    public static Task<List<(StandingEntry Entry, string Recipient, long RunId)>> ReadStandingAsync(
        ClaimScope scope, MessageClaim common, IReadOnlyCollection<string> recipients, CancellationToken cancellationToken)
    {
        string condition = scope.LooksAtRepeats(common)
            ? Put(scope.Dialect, Repeated, "e.recipient").Replace("p.", "e.", StringComparison.Ordinal)
            : $"account_key = @accountKey AND campaign_key = @campaign AND study_id = @study AND {LedgerSchema.Standing}";
        return StandingReader.ReadAllAsync(
            scope.Session.CommandWithTexts(
                StandingReader.SelectOf(scope.Dialect, "@list", condition) + " ORDER BY e.id",
                "@list",
                recipients,
                ("@accountKey", LedgerKeys.Account(common.Message)),
                ("@campaign", LedgerKeys.Campaign(common.Message)),
                ("@study", LedgerKeys.Id(common.Message.StudyId)),
                ("@hash", common.Message.BodyHash),
                ("@unknown", scope.Options.ResendUnknown ? 1 : 0),
                ("@repeat", (long)(scope.Options.RepeatAfter ?? TimeSpan.Zero).TotalMilliseconds),
                ("@service", common.Message.ServiceTime?.ToUnixTimeMilliseconds()),
                ("@now", scope.Now.ToUnixTimeMilliseconds())),
            cancellationToken);
    }

    /// <summary>All entries of an account about a study, sent lately (to one of these recipients; null for anybody), that a repeated text may meet; newest last.</summary>
    public static Task<List<(StandingEntry Entry, string Recipient, long RunId)>> ReadLateAsync(
        ClaimScope scope, MessageClaim common, IReadOnlyCollection<string>? recipients, CancellationToken cancellationToken)
    {
        string late = Put(scope.Dialect, Repeated.Replace("p.recipient = {recipient} AND p.body_hash = @hash AND ", "", StringComparison.Ordinal), "").Replace("p.", "e.", StringComparison.Ordinal);
        (string, object?)[] values =
        [
            ("@accountKey", LedgerKeys.Account(common.Message)),
            ("@study", LedgerKeys.Id(common.Message.StudyId)),
            ("@unknown", scope.Options.ResendUnknown ? 1 : 0),
            ("@repeat", (long)(scope.Options.RepeatAfter ?? TimeSpan.Zero).TotalMilliseconds),
            ("@service", common.Message.ServiceTime?.ToUnixTimeMilliseconds()),
            ("@now", scope.Now.ToUnixTimeMilliseconds()),
        ];
        return StandingReader.ReadAllAsync(
            recipients is null
                ? scope.Session.Command($"{StandingReader.Select(scope.Dialect)} WHERE {late} ORDER BY e.id", values)
                : scope.Session.CommandWithTexts(
                    $"{StandingReader.Select(scope.Dialect)} WHERE e.recipient {scope.Dialect.AmongTexts("@list")} AND {late} ORDER BY e.id", "@list", recipients, values),
            cancellationToken);
    }

    /// <summary>Takes entries out of the way, if they still are what they were; returns those that were.</summary>
    public static async Task<HashSet<long>> SetAsideAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, ClaimOptions options, CancellationToken cancellationToken)
    {
        // 0 stands for the entry to come.
        DbCommand command = session.CommandWithNumbers(
            $"""
            UPDATE ledger_entry SET superseded_by = 0
            WHERE id {dialect.AmongNumbers("@ids")} AND superseded_by IS NULL
                AND ((@force = 1 AND status IN ('Sent', 'Queued')) OR (@unknown = 1 AND status = 'Unknown'))
            RETURNING id
            """,
            "@ids",
            entries,
            ("@force", options.Force ? 1 : 0),
            ("@unknown", options.ResendUnknown ? 1 : 0));
        return [.. await LedgerSession.ReadAllAsync(command, static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>Says by which entry one was superseded; null puts it back in force.</summary>
    public static Task SupersedeAsync(LedgerSession session, long entry, long? by, CancellationToken cancellationToken)
        => session.ExecuteAsync("UPDATE ledger_entry SET superseded_by = @by WHERE id = @id", cancellationToken, ("@by", by), ("@id", entry));

    /// <summary>Writes one outcome for many entries. What is settled stays settled. Returns how many of them are settled now.</summary>
    public static async Task<long> SettleAsync(
        LedgerSession session, SqlDialect dialect, OutcomeValues outcome, IReadOnlyCollection<long> entries, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        long count = entries.Count == 1
            ? await SettleOneAsync(session, dialect, outcome, entries.First(), now, cancellationToken).ConfigureAwait(false)
            : await session.CommandWithNumbers(SettleOf(dialect, outcome).Many, "@ids", entries, ValuesOf(outcome, now)).ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (count < entries.Count)
        {
            // Settled by another already (found to be there, or taken for dead); or gone: deleted, or lost by a server that promised too much; or
            // not written, without a word.
            count = await LedgerSession.ScalarAsync(
                session.CommandWithNumbers($"SELECT count(*) FROM ledger_entry WHERE status <> 'Sending' AND id {dialect.AmongNumbers("@ids")}", "@ids", entries),
                cancellationToken).ConfigureAwait(false);
        }

        if (outcome.Status == MessageStatus.Failed)
            await PutBackInForceAsync(session, dialect, entries, cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <summary>The statement that writes the outcome of one entry, without what a failure leads to; it writes none that is settled already, or gone.</summary>
    public static LedgerStatement SettleOne(SqlDialect dialect, OutcomeValues outcome, long entry, DateTimeOffset now)
        => new(SettleOf(dialect, outcome).One, ReturnsNumber: false, [.. ValuesOf(outcome, now), ("@id", entry)]);

    private static async Task<int> SettleOneAsync(
        LedgerSession session, SqlDialect dialect, OutcomeValues outcome, long entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        LedgerStatement settle = SettleOne(dialect, outcome, entry, now);
        return (await session.RunKeptAsync(settle.Sql, cancellationToken, settle.Values).ConfigureAwait(false)).Written;
    }

    private static (string One, string Many) SettleOf(SqlDialect dialect, OutcomeValues outcome)
        => outcome.Status == MessageStatus.Failed ? dialect.SettleFailed : dialect.Settle;

    private static (string Name, object? Value)[] ValuesOf(OutcomeValues outcome, DateTimeOffset now) =>
    [
        ("@status", outcome.Status),
        ("@reason", LedgerKeys.Reason(outcome.Reason)),
        ("@now", (outcome.At ?? now).ToUnixTimeMilliseconds()),
        ("@service", outcome.ServiceTime?.ToUnixTimeMilliseconds()),
        ("@http", outcome.HttpStatus),
        ("@attempts", outcome.Attempts),
    ];

    /// <summary>Those of some entries that were written under certain batches.</summary>
    public static async Task<List<long>> OfBatchesAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, IReadOnlySet<long> batches, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
            return [];

        List<(long Id, long Batch)> found = await LedgerSession.ReadAllAsync(
            session.CommandWithNumbers($"SELECT id, batch FROM ledger_entry WHERE id {dialect.AmongNumbers("@ids")}", "@ids", entries),
            static row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        return found.FindAll(entry => batches.Contains(entry.Batch)).ConvertAll(static entry => entry.Id);
    }

    /// <summary>Deletes claims that never led to a call.</summary>
    public static async Task DeleteAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
            return;

        // First out of the index of what stands, so that what they superseded can return to it.
        DbCommand command = session.CommandWithNumbers(
            $"UPDATE ledger_entry SET status = 'Failed', is_failed = 1 WHERE status = 'Sending' AND id {dialect.AmongNumbers("@ids")}", "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await PutBackInForceAsync(session, dialect, entries, cancellationToken).ConfigureAwait(false);
        command = session.CommandWithNumbers(
            $"DELETE FROM ledger_entry WHERE status = 'Failed' AND id {dialect.AmongNumbers("@ids")}", "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What an entry had superseded stands again when that entry turned out not to be a message: a person whom -Force failed to
    /// reach a second time has the first message all the same. In a chain, what superseded the entry takes its place.
    /// </summary>
    private static async Task PutBackInForceAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
    {
        DbCommand command = session.CommandWithNumbers(
            $"""
            UPDATE ledger_entry
            SET superseded_by = (SELECT later.superseded_by FROM ledger_entry later WHERE later.id = ledger_entry.superseded_by)
            WHERE superseded_by IS NOT NULL AND superseded_by IN (
                SELECT id FROM ledger_entry WHERE status = 'Failed' AND id {dialect.AmongNumbers("@ids")})
            """, "@ids", entries);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await AnswerStatements.TakeBackAsync(session, dialect, entries, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>What is written of an outcome, whatever entry it is of: entries of which the same is to be written are written by one statement.</summary>
internal readonly record struct OutcomeValues(string Status, string Reason, int? HttpStatus, int Attempts, DateTimeOffset? ServiceTime, DateTimeOffset? At)
{
    public static OutcomeValues Of(MessageOutcome outcome) => new(outcome.Status, outcome.Reason, outcome.HttpStatus, outcome.Attempts, outcome.ServiceTime, outcome.At);
}
