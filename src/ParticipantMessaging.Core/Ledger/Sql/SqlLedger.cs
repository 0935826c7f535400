using System.Data.Common;
using System.Runtime.CompilerServices;

namespace ParticipantMessaging.Ledger;

/// <summary>The ledger in a database. One code for SQLite and PostgreSQL; see <see cref="LedgerFactory"/>.</summary>
internal sealed class SqlLedger : IMessageLedger
{
    private const int PageSize = 1_000;
    private const int MostCleared = 20_000;

    // Before and after all claims of a transaction (LedgerWork.Order).
    private const string First = "";
    private const string Last = "\uFFFF";

    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(2);

    // As much as a call may take between the look at the lease and the service's having it.
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromMinutes(3);

    private readonly SqlDialect _dialect;
    private readonly TimeProvider _time;
    private readonly RunIdentity _identity;
    private readonly IReadOnlyList<IReadOnlyList<string>> _schema;
    private LedgerWriter? _writer;
    private ITimer? _renewal;
    private TimeSpan _clockOffset;
    private long _leasedAt;
    private long _runId;
    private long _batch;
    private readonly CancellationTokenSource _closing = new();
    private volatile bool _entriesAreChecked;
    private Task? _checking;
    private volatile bool _hasClaimed;
    private volatile bool _hasSettled;

    public SqlLedger(SqlDialect dialect, TimeProvider time, RunIdentity? identity = null, IReadOnlyList<IReadOnlyList<string>>? schema = null)
    {
        _dialect = dialect;
        _time = time;
        _identity = identity ?? RunIdentity.Current;
        _schema = schema ?? LedgerSchema.Steps;
    }

    public string Location => _dialect.Location;

    public DateTimeOffset Now => Clock;

    public int Abandoned { get; private set; }

    /// <summary>The clock that leases are measured by: the database's own, where several computers use it.</summary>
    private DateTimeOffset Clock => _time.GetUtcNow() + _clockOffset;

    private LedgerWriter Writer => _writer ?? throw LedgerErrors.NotOpen();

    public async Task<int> OpenAsync(CancellationToken cancellationToken)
    {
        if (_writer is not null)
            throw new InvalidOperationException("The ledger is open already.");

        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await Task.Run(() => _dialect.PrepareAsync(_schema, cancellationToken), cancellationToken).ConfigureAwait(false);
                return Abandoned = await OpenPreparedAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException) when (_dialect.MayLookAgain && attempt < 5)
            {
                await _dialect.CloseAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or MessagingException))
            {
                throw _dialect.Explain(exception);
            }

            // Real time on purpose: it is another program that is waited for.
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> OpenPreparedAsync(CancellationToken cancellationToken)
    {
        // All of it is one transaction that writes: what cannot be written shows here, before anything is sent.
        var writer = new LedgerWriter(_dialect) { Patience = _dialect.OpeningPatience };
        DateTimeOffset now = _time.GetUtcNow();
        try
        {
            int orphans = 0;
            try
            {
                (orphans, _runId) = await writer.WriteAsync(
                    new LedgerWork<(int, long)>(1, null, First, OpenWithinAsync) { IsUrgent = true }, cancellationToken).ConfigureAwait(false);
                await ReadAsync(
                    async session =>
                    {
                        await _dialect.AfterOpeningAsync(session, cancellationToken).ConfigureAwait(false);
                        return 0;
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException error) when (error.InnerException is { } cause && _dialect.IsFull(cause) && _runId == 0)
            {
                // Nothing can be claimed; what is there can still be read, and some of it deleted.
                await ReadAsync(session => LedgerSchema.RequireCurrentAsync(session, _dialect, _schema, cancellationToken), cancellationToken).ConfigureAwait(false);
            }

            writer.RunId = _runId;
            Leased(now);
            writer.Patience = _dialect.Patience;
            _writer = writer;
            _renewal = _time.CreateTimer(static ledger => _ = ((SqlLedger)ledger!).RenewAsync(), this, RenewEvery, RenewEvery);
            return orphans;
        }
        catch
        {
            // A stop may come when the run is noted already: then it has to say that it has ended, as any other. Who never got that far
            // tidies nothing away: a run that was killed before may still be marked.
            if (_runId != 0)
                await EndAsync(writer).ConfigureAwait(false);
            else
                _dialect.LeaveUnended();
            _runId = 0;
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void CheckAhead()
    {
        _ = Writer;
        _ = RequireCheckedAsync(CancellationToken.None).ContinueWith(
            static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async Task<IReadOnlyDictionary<string, StandingEntry>> GetCampaignAsync(
        string account, string studyId, string campaign, CancellationToken cancellationToken)
    {
        _ = Writer;
        await RequireCheckedAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(
            session => ReadCampaignAsync(session, LedgerKeys.Name(account), LedgerKeys.Id(studyId), LedgerKeys.Name(campaign), null, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<ClaimResult>> PeekAsync(
        IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        _ = Writer;
        if (claims.Count == 0)
            return [];

        // Both read the whole ledger, and nobody hears of the one before the other has ended.
        Task isChecked = RequireCheckedAsync(cancellationToken);
        try
        {
            return await ReadAsync(
                session => Peeking.PeekAsync(
                    new ClaimScope(session, _dialect, _runId, 0, options, Clock), claims,
                    (account, study, campaign, recipients) => ReadCampaignAsync(session, account, study, campaign, recipients, cancellationToken), cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await isChecked.ConfigureAwait(false);
        }
    }

    public Task<IReadOnlyList<ClaimResult>> ClaimAsync(
        IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        _ = Writer;
        if (claims.Count == 0)
            return Task.FromResult<IReadOnlyList<ClaimResult>>([]);

        return _entriesAreChecked ? ClaimCheckedAsync(claims, options, cancellationToken) : CheckAndClaimAsync(claims, options, cancellationToken);
    }

    private async Task<IReadOnlyList<ClaimResult>> CheckAndClaimAsync(
        IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        await RequireCheckedAsync(cancellationToken).ConfigureAwait(false);
        return await ClaimCheckedAsync(claims, options, cancellationToken).ConfigureAwait(false);
    }

    private Task<IReadOnlyList<ClaimResult>> ClaimCheckedAsync(
        IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        var batch = new ClaimBatch(() => Interlocked.Increment(ref _batch));
        string order = claims.Count == 1 ? LedgerKeys.Recipient(claims[0]) : claims.Min(LedgerKeys.Recipient)!;
        LedgerWriter writer = Writer;
        return writer.WriteAsync(
            new LedgerWork<IReadOnlyList<ClaimResult>>(claims.Count, batch, order, (session, token) => ClaimWithinAsync(writer, session, batch.Number, claims, options, token))
            {
                Question = AskToClaim(writer, batch, claims, options),
            },
            cancellationToken);
    }

    public async Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
    {
        if (IsLeaseGood)
        {
            return await ReadAsync(session => RunStatements.CountHeldAsync(session, _dialect, _runId, entryIds, cancellationToken), cancellationToken).ConfigureAwait(false)
                == entryIds.Count;
        }

        DateTimeOffset now = _time.GetUtcNow();
        long held = await Writer.WriteAsync(
            new LedgerWork<long>(1, null, First, async (session, token) =>
            {
                await RunStatements.RenewAsync(session, _dialect, _runId, Clock, token).ConfigureAwait(false);
                return await RunStatements.CountHeldAsync(session, _dialect, _runId, entryIds, token).ConfigureAwait(false);
            }),
            cancellationToken).ConfigureAwait(false);
        Leased(now);
        return held == entryIds.Count;
    }

    public Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (outcomes.Count == 0)
            return Task.CompletedTask;

        DateTimeOffset now = Clock;
        return Writer.WriteAsync(
            new LedgerWork<long>(outcomes.Count, null, First, async (session, token) =>
            {
                long there = 0;
                if (outcomes.Count == 1)
                {
                    there = await EntryStatements.SettleAsync(session, _dialect, OutcomeValues.Of(outcomes[0]), [outcomes[0].EntryId], now, token).ConfigureAwait(false);
                }
                else
                {
                    foreach (IGrouping<OutcomeValues, MessageOutcome> same in outcomes.GroupBy(OutcomeValues.Of))
                        there += await EntryStatements.SettleAsync(session, _dialect, same.Key, same.Select(static outcome => outcome.EntryId).ToArray(), now, token).ConfigureAwait(false);
                }

                if (there < outcomes.Count)
                    throw LedgerErrors.EntriesLost(Location, outcomes.Count - there);
                _hasSettled = true;
                return there;
            })
            {
                IsUrgent = true,
                Question = AskToSettle(outcomes, now),
            },
            cancellationToken);
    }

    public Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
        => entryIds.Count == 0
            ? Task.CompletedTask
            : Writer.WriteAsync(
                new LedgerWork<int>(entryIds.Count, null, First, async (session, token) =>
                {
                    await EntryStatements.DeleteAsync(session, _dialect, entryIds, token).ConfigureAwait(false);
                    return 0;
                })
                {
                    IsUrgent = true,
                },
                cancellationToken);

    public async IAsyncEnumerable<SentMessage> QueryAsync(LedgerQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = Writer;
        var filter = new LedgerFilter(_dialect, query);
        long below = long.MaxValue;
        while (true)
        {
            // A page at a time: no connection and no snapshot is held while the reader thinks.
            long before = below;
            List<(SentMessage Entry, string Recipient, long RunId)> page = await ReadAsync(
                async session =>
                {
                    DbCommand command = session.Command(
                        $"{EntryReader.Select(_dialect)} WHERE {filter.Where} AND e.id < @below ORDER BY e.id DESC LIMIT {PageSize}", ("@below", before));
                    filter.AddParameters(command);
                    return await EntryReader.ReadAllAsync(command, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            foreach ((SentMessage? entry, string _, long _) in page)
                yield return entry;
            if (page.Count < PageSize)
                yield break;
            below = page[^1].Entry.Id;
        }
    }

    public async Task<long> CountAsync(LedgerQuery query, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(
            session =>
            {
                var filter = new LedgerFilter(_dialect, query);
                DbCommand command = session.Command($"SELECT count(*) FROM ledger_entry e WHERE {filter.Where}");
                filter.AddParameters(command);
                return LedgerSession.ScalarAsync(command, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<long> ClearAsync(LedgerQuery query, CancellationToken cancellationToken)
    {
        // Some at a time: the log of a large deletion would need the room that a full disk has not.
        long cleared = 0;
        for (int most = MostCleared; ;)
        {
            try
            {
                int some = most;
                long count = await Writer.WriteAsync(
                    new LedgerWork<long>(some, null, First, (session, token) => ClearWithinAsync(session, query, some, token)) { IsUrgent = true },
                    cancellationToken).ConfigureAwait(false);
                cleared += count;
                if (count == some)
                    continue;

                if (cleared > 0)
                    await ForgetDeletedAsync(cancellationToken).ConfigureAwait(false);
                return cleared;
            }
            catch (MessagingException error) when (error.InnerException is { } cause && _dialect.IsFull(cause) && most > 1)
            {
                most = Math.Max(1, most / 8);
            }
        }
    }

    // It is deleted by now, whatever becomes of this.
    private async Task ForgetDeletedAsync(CancellationToken cancellationToken)
    {
        try
        {
            bool isAlone = await ReadAsync(
                async session => await session.ScalarAsync(
                    "SELECT count(*) FROM ledger_run WHERE ended_at IS NULL AND id <> @run", cancellationToken, ("@run", _runId)).ConfigureAwait(false) == 0,
                cancellationToken).ConfigureAwait(false);
            await _dialect.ForgetDeletedAsync(isAlone, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or MessagingException)
        {
            // The ledger is in use elsewhere, or the disk is full.
        }
    }

    private async Task<long> ClearWithinAsync(LedgerSession session, LedgerQuery query, int most, CancellationToken cancellationToken)
    {
        await MarkOrphansAsync(session, cancellationToken).ConfigureAwait(false);
        var filter = new LedgerFilter(_dialect, query);
        DbCommand command = session.Command(
            $"DELETE FROM ledger_entry WHERE id IN (SELECT e.id FROM ledger_entry e WHERE {filter.Where} AND e.status <> 'Sending' ORDER BY e.id LIMIT {most})");
        filter.AddParameters(command);
        long count = await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (count > 0)
        {
            await session.ExecuteAsync("DELETE FROM ledger_answer WHERE entry_id NOT IN (SELECT id FROM ledger_entry)", cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync(
                "DELETE FROM ledger_run WHERE ended_at IS NOT NULL AND id NOT IN (SELECT run_id FROM ledger_entry)", cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public async Task<IReadOnlyList<string>> GetCampaignNamesAsync(int most, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(
            session => LedgerSession.ReadAllAsync(
                session.Command("SELECT max(campaign) FROM ledger_entry WHERE campaign_key <> '' GROUP BY campaign_key ORDER BY max(id) DESC LIMIT @most", ("@most", most)),
                static row => row.GetString(0), cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    public void Hurry()
    {
        if (_writer is { } writer)
            writer.Hurry();
    }

    public Task<long> AdoptAccountAsync(IReadOnlyList<string> names, string identity, CancellationToken cancellationToken)
        => Writer.WriteAsync(
            new LedgerWork<long>(1, null, First, (session, token) => AccountStatements.AdoptAsync(session, names, identity, Clock, token)), cancellationToken);

    public async Task<string?> GetIdentityAsync(string name, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(session => AccountStatements.FindAsync(session, name, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyDictionary<string, SentMessage>> GetAnswersAsync(
        string? account, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken)
    {
        _ = Writer;
        List<(SentMessage Entry, string MessageId, long RunId)> found = await ReadAsync(
            session => AnswerStatements.ReadAsync(
                session, _dialect, account is null ? null : LedgerKeys.Name(account), [.. messageIds.Select(LedgerKeys.MessageId)], cancellationToken),
            cancellationToken).ConfigureAwait(false);
        var byKey = new Dictionary<string, SentMessage>(StringComparer.Ordinal);
        foreach ((SentMessage? entry, string? message, long _) in found)
            byKey[message] = entry;
        var answers = new Dictionary<string, SentMessage>(StringComparer.OrdinalIgnoreCase);
        foreach (string message in messageIds)
        {
            if (byKey.TryGetValue(LedgerKeys.MessageId(message), out SentMessage? entry))
                answers[message] = entry;
        }

        return answers;
    }

    public Task<int> BlockAsync(IReadOnlyList<BlockedParticipant> people, CancellationToken cancellationToken)
        => Writer.WriteAsync(
            new LedgerWork<int>(people.Count, null, First, async (session, token) =>
            {
                int added = 0;
                foreach (BlockedParticipant person in people)
                    added += await BlockStatements.InsertAsync(session, person, Clock, token).ConfigureAwait(false) ? 1 : 0;
                return added;
            }),
            cancellationToken);

    public async Task<IReadOnlyList<BlockedParticipant>> UnblockAsync(
        IReadOnlyCollection<string> participantIds, string? provider, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockedParticipant> lifted = await Writer.WriteAsync(
            new LedgerWork<IReadOnlyList<BlockedParticipant>>(participantIds.Count, null, First, async (session, token) =>
            {
                string[] recipients = [.. participantIds.Select(LedgerKeys.Id)];
                List<BlockedParticipant> found = await BlockStatements.ReadAsync(session, _dialect, recipients, provider, token).ConfigureAwait(false);
                await BlockStatements.DeleteAsync(session, _dialect, recipients, provider, token).ConfigureAwait(false);
                return found;
            }),
            cancellationToken).ConfigureAwait(false);
        if (lifted.Count > 0)
            await ForgetDeletedAsync(cancellationToken).ConfigureAwait(false);
        return lifted;
    }

    public async Task<IReadOnlyList<BlockedParticipant>> GetBlockedAsync(
        IReadOnlyCollection<string>? participantIds, string? provider, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(
            session => BlockStatements.ReadAsync(session, _dialect, participantIds?.Select(LedgerKeys.Id).ToArray(), provider, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<MessageCampaign>> GetCampaignsAsync(LedgerQuery query, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(session => CampaignStatements.ReadAsync(session, _dialect, query, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<string>> GetLookAlikesAsync(string account, string campaign, CancellationToken cancellationToken)
    {
        _ = Writer;
        return await ReadAsync(session => CampaignStatements.FindLookAlikesAsync(session, LedgerKeys.Name(account), campaign, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async Task<long> CopyFromAsync(IMessageLedger source, CancellationToken cancellationToken)
    {
        if (source is SqlLedger other && await other.FindOtherRunAsync(cancellationToken).ConfigureAwait(false) is { } run)
            throw LedgerErrors.AtWork(source.Location, run);

        var entries = new List<SentMessage>();
        await foreach (SentMessage? entry in source.QueryAsync(new LedgerQuery(), cancellationToken).ConfigureAwait(false))
            entries.Add(entry);
        entries.Reverse();
        IReadOnlyList<BlockedParticipant> blocks = await source.GetBlockedAsync(null, null, cancellationToken).ConfigureAwait(false);
        await BlockAsync(blocks, cancellationToken).ConfigureAwait(false);
        var copy = new LedgerCopy(_dialect, Clock);
        long copied = 0;
        foreach (SentMessage[] some in entries.Chunk(PageSize))
        {
            copied += await Writer.WriteAsync(
                new LedgerWork<long>(some.Length, null, First, (session, token) => copy.WriteAsync(session, some, token)), cancellationToken).ConfigureAwait(false);
        }

        await Writer.WriteAsync(
            new LedgerWork<int>(1, null, First, async (session, token) =>
            {
                await copy.FinishAsync(session, token).ConfigureAwait(false);
                return 0;
            }),
            cancellationToken).ConfigureAwait(false);
        return copied;
    }

    private Task<RunIdentity?> FindOtherRunAsync(CancellationToken cancellationToken)
        => ReadAsync(session => RunStatements.FindLiveAsync(session, _dialect, _identity, _runId, Clock, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // A comparison that nobody waits for any more.
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_checking is not null)
            await _checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Interlocked.Exchange(ref _writer, null) is { } writer)
        {
            if (_renewal is not null)
                await _renewal.DisposeAsync().ConfigureAwait(false);

            await EndAsync(writer).ConfigureAwait(false);
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAny(_dialect.CloseAsync().AsTask(), Task.Delay(LedgerWriter.StopPatience)).ConfigureAwait(false);
    }

    /// <summary>Says that the run has ended. A ledger that is out of order must not hold up the end; a later run finds the open claims anyway.</summary>
    private async Task EndAsync(LedgerWriter writer)
    {
        try
        {
            writer.Hurry();
            if (_runId == 0)
                return;

            bool isShared = await writer.WriteAsync(
                new LedgerWork<bool>(1, null, Last, (session, token) => RunStatements.EndAsync(session, _dialect, _identity, _runId, HasEntries(writer), Clock, token))
                {
                    IsUrgent = true,
                },
                CancellationToken.None).ConfigureAwait(false);

            // Another run may be killed before the last connection here is closed, which would then tidy that run's log away.
            if (isShared)
                _dialect.LeaveUnended();
        }
        catch (MessagingException)
        {
            RunStatements.NoteEnd(_dialect, _runId);
            _dialect.LeaveUnended();
        }
    }

    /// <summary>For tests: ends like a process that is killed, without a last word.</summary>
    internal async Task DropAsync()
    {
        if (Interlocked.Exchange(ref _writer, null) is { } writer)
        {
            _dialect.LeaveUnended();
            await _renewal!.DisposeAsync().ConfigureAwait(false);
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        await _dialect.CloseAsync().ConfigureAwait(false);
    }

    private async Task<(int Orphans, long RunId)> OpenWithinAsync(LedgerSession session, CancellationToken cancellationToken)
    {
        if (_dialect.CurrentTime is { } currentTime)
        {
            var theirs = DateTimeOffset.FromUnixTimeMilliseconds(await session.ScalarAsync(currentTime, cancellationToken).ConfigureAwait(false));
            _clockOffset = theirs - _time.GetUtcNow();
        }

        // An earlier version that is at work goes on writing as it knows, in words that are not looked for here.
        long version = await LedgerSchema.ReadVersionAsync(session, _dialect, cancellationToken).ConfigureAwait(false);
        if (version > 0 && version < _schema.Count
            && await RunStatements.FindLiveAsync(session, _dialect, _identity, 0, Clock, cancellationToken).ConfigureAwait(false) is { } earlier)
        {
            throw LedgerErrors.EarlierVersionAtWork(Location, earlier);
        }

        await LedgerSchema.MigrateAsync(session, _dialect, _schema, cancellationToken).ConfigureAwait(false);
        (bool isMarkedOpen, bool hasCrashed) = await RunStatements.LookAsync(session, _dialect, _identity, Clock, cancellationToken).ConfigureAwait(false);
        await _dialect.CheckOpeningAsync(session, isMarkedOpen, hasCrashed, cancellationToken).ConfigureAwait(false);
        long run = await RunStatements.InsertAsync(session, _dialect, _identity, Clock, cancellationToken).ConfigureAwait(false);
        return (await RunStatements.MarkOrphansAsync(session, _dialect, _identity, run, Clock, cancellationToken).ConfigureAwait(false), run);
    }

    private async Task RenewAsync()
    {
        try
        {
            if (_writer is { } writer)
            {
                DateTimeOffset now = _time.GetUtcNow();
                await writer.WriteAsync(
                    new LedgerWork<int>(1, null, First, async (session, token) =>
                    {
                        await RunStatements.RenewAsync(session, _dialect, _runId, Clock, token).ConfigureAwait(false);
                        return 0;
                    }),
                    CancellationToken.None).ConfigureAwait(false);
                Leased(now);
            }
        }
        catch (MessagingException)
        {
            // The next claim says what is wrong.
        }
    }

    /// <summary>Whether this run has written entries that are there, or may still come (a commit that was cut off); null where that has to be looked for.</summary>
    private bool? HasEntries(LedgerWriter writer) => _hasSettled || writer.HasHadDoubts ? true : _hasClaimed ? null : false;

    /// <summary>By the clock on the wall, which goes on while a computer sleeps.</summary>
    private bool IsLeaseGood => Math.Abs(_time.GetUtcNow().UtcTicks - Volatile.Read(ref _leasedAt)) < (RunStatements.Lease - LeaseMargin).Ticks;

    private void Leased(DateTimeOffset since) => Volatile.Write(ref _leasedAt, since.UtcTicks);

    // A text without a campaign waits for others of its kind first, and a lease is renewed first: that takes more.
    private LedgerQuestion<IReadOnlyList<ClaimResult>>? AskToClaim(LedgerWriter writer, ClaimBatch batch, IReadOnlyList<MessageClaim> claims, ClaimOptions options)
        => !_dialect.AsksTogether || claims.Count > 1 || Claiming.IsAnswer(claims[0]) ? null : new LedgerQuestion<IReadOnlyList<ClaimResult>>(
            session =>
            {
                ClaimScope scope = ScopeOf(writer, session, batch.Number, options);
                if (!IsLeaseGood || scope.LooksAtRepeats(claims[0]))
                    return null;
                _hasClaimed = true;
                return EntryStatements.InsertOneBehindFence(scope, claims[0], writer.Fence);
            },
            static (inserted, _) => inserted is { } id ? (true, [new ClaimResult(id, null)]) : default);

    // An entry that is settled already, or gone, has to be looked for; a failure lets what it superseded stand again.
    private LedgerQuestion<long>? AskToSettle(IReadOnlyList<MessageOutcome> outcomes, DateTimeOffset now)
        => !_dialect.AsksTogether || outcomes is not [{ Status: not MessageStatus.Failed } outcome] ? null : new LedgerQuestion<long>(
            _ => EntryStatements.SettleOne(_dialect, OutcomeValues.Of(outcome), outcome.EntryId, now),
            (_, written) =>
            {
                _hasSettled |= written == 1;
                return (written == 1, written);
            });

    private ClaimScope ScopeOf(LedgerWriter writer, LedgerSession session, long batch, ClaimOptions options)
        => new(session, _dialect, _runId, batch, options, Clock) { Writer = writer };

    private async Task<IReadOnlyList<ClaimResult>> ClaimWithinAsync(
        LedgerWriter writer, LedgerSession session, long batch, IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        _hasClaimed = true;

        // After a sleep the renewal may be late: a claim under a lease that is over would be given up by the next machine that looks.
        if (!IsLeaseGood)
            await RunStatements.RenewAsync(session, _dialect, _runId, Clock, cancellationToken).ConfigureAwait(false);
        return await new Claiming(ScopeOf(writer, session, batch, options), () => MarkOrphansAsync(session, cancellationToken)).ClaimAsync(claims, cancellationToken).ConfigureAwait(false);
    }

    private Task<int> MarkOrphansAsync(LedgerSession session, CancellationToken cancellationToken)
        => RunStatements.MarkOrphansAsync(session, _dialect, _identity, _runId, Clock, cancellationToken);

    private async Task<Dictionary<string, StandingEntry>> ReadCampaignAsync(
        LedgerSession session, string account, string study, string campaign, IReadOnlyCollection<string>? recipients, CancellationToken cancellationToken)
    {
        string standing = $"account_key = @account AND campaign_key = @campaign AND study_id = @study AND {LedgerSchema.Standing}";
        (string, object?)[] values = [("@account", account), ("@campaign", campaign), ("@study", study)];
        List<(StandingEntry Entry, string Recipient, long RunId)> read = await StandingReader.ReadAllAsync(
            recipients is null
                ? session.Command($"{StandingReader.Select(_dialect)} WHERE {standing}", values)
                : session.CommandWithTexts(StandingReader.SelectOf(_dialect, "@list", standing), "@list", recipients, values),
            cancellationToken).ConfigureAwait(false);
        var entries = new Dictionary<string, StandingEntry>(read.Count, StringComparer.OrdinalIgnoreCase);
        foreach ((StandingEntry? entry, string? recipient, long _) in read)
            entries[recipient] = entry;
        return entries;
    }

    /// <summary>Entries are relied on only when the indexes by which they are found say the same as they do.</summary>
    private Task RequireCheckedAsync(CancellationToken cancellationToken)
    {
        if (_entriesAreChecked)
            return Task.CompletedTask;

        lock (_closing)
        {
            // One for all who ask; one that failed is made again.
            if (_checking is null or { IsFaulted: true } or { IsCanceled: true })
                _checking = Task.Run(() => ReadAsync(CheckWithinAsync, _closing.Token), CancellationToken.None);
            return _checking.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> CheckWithinAsync(LedgerSession session)
    {
        await _dialect.CheckEntriesAsync(session, _closing.Token).ConfigureAwait(false);
        return _entriesAreChecked = true;
    }

    /// <summary>Reads on a connection of its own, beside the writer.</summary>
    private async Task<T> ReadAsync<T>(Func<LedgerSession, Task<T>> read, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await AnsweredAsync(ReadOnceAsync(read, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException and not MessagingException)
            {
                if (attempt >= 8 || !_dialect.IsTransient(exception))
                    throw _dialect.Explain(exception);
            }

            // Real time on purpose: it is the database that is waited for.
            await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<LedgerSession, Task<T>> read, CancellationToken cancellationToken)
    {
        LedgerSession session = await LedgerSession.OpenAsync(_dialect, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
            return await read(session).ConfigureAwait(false);
    }

    /// <summary>A server that has stopped does not answer a cancellation either: after a stop nobody waits for it for long.</summary>
    private static async Task<T> AnsweredAsync<T>(Task<T> reading, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled && !reading.IsCompleted)
        {
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), stopped);
            await using (registration.ConfigureAwait(false))
            {
                if (await Task.WhenAny(reading, stopped.Task).ConfigureAwait(false) != reading
                    && await Task.WhenAny(reading, Task.Delay(LedgerWriter.StopPatience, CancellationToken.None)).ConfigureAwait(false) != reading)
                {
                    _ = reading.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
                    throw new OperationCanceledException(cancellationToken);
                }
            }
        }

        return await reading.ConfigureAwait(false);
    }
}
