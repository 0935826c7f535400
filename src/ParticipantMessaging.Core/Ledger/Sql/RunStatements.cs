using System.Collections.Concurrent;

namespace ParticipantMessaging.Ledger;

/// <summary>The statements about runs: who claims, whether it lives, what becomes of its open claims when it does not.</summary>
internal static class RunStatements
{
    /// <summary>How long a run of another host is believed to live without a sign of life.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>What entries say whose run is gone.</summary>
    public const string Orphaned = "The run that claimed it ended before the outcome was known.";

    // Runs of this process that have ended and could not say so: where, and which.
    private static readonly ConcurrentDictionary<(string Location, long Run), bool> _endedUnsaid = new();

    /// <summary>A run of this process has ended and could not say so in the ledger: whoever looks next in this process knows.</summary>
    public static void NoteEnd(SqlDialect dialect, long runId) => _endedUnsaid[(dialect.Location, runId)] = true;

    public static Task<long> InsertAsync(LedgerSession session, SqlDialect dialect, RunIdentity run, DateTimeOffset now, CancellationToken cancellationToken)
        => session.ScalarAsync(
            $"""
            INSERT INTO ledger_run (host_id, host_name, process_id, process_start, started_at, lease_until, is_open)
            VALUES (@hostId, @hostName, @process, @start, @now, {dialect.Now} + @lease, 1)
            RETURNING id
            """,
            cancellationToken,
            ("@hostId", run.HostId),
            ("@hostName", run.HostName),
            ("@process", run.ProcessId),
            ("@start", run.ProcessStart),
            ("@now", now.ToUnixTimeMilliseconds()),
            ("@lease", (long)Lease.TotalMilliseconds));

    /// <summary>By the server's clock, where there is one: this computer's may be set right in the middle of a run.</summary>
    public static Task RenewAsync(LedgerSession session, SqlDialect dialect, long runId, DateTimeOffset now, CancellationToken cancellationToken)
        => session.ExecuteAsync(
            $"UPDATE ledger_run SET lease_until = {dialect.Now} + @lease, is_open = 1 WHERE id = @id",
            cancellationToken,
            ("@now", now.ToUnixTimeMilliseconds()),
            ("@lease", (long)Lease.TotalMilliseconds),
            ("@id", runId));

    /// <summary>How many of these claims are still open and the run's own.</summary>
    public static Task<long> CountHeldAsync(
        LedgerSession session, SqlDialect dialect, long runId, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
        => LedgerSession.ScalarAsync(
            session.CommandWithNumbers(
                $"SELECT count(*) FROM ledger_entry WHERE run_id = @run AND status = 'Sending' AND id {dialect.AmongNumbers("@ids")}",
                "@ids", entries, ("@run", runId)),
            cancellationToken);

    /// <summary>Whether a run has it open, or had it and never said that it ended; and whether one of them is gone.</summary>
    public static async Task<(bool IsMarkedOpen, bool HasCrashed)> LookAsync(
        LedgerSession session, SqlDialect dialect, RunIdentity self, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<Run> open = await ReadAsync(session, dialect, "r.is_open = 1", 0, now, cancellationToken).ConfigureAwait(false);
        return (open.Count > 0, open.Exists(run => run.IsGone(self, dialect)));
    }

    /// <summary>A run that is at work, but for this one; null when there is none. A ledger of 0.1.0 knows only whether a run has ended.</summary>
    public static async Task<RunIdentity?> FindLiveAsync(
        LedgerSession session, SqlDialect dialect, RunIdentity self, long runId, DateTimeOffset now, CancellationToken cancellationToken)
        => (await ReadAsync(session, dialect, "r.ended_at IS NULL", runId, now, cancellationToken).ConfigureAwait(false)).Find(run => !run.IsGone(self, dialect))?.Identity;

    /// <summary>Turns the open claims of runs that are gone into <c>Unknown</c>; returns how many.</summary>
    public static async Task<int> MarkOrphansAsync(
        LedgerSession session, SqlDialect dialect, RunIdentity self, long runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<Run> runs = await ReadAsync(
            session, dialect, "r.is_open = 1 OR EXISTS (SELECT 1 FROM ledger_entry e WHERE e.run_id = r.id AND e.status = 'Sending')", runId, now, cancellationToken)
            .ConfigureAwait(false);
        var gone = runs.Where(run => run.IsGone(self, dialect)).Select(static run => run.Id).ToList();
        if (gone.Count == 0 && dialect.OrOfNoRun.Length == 0)
            return 0;

        await session.CommandWithNumbers($"UPDATE ledger_run SET is_open = 0 WHERE id {dialect.AmongNumbers("@runs")}", "@runs", gone)
            .ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return await MarkUnknownAsync(session, dialect, gone, dialect.OrOfNoRun, now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The run is over: what it never settled is <c>Unknown</c>. A run that wrote nothing leaves no trace: null for <paramref name="hasEntries"/> where
    /// that has to be looked for, which reads all of a ledger to find none. Returns whether another run still has it open.</summary>
    public static async Task<bool> EndAsync(
        LedgerSession session, SqlDialect dialect, RunIdentity self, long runId, bool? hasEntries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await MarkUnknownAsync(session, dialect, [runId], "", now, cancellationToken).ConfigureAwait(false);
        if (hasEntries != true)
        {
            string unlessThere = hasEntries is null ? " AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE run_id = @id LIMIT 1)" : "";
            await session.ExecuteAsync($"DELETE FROM ledger_run WHERE id = @id{unlessThere}", cancellationToken, ("@id", runId)).ConfigureAwait(false);
        }

        await session.ExecuteAsync(
            "UPDATE ledger_run SET ended_at = @now, is_open = 0 WHERE id = @id", cancellationToken, ("@now", now.ToUnixTimeMilliseconds()), ("@id", runId)).ConfigureAwait(false);

        // This may be the last one that closes the file, and then it is whole. Who cannot be seen and lives says so again at its next renewal.
        List<Run> open = await ReadAsync(session, dialect, "r.is_open = 1", runId, now, cancellationToken).ConfigureAwait(false);
        List<long> unseen = open.FindAll(run => self.IsAlive(run.Identity, dialect.IsShared) != true).ConvertAll(static run => run.Id);
        if (unseen.Count > 0)
        {
            await session.CommandWithNumbers($"UPDATE ledger_run SET is_open = 0 WHERE id {dialect.AmongNumbers("@runs")}", "@runs", unseen)
                .ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return unseen.Count < open.Count;
    }

    private static Task<List<Run>> ReadAsync(
        LedgerSession session, SqlDialect dialect, string condition, long butNot, DateTimeOffset now, CancellationToken cancellationToken)
        => LedgerSession.ReadAllAsync(
            session.Command(
                $"""
                SELECT r.id, r.host_id, r.host_name, r.process_id, r.process_start, r.lease_until < {dialect.Now}, r.ended_at FROM ledger_run r
                WHERE r.id <> @id AND ({condition})
                """, ("@id", butNot), ("@now", now.ToUnixTimeMilliseconds())),
            row => new Run(
                row.GetInt64(0),
                new RunIdentity(row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4)),
                IsLeaseOver: row.GetBoolean(5),
                HasEnded: !row.IsDBNull(6) || (row.GetInt32(3) == Environment.ProcessId && _endedUnsaid.ContainsKey((session.Location, row.GetInt64(0))))),
            cancellationToken);

    private static Task<int> MarkUnknownAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> runs, string orElse, DateTimeOffset now, CancellationToken cancellationToken)
        => session.CommandWithNumbers(
            $"""
            UPDATE ledger_entry SET status = 'Unknown', reason = @reason, settled_at = @now
            WHERE status = 'Sending' AND (run_id {dialect.AmongNumbers("@runs")}{orElse})
            """, "@runs", runs, ("@reason", Orphaned), ("@now", now.ToUnixTimeMilliseconds())).ExecuteNonQueryAsync(cancellationToken);

    private sealed record Run(long Id, RunIdentity Identity, bool IsLeaseOver, bool HasEnded)
    {
        /// <summary>A living process of this host may have slept over its lease (a closed lid): it is alive all the same. What cannot be seen is as alive as its lease.</summary>
        public bool IsGone(RunIdentity self, SqlDialect dialect)
            => HasEnded || self.IsAlive(Identity, dialect.IsShared) switch
            {
                { } alive => !alive,
                null => IsLeaseOver,
            };
    }
}
