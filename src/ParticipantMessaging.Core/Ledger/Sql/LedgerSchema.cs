namespace ParticipantMessaging.Ledger;

/// <summary>The tables, and how an older ledger becomes a current one. A step that was released is never changed, only followed by another.</summary>
internal static class LedgerSchema
{
    private const string Widen = "{widen ";
    private const string Compared = "{compared}";
    private const string Asked = "{asked}";

    /// <summary>Statements that lead from version n to n + 1, at index n.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Steps { get; } =
    [
        [
            """
            CREATE TABLE ledger_run (
                id {identity},
                host_id TEXT NOT NULL,
                host_name TEXT NOT NULL,
                process_id INTEGER NOT NULL,
                process_start BIGINT NOT NULL,
                started_at BIGINT NOT NULL,
                lease_until BIGINT NOT NULL,
                ended_at BIGINT)
            """,

            // The keys are the names in lower case and composed Unicode: "Wave 1" and "wave 1" are one campaign.
            // recipient is the participant's id, or group:<id>, or group:* for all members. Times are milliseconds since 1970.
            """
            CREATE TABLE ledger_entry (
                id {identity},
                run_id BIGINT NOT NULL,
                batch BIGINT NOT NULL,
                account TEXT NOT NULL,
                account_key TEXT NOT NULL,
                provider TEXT NOT NULL,
                study_id TEXT NOT NULL,
                recipient TEXT NOT NULL,
                campaign TEXT NOT NULL,
                campaign_key TEXT NOT NULL,
                status TEXT NOT NULL,
                reason TEXT NOT NULL,
                recipients INTEGER NOT NULL,
                http_status INTEGER,
                attempts INTEGER NOT NULL,
                body_hash TEXT NOT NULL,
                normalized_hash TEXT NOT NULL,
                body_length INTEGER NOT NULL,
                claimed_at BIGINT NOT NULL,
                settled_at BIGINT,
                superseded_by BIGINT)
            """,

            // The promise itself: whoever claims, at whatever moment, the database lets only one in.
            """
            CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (account_key, campaign_key, study_id, recipient)
                WHERE campaign_key <> '' AND status <> 'Failed' AND superseded_by IS NULL
            """,
            "CREATE INDEX ledger_entry_open ON ledger_entry (run_id) WHERE status = 'Sending'",
            "CREATE INDEX ledger_entry_superseded ON ledger_entry (superseded_by) WHERE superseded_by IS NOT NULL",
        ],

        // 0.2.0. account_key is who the account is at the service from now on; entries of before have its name there until somebody of
        // that name is looked up. The service's own times stand beside ours.
        [
            "ALTER TABLE ledger_entry ADD COLUMN name_key TEXT NOT NULL DEFAULT ''",
            "UPDATE ledger_entry SET name_key = account_key",
            "ALTER TABLE ledger_entry ADD COLUMN conversation_id TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ledger_entry ADD COLUMN reply_to TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ledger_entry ADD COLUMN trial INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE ledger_entry ADD COLUMN claimed_service_at BIGINT",
            "ALTER TABLE ledger_entry ADD COLUMN settled_service_at BIGINT",

            // Who got this text lately? What is kept of this person?
            "CREATE INDEX ledger_entry_recipient ON ledger_entry (recipient)",

            // A run that has the file open: see SqliteFile.
            "ALTER TABLE ledger_run ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0",
            """
            CREATE TABLE ledger_account (
                name_key TEXT NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                identity TEXT NOT NULL,
                seen_at BIGINT NOT NULL)
            """,

            // The received messages that an entry answers: each has one answer that stands, whoever claims.
            """
            CREATE TABLE ledger_answer (
                entry_id BIGINT NOT NULL,
                account_key TEXT NOT NULL,
                message_id TEXT NOT NULL,
                standing INTEGER NOT NULL,
                PRIMARY KEY (entry_id, message_id))
            """,
            "CREATE UNIQUE INDEX ledger_answer_once ON ledger_answer (account_key, message_id) WHERE standing = 1",
            """
            CREATE TABLE ledger_block (
                recipient TEXT NOT NULL,
                provider_key TEXT NOT NULL,
                participant_id TEXT NOT NULL,
                provider TEXT NOT NULL,
                reason TEXT NOT NULL,
                blocked_at BIGINT NOT NULL,
                PRIMARY KEY (recipient, provider_key))
            """,
        ],

        // The same promise in words that most outcomes leave as they are: with the status in its condition every outcome wrote the entry's
        // place in the index anew, a third of all that was written for a bulk call.
        [
            "ALTER TABLE ledger_entry ADD COLUMN is_failed INTEGER NOT NULL DEFAULT 0",
            "UPDATE ledger_entry SET is_failed = 1 WHERE status = 'Failed'",
            "DROP INDEX ledger_entry_once",
            $"CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (account_key, campaign_key, study_id, recipient) WHERE {Standing}",
        ],

        // Head counts of 64 bits.
        ["{widen ledger_entry.recipients}"],

        // A file's entries are compared with its indexes, and a column that none of them holds can change with the disk and nobody notices. Whatever
        // -RepeatAfter goes by, and the other indexes do not hold, stands in this one; by the time first, so that it only ever grows at its end.
        [
            Compared + """
            CREATE INDEX ledger_entry_text ON ledger_entry (claimed_at, body_hash, trial, (reply_to = ''),
                (CASE WHEN campaign_key = '' THEN account_key END), (CASE WHEN campaign_key = '' THEN study_id END))
            """,
        ],

        // What a run asks a server names the fence of its moment; see LedgerWriter.
        [Asked + "ALTER TABLE ledger_run ADD COLUMN fence BIGINT NOT NULL DEFAULT 0"],
    ];

    /// <summary>Entries that stand for their campaign. As a literal in each statement, or the partial index is not used. Whoever writes Failed writes is_failed too.</summary>
    public const string Standing = "campaign_key <> '' AND is_failed = 0 AND superseded_by IS NULL";

    /// <summary>Brings the tables to the current version within the transaction.</summary>
    public static async Task MigrateAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyList<IReadOnlyList<string>> steps, CancellationToken cancellationToken)
    {
        if (dialect.MigrationLock is { } migrationLock)
            await session.ExecuteAsync(migrationLock, cancellationToken).ConfigureAwait(false);

        long version = await ReadVersionAsync(session, dialect, cancellationToken).ConfigureAwait(false);
        if (version > steps.Count)
            throw LedgerErrors.Newer(dialect.Location, version, steps.Count);
        if (version == steps.Count)
            return;

        if (version == 0)
        {
            if (dialect.CountForeign is { } foreign && await session.ScalarAsync(foreign, cancellationToken).ConfigureAwait(false) > 0)
                throw LedgerErrors.Foreign(dialect.Location);
            if (!dialect.MayCreateTables)
                throw LedgerErrors.WithoutTables(dialect.Location);

            await dialect.CheckNewAsync(session, cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync("CREATE TABLE ledger_version (version INTEGER NOT NULL)", cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync("INSERT INTO ledger_version (version) VALUES (0)", cancellationToken).ConfigureAwait(false);
        }

        for (int step = (int)version; step < steps.Count; step++)
        {
            foreach (string statement in steps[step])
            {
                if (InDialect(statement, dialect) is { } words) await session.ExecuteAsync(words, cancellationToken).ConfigureAwait(false);
            }
        }

        await session.ExecuteAsync("UPDATE ledger_version SET version = @version", cancellationToken, ("@version", steps.Count)).ConfigureAwait(false);
    }

    private static string? InDialect(string statement, SqlDialect dialect)
    {
        if (statement.StartsWith(Widen, StringComparison.Ordinal))
        {
            string[] column = statement[Widen.Length..^1].Split('.');
            return dialect.WidenColumn(column[0], column[1]);
        }

        if (statement.StartsWith(Asked, StringComparison.Ordinal)) return dialect.AsksTogether ? statement[Asked.Length..] : null;
        if (statement.StartsWith(Compared, StringComparison.Ordinal)) return dialect.IsComparedWithIndexes ? statement[Compared.Length..] : null;
        return statement.Replace("{identity}", dialect.IdentityColumn, StringComparison.Ordinal);
    }

    /// <summary>For reading only: the tables have to be the current ones already.</summary>
    public static async Task<long> RequireCurrentAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyList<IReadOnlyList<string>> steps, CancellationToken cancellationToken)
    {
        long version = await ReadVersionAsync(session, dialect, cancellationToken).ConfigureAwait(false);
        return version == steps.Count
            ? version
            : throw LedgerErrors.Unavailable(
                $"The ledger {dialect.Location} is of an older version, and cannot be brought up to date because the disk is full.",
                "Free some space first.");
    }

    /// <summary>The version of the tables; 0 where there are none.</summary>
    public static async Task<long> ReadVersionAsync(LedgerSession session, SqlDialect dialect, CancellationToken cancellationToken)
        => await session.ScalarAsync(dialect.CountTable, cancellationToken, ("@name", "ledger_version")).ConfigureAwait(false) == 0
            ? 0
            : await session.ScalarAsync("SELECT max(version) FROM ledger_version", cancellationToken).ConfigureAwait(false);
}
