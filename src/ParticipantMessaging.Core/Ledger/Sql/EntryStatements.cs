using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;

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
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                string recipient = reader.GetString(1);
                if (!granted.TryGetValue(recipient, out Queue<long>? ids))
                    granted.Add(recipient, ids = new Queue<long>(1));
                ids.Enqueue(reader.GetInt64(0));
            }
        }

        return granted;
    }

    /// <summary>The statement that claims for one recipient.</summary>
    public static string InsertOneSql(SqlDialect dialect, bool unlessRepeated)
        => Put(dialect, $"{Insert} @recipient WHERE {NotBlocked} {(unlessRepeated ? UnlessRepeated : "")} {{onConflict}} {{returning}}", "@recipient");

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

    private const string UnlessRepeated = $"AND NOT EXISTS (SELECT 1 FROM ledger_entry p WHERE {Repeated})";

    private static string Put(SqlDialect dialect, string sql, string recipient)
        => sql.Replace("{now}", dialect.Now, StringComparison.Ordinal).Replace("{recipient}", recipient, StringComparison.Ordinal)
            .Replace("{insert}", dialect.InsertUnlessThere.Insert, StringComparison.Ordinal).Replace("{onConflict}", dialect.InsertUnlessThere.OnConflict, StringComparison.Ordinal)
            .Replace("{returning}", dialect.ReturningNumber, StringComparison.Ordinal);

    /// <summary>Two runs that are about to send one text wait for each other, where a transaction alone does not see to it.</summary>
    private static Task LockTextAsync(ClaimScope scope, MessageClaim claim, CancellationToken cancellationToken)
        => scope.Dialect.TextLock is { } textLock
            ? scope.Session.ExecuteAsync(
                textLock, cancellationToken, ("@key", $"{LedgerKeys.Account(claim)} {LedgerKeys.Id(claim.StudyId)} {claim.BodyHash}"))
            : Task.CompletedTask;

    private static (string Name, object? Value)[] ValuesOf(MessageClaim claim, ClaimScope scope, bool repeats, params ReadOnlySpan<(string Name, object? Value)> more)
        =>
        [
            ("@run", scope.RunId),
            ("@batch", scope.Batch),
            ("@account", LedgerKeys.Storable(claim.Account)),
            ("@nameKey", LedgerKeys.Name(claim.Account)),
            ("@accountKey", LedgerKeys.Account(claim)),
            ("@provider", claim.Provider),
            ("@providerKey", LedgerKeys.Name(claim.Provider)),
            ("@study", LedgerKeys.Id(claim.StudyId)),
            ("@campaign", claim.IsTrial ? "" : LedgerKeys.Storable(claim.Campaign)),
            ("@campaignKey", LedgerKeys.Campaign(claim)),
            ("@recipients", claim.Recipients ?? 0),
            ("@hash", claim.BodyHash),
            ("@normalized", claim.NormalizedHash),
            ("@length", claim.BodyLength),
            ("@conversation", LedgerKeys.Storable(claim.ConversationId)),
            ("@replyTo", LedgerKeys.ReplyTo(claim)),
            ("@trial", claim.IsTrial ? 1 : 0),
            ("@service", claim.ServiceTime?.ToUnixTimeMilliseconds()),
            ("@now", scope.Now.ToUnixTimeMilliseconds()),
            .. repeats ? new (string, object?)[] { ("@repeat", (long)scope.Options.RepeatAfter!.Value.TotalMilliseconds), ("@unknown", scope.Options.ResendUnknown ? 1 : 0) } : [],
            .. more,
        ];

    /// <summary>The entries that stand in the way of these recipients: of a campaign, or the same text sent lately.</summary>
    public static Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadStandingAsync(
        ClaimScope scope, MessageClaim common, IReadOnlyCollection<string> recipients, CancellationToken cancellationToken)
    {
        string condition = scope.LooksAtRepeats(common)
            ? Put(scope.Dialect, Repeated, "e.recipient").Replace("p.", "e.", StringComparison.Ordinal)
            : $"account_key = @accountKey AND campaign_key = @campaign AND study_id = @study AND {LedgerSchema.Standing}";
        return EntryReader.ReadAllAsync(
            scope.Session.CommandWithTexts(
                EntryReader.SelectOf(scope.Dialect, "@list", condition) + " ORDER BY e.id",
                "@list",
                recipients,
                ("@accountKey", LedgerKeys.Account(common)),
                ("@campaign", LedgerKeys.Campaign(common)),
                ("@study", LedgerKeys.Id(common.StudyId)),
                ("@hash", common.BodyHash),
                ("@unknown", scope.Options.ResendUnknown ? 1 : 0),
                ("@repeat", (long)(scope.Options.RepeatAfter ?? TimeSpan.Zero).TotalMilliseconds),
                ("@service", common.ServiceTime?.ToUnixTimeMilliseconds()),
                ("@now", scope.Now.ToUnixTimeMilliseconds())),
            cancellationToken);
    }

    /// <summary>All entries of an account about a study, sent lately (to one of these recipients; null for anybody), that a repeated text may meet; newest last.</summary>
    public static Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadLateAsync(
        ClaimScope scope, MessageClaim common, IReadOnlyCollection<string>? recipients, CancellationToken cancellationToken)
    {
        string late = Put(scope.Dialect, Repeated.Replace("p.recipient = {recipient} AND p.body_hash = @hash AND ", "", StringComparison.Ordinal), "").Replace("p.", "e.", StringComparison.Ordinal);
        (string, object?)[] values =
        [
            ("@accountKey", LedgerKeys.Account(common)),
            ("@study", LedgerKeys.Id(common.StudyId)),
            ("@unknown", scope.Options.ResendUnknown ? 1 : 0),
            ("@repeat", (long)(scope.Options.RepeatAfter ?? TimeSpan.Zero).TotalMilliseconds),
            ("@service", common.ServiceTime?.ToUnixTimeMilliseconds()),
            ("@now", scope.Now.ToUnixTimeMilliseconds()),
        ];
        return EntryReader.ReadAllAsync(
            recipients is null
                ? scope.Session.Command($"{EntryReader.Select(scope.Dialect)} WHERE {late} ORDER BY e.id", values)
                : scope.Session.CommandWithTexts(
                    $"{EntryReader.Select(scope.Dialect)} WHERE e.recipient {scope.Dialect.AmongTexts("@list")} AND {late} ORDER BY e.id", "@list", recipients, values),
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
        var set = new HashSet<long>();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>Writes one outcome for many entries. What is settled stays settled. Returns how many of them are settled now.</summary>
    public static async Task<long> SettleAsync(
        LedgerSession session, SqlDialect dialect, MessageOutcome outcome, IReadOnlyCollection<long> entries, DateTimeOffset now,
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
    public static LedgerStatement SettleOne(SqlDialect dialect, MessageOutcome outcome, long entry, DateTimeOffset now)
        => new(SettleOf(dialect, outcome).One, ReturnsNumber: false, [.. ValuesOf(outcome, now), ("@id", entry)]);

    private static async Task<int> SettleOneAsync(
        LedgerSession session, SqlDialect dialect, MessageOutcome outcome, long entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        LedgerStatement settle = SettleOne(dialect, outcome, entry, now);
        return (await session.RunKeptAsync(settle.Sql, cancellationToken, settle.Values).ConfigureAwait(false)).Written;
    }

    private static (string One, string Many) SettleOf(SqlDialect dialect, MessageOutcome outcome)
        => outcome.Status == MessageStatus.Failed ? dialect.SettleFailed : dialect.Settle;

    private static (string Name, object? Value)[] ValuesOf(MessageOutcome outcome, DateTimeOffset now) =>
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
        var found = new List<long>();
        if (entries.Count == 0)
            return found;

        DbDataReader reader = await session.CommandWithNumbers($"SELECT id, batch FROM ledger_entry WHERE id {dialect.AmongNumbers("@ids")}", "@ids", entries)
            .ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (batches.Contains(reader.GetInt64(1)))
                    found.Add(reader.GetInt64(0));
            }
        }

        return found;
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

/// <summary>
/// The one place where a row becomes a <see cref="SentMessage"/>. What is the same as in the row before is kept once: 100,000 rows
/// share one hash.
/// </summary>
internal sealed class EntryReader
{
    private const string Columns = """
        e.id, e.account, e.account_key, e.provider, e.recipient, e.study_id, e.campaign, e.status, e.reason, e.recipients,
        e.http_status, e.attempts, e.body_hash, e.normalized_hash, e.body_length, e.claimed_at, e.settled_at, e.claimed_service_at,
        e.settled_service_at, e.conversation_id, e.reply_to, e.trial, e.superseded_by, COALESCE(r.host_name, ''), COALESCE(r.process_id, 0), e.run_id
        """;

    /// <summary>The beginning of each statement that reads entries; further columns may follow by <see cref="SelectWith"/>.</summary>
    public static string Select(SqlDialect dialect) => $"SELECT {Columns} FROM ledger_entry e {dialect.WithRun}";

    /// <summary>Place of the column that <see cref="SelectWith"/> adds.</summary>
    public const int Extra = 26;

    private readonly string?[] _last = new string?[Extra];
    private readonly byte[][] _bytes = [.. Enumerable.Repeat(Array.Empty<byte>(), Extra)];
    private readonly int[] _lengths = new int[Extra];
    private byte[] _buffer = new byte[128];

    /// <summary>As <see cref="Select"/>, of the entries of a list's recipients for which a condition holds.</summary>
    public static string SelectOf(SqlDialect dialect, string list, string condition) => $"SELECT {Columns} FROM {dialect.EntriesOf(list, condition)} {dialect.WithRun}";

    /// <summary>As <see cref="Select"/>, with one more column and table.</summary>
    public static string SelectWith(SqlDialect dialect, string column, string join) => $"SELECT {Columns}, {column} FROM ledger_entry e {dialect.WithRun} {join}";

    /// <summary>Reads all rows.</summary>
    public static async Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var entries = new List<(SentMessage, string, long)>();
        var rows = new EntryReader();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                entries.Add(rows.Read(reader));
        }

        return entries;
    }

    /// <summary>Reads one row: the entry, its recipient's key and its run.</summary>
    public (SentMessage Entry, string Recipient, long RunId) Read(DbDataReader reader) => reader is SqliteDataReader row
        ? Read(new FileColumns(new SqliteRow(row), row, this))
        : Read(new ServerColumns(reader, this));

    private static (SentMessage Entry, string Recipient, long RunId) Read<TColumns>(TColumns columns)
        where TColumns : struct, IColumns
    {
        string recipient = columns.NewText(4);
        string replyTo = columns.Text(20);
        var entry = new SentMessage
        {
            Id = columns.Number(0),
            Account = columns.Text(1),
            Identity = columns.Text(2),
            Provider = columns.Text(3),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            GroupId = LedgerKeys.GroupOf(recipient),
            StudyId = columns.Text(5),
            Campaign = columns.Text(6),
            Status = columns.Text(7),
            Reason = columns.Text(8),
            // 0 stands for a count that the service did not give: nothing is sent to nobody.
            Recipients = columns.Number(9) is > 0 and long people ? people : null,
            HttpStatus = checked((int?)columns.NumberOrNull(10)),
            Attempts = checked((int)columns.Number(11)),
            BodyHash = columns.Text(12),
            NormalizedHash = columns.Text(13),
            BodyLength = checked((int)columns.Number(14)),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(columns.Number(15)),
            SettledAt = Time(columns.NumberOrNull(16)),
            ClaimedServiceTime = Time(columns.NumberOrNull(17)),
            SettledServiceTime = Time(columns.NumberOrNull(18)),
            ConversationId = columns.Text(19),
            ReplyTo = replyTo.Length == 0 ? [] : replyTo.Split(' '),
            IsTrial = columns.Number(21) != 0,
            SupersededBy = columns.NumberOrNull(22),
            HostName = columns.Text(23),
            ProcessId = checked((int)columns.Number(24)),
        };
        return (entry, recipient, columns.Number(25));
    }

    private static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;

    // Most columns of most entries are what they were in the one before.
    private interface IColumns
    {
        long Number(int column);

        long? NumberOrNull(int column);

        string Text(int column);

        // That of an entry alone.
        string NewText(int column);
    }

    /// <summary>Of a file: a text is made only when its bytes are others than in the row before.</summary>
    private readonly struct FileColumns(SqliteRow row, SqliteDataReader reader, EntryReader entries) : IColumns
    {
        public long Number(int column) => row.Number(column);

        public long? NumberOrNull(int column) => row.IsNull(column) ? null : row.Number(column);

        public string Text(int column)
        {
            int length = row.CopyText(column, ref entries._buffer);
            // Nothing at all may be NULL, which no column of an entry is.
            if (length == 0)
                return reader.GetString(column);

            ReadOnlySpan<byte> bytes = entries._buffer.AsSpan(0, length);
            if (entries._last[column] is { } last && bytes.SequenceEqual(entries._bytes[column].AsSpan(0, entries._lengths[column])))
                return last;

            if (entries._bytes[column].Length < length)
                entries._bytes[column] = new byte[Math.Max(length, 64)];
            bytes.CopyTo(entries._bytes[column]);
            entries._lengths[column] = length;
            return entries._last[column] = Encoding.UTF8.GetString(bytes);
        }

        public string NewText(int column) => row.CopyText(column, ref entries._buffer) is > 0 and int length
            ? Encoding.UTF8.GetString(entries._buffer.AsSpan(0, length))
            : reader.GetString(column);
    }

    /// <summary>Of a server: its driver has made the text already.</summary>
    private readonly struct ServerColumns(DbDataReader reader, EntryReader entries) : IColumns
    {
        public long Number(int column) => reader.GetInt64(column);

        public long? NumberOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

        public string Text(int column)
        {
            string text = reader.GetString(column);
            return entries._last[column] is { } last && string.Equals(last, text, StringComparison.Ordinal) ? last : entries._last[column] = text;
        }

        public string NewText(int column) => reader.GetString(column);
    }
}
