using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// The one place that writes. Works that arrive while a transaction is being flushed go into the next one together (group
/// commit). Locks and lost connections are waited for, within limits; nobody who has to stop waits longer than two seconds.
/// </summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int MostWorks = 512;
    private const int MostRows = 8_000;

    private static readonly TimeSpan _lastTry = TimeSpan.FromMilliseconds(100);

    private readonly SqlDialect _dialect;
    private readonly Channel<LedgerWork> _works = Channel.CreateUnbounded<LedgerWork>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<long> _doubtful = [];
    private readonly HashSet<long> _granted = [];
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationToken _hurryToken;
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _loop;

    // Made once: each work is watched with both.
    private readonly Action<object?, CancellationToken> _onCancel;
    private readonly Action<object?, CancellationToken> _onHurry;
    private LedgerSession? _session;
    private Exception? _full;
    private volatile bool _isStuck;
    private bool _needsFence;
    private long _hurriedAt;

    public LedgerWriter(SqlDialect dialect)
    {
        _dialect = dialect;
        _onCancel = GiveUp;
        _onHurry = HurryUp;
        _hurryToken = _hurry.Token;
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>How long anybody waits who has to stop.</summary>
    public static TimeSpan StopPatience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The run whose claims are written; 0 before it has a number.</summary>
    public long RunId { get; set; }

    /// <summary>What the run's questions name: one that was cut off and reaches the server later than this was raised writes nothing.</summary>
    public long Fence { get; private set; }

    /// <summary>How long the same is tried again.</summary>
    public TimeSpan Patience { get; set; }

    /// <summary>Whether a claim's commit was cut off at some time: a server may carry it out much later, when nobody waits for it any more.</summary>
    public bool HasHadDoubts { get; private set; }

    /// <summary>Claims whose commit was cut off and which were not seen since, by their batches.</summary>
    public IReadOnlySet<long> Doubtful => _doubtful;

    /// <summary>The entries that the transaction under way has written so far.</summary>
    public ISet<long> Granted => _granted;

    /// <summary>From now on everything together is waited for two seconds at the most; where the ledger turned out to be held, what comes later hardly waits.</summary>
    public void Hurry()
    {
        Interlocked.CompareExchange(ref _hurriedAt, Stopwatch.GetTimestamp(), 0);
        _hurry.Cancel();
    }

    private TimeSpan HurryLeft
    {
        get
        {
            TimeSpan left = StopPatience - Stopwatch.GetElapsedTime(Volatile.Read(ref _hurriedAt));
            TimeSpan least = _isStuck ? _lastTry : StopPatience / 2;
            return left > least ? left : least;
        }
    }

    /// <summary>Hands a work over; completes when it is on the disk; after a stop, within two seconds.</summary>
    public Task<T> WriteAsync<T>(LedgerWork<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);

        // Before it is handed over: from then on it may be done at any moment, and lets go of these.
        work.Watch(_onCancel, _onHurry, _hurryToken, cancellationToken);
        if (!_works.Writer.TryWrite(work))
            work.Fail(LedgerErrors.NotOpen());
        return work.Result;
    }

    // Who cancels wants nothing to be written; who is in a hurry wants it written, if that can be.
    private void GiveUp(object? state, CancellationToken token)
    {
        var work = (LedgerWork)state!;
        var why = new OperationCanceledException(token);
        if (!work.TryGiveUp(why))
            _ = GiveUpLaterAsync(work, why, StopPatience);
    }

    private void HurryUp(object? state, CancellationToken token)
    {
        var work = (LedgerWork)state!;
        _ = GiveUpLaterAsync(
            work, work.Caller.IsCancellationRequested ? new OperationCanceledException(work.Caller) : LedgerErrors.TooSlowForStop(_dialect.Location), HurryLeft);
    }

    /// <summary>Writes what waits, then stops; what does not get written within two seconds is left to its fate.</summary>
    public async ValueTask DisposeAsync()
    {
        _works.Writer.TryComplete();
        Hurry();
        if (await Task.WhenAny(_loop, Task.Delay(_isStuck ? _lastTry : StopPatience)).ConfigureAwait(false) != _loop)
        {
            // A server that does not answer: the loop ends when its connection gives up, and nobody waits for it.
            _ = _abort.CancelAsync();
            return;
        }

        await _loop.ConfigureAwait(false);
        _abort.Dispose();
        _hurry.Dispose();
    }

    private async Task GiveUpLaterAsync(LedgerWork work, Exception why, TimeSpan patience)
    {
        await Task.Delay(patience).ConfigureAwait(false);
        if (work.IsOver)
            return;

        _isStuck = true;
        if (!work.TryGiveUp(why))
            work.Fail(why);
    }

    private async Task LoopAsync()
    {
        try
        {
            var batch = new List<LedgerWork>();
            while (await _works.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                batch.Clear();
                int rows = 0;
                while (batch.Count < MostWorks && rows < MostRows && _works.Reader.TryRead(out LedgerWork? work))
                {
                    if (work.IsOver)
                        continue;

                    batch.Add(work);
                    rows += work.Size;
                }

                if (batch.Count > 0)
                    await WriteTogetherAsync([.. batch.OrderBy(static work => work.Order, StringComparer.Ordinal)]).ConfigureAwait(false);
            }
        }
        finally
        {
            if (_session is { } session)
                await DisposeQuietlyAsync(session).ConfigureAwait(false);
            _session = null;
        }
    }

    private async Task WriteTogetherAsync(List<LedgerWork> batch)
    {
        if (await TryWriteAsync(batch).ConfigureAwait(false) is not { } failure)
            return;

        // One of them is the culprit, or the ledger is out of order: each on its own shows which.
        if (batch.Count == 1)
            batch[0].Fail(_dialect.Explain(failure));
        else if (_dialect.IsTransient(failure))
            batch.ForEach(work => work.Fail(_dialect.Explain(failure)));
        else
            foreach (LedgerWork work in batch)
                if (await TryWriteAsync([work]).ConfigureAwait(false) is { } own)
                    work.Fail(_dialect.Explain(own));
    }

    /// <summary>Writes the works in one transaction; null when they are on the disk (or given up), else why not.</summary>
    private async Task<Exception?> TryWriteAsync(List<LedgerWork> works)
    {
        long started = Stopwatch.GetTimestamp();
        bool roomWasMade = false;
        for (int attempt = 0; ; attempt++)
        {
            bool committing = false;
            try
            {
                if (works.TrueForAll(static work => work.IsOver))
                    return null;

                // The room that was given up is for outcomes, and for whoever deletes: new claims would fill it at once.
                if (_full is not null && works.Exists(static work => !work.IsUrgent && !work.IsOver))
                    return _full;

                await DropClosedAsync().ConfigureAwait(false);
                _session ??= await LedgerSession.OpenAsync(_dialect, _abort.Token).ConfigureAwait(false);
                if (_dialect.AsksTogether && _doubtful.Count == 0 && !_needsFence)
                {
                    // From its first moment on the server may have carried it out.
                    committing = true;
                    works = await AskTogetherAsync(_session, works).ConfigureAwait(false);
                    committing = false;
                    if (works.Count == 0)
                        return null;
                }

                await _session.BeginAsync(_abort.Token).ConfigureAwait(false);
                _dialect.Verify(_session.Connection);
                _granted.Clear();
                bool areAllOver = await RaiseFenceAsync(_session).ConfigureAwait(false);
                await TakeBackDoubtfulAsync(_session).ConfigureAwait(false);
                var begun = new List<LedgerWork>(works.Count);
                foreach (LedgerWork work in works)
                {
                    if (!work.TryBegin())
                        continue;

                    begun.Add(work);
                    await work.WriteAsync(_session, _abort.Token).ConfigureAwait(false);
                }

                committing = true;
                await _session.CommitAsync().ConfigureAwait(false);
                _dialect.Verify(_session.Connection);
                _needsFence &= !areAllOver;

                // What a question that is still at the server has written shows when it ends.
                if (!_needsFence)
                    _doubtful.Clear();
                begun.ForEach(Complete);
                return null;
            }
            catch (Exception exception)
            {
                // A connection that broke while nobody looked is an invalid operation to its driver.
                bool wasClosed = exception is InvalidOperationException && _session is { Connection.State: not ConnectionState.Open };
                await RecoverAsync(exception, works, committing).ConfigureAwait(false);
                if (_dialect.IsFull(exception) && !roomWasMade && works.TrueForAll(static work => work.IsUrgent || work.IsOver))
                {
                    roomWasMade = true;
                    _full = exception;
                    await _dialect.MakeRoomAsync(_session, exception).ConfigureAwait(false);
                    continue;
                }

                if (!(wasClosed || _dialect.IsTransient(exception)) || Stopwatch.GetElapsedTime(started) > Patience)
                    return exception;
            }

            // Real time on purpose: it is the database that is waited for.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(1_000, 5 << Math.Min(attempt, 8)) * (0.5 + Random.Shared.NextDouble())))
                .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Writes by one question to the server, and its one transaction, what takes no more than statements that are known before: a message's claim,
    /// its outcome. In turn each of them would cost the way there and back. Returns the works for which that did not do, or that need more.
    /// </summary>
    private async Task<List<LedgerWork>> AskTogetherAsync(LedgerSession session, List<LedgerWork> works)
    {
        var asked = new List<LedgerWork>(works.Count);
        var rest = new List<LedgerWork>();
        var statements = new List<LedgerStatement>(works.Count + 1) { new(_dialect.Fence!.Value.Pass, ReturnsNumber: true, [("@run", RunId)]) };
        foreach (LedgerWork work in works)
        {
            if (work.Ask(session) is not { } statement)
            {
                rest.Add(work);
            }
            else if (work.TryBegin())
            {
                asked.Add(work);
                statements.Add(statement);
            }
        }

        if (asked.Count == 0)
            return rest;

        IReadOnlyList<(long? Inserted, int Written)> answers = await session.RunTogetherAsync(statements, _abort.Token).ConfigureAwait(false);
        for (int at = 0; at < asked.Count; at++)
        {
            if (asked[at].TakeAnswer(answers[at + 1].Inserted, answers[at + 1].Written))
            {
                Complete(asked[at]);
            }
            else
            {
                asked[at].Rewind();
                rest.Add(asked[at]);
            }
        }

        return rest;
    }

    // Claims that came too late for whoever wanted them never lead to a call.
    private void Complete(LedgerWork work)
    {
        if (!work.Complete() && work.Batch != 0)
            _doubtful.Add(work.Batch);
    }

    private async Task RecoverAsync(Exception exception, List<LedgerWork> works, bool committing)
    {
        if (_session is { } session)
        {
            await session.RollbackAsync().ConfigureAwait(false);
            if (_dialect.IsConnectionLost(session.Connection, exception))
            {
                _session = null;
                await DisposeQuietlyAsync(session).ConfigureAwait(false);
            }
        }

        foreach (LedgerWork work in works)
        {
            // The connection broke while it was committing: the claims may be there, or come, though nobody will hear of them.
            if (committing && work.Batch != 0)
            {
                _doubtful.Add(work.Batch);
                HasHadDoubts = true;
                _needsFence = _dialect.AsksTogether;
                work.Renumber();
            }

            work.Rewind();
        }
    }

    // A question that was cut off, or the rest of one, may reach the server when its claims have long been made anew and have come to their end:
    // what it writes then would look like a message. True when there is none any more that has written something nobody sees yet.
    private async Task<bool> RaiseFenceAsync(LedgerSession session)
    {
        if (!_needsFence || _dialect.Fence is not { } fence)
            return false;

        List<(long Height, bool AreAllOver)> raised = await LedgerSession.ReadAllAsync(
            session.Command(fence.Raise, ("@run", RunId)), static row => (row.GetInt64(0), row.GetBoolean(1)), CancellationToken.None).ConfigureAwait(false);
        if (raised.Count == 0)
            return false;

        Fence = raised[0].Height;
        return raised[0].AreAllOver;
    }

    // It broke while nothing was to be written: the server was restarted, say, or has lost patience.
    private async Task DropClosedAsync()
    {
        if (_session is not { Connection.State: not ConnectionState.Open } closed)
            return;

        _session = null;
        await DisposeQuietlyAsync(closed).ConfigureAwait(false);
    }

    /// <summary>Claims of which nobody heard never led to a call.</summary>
    private async Task TakeBackDoubtfulAsync(LedgerSession session)
    {
        if (_doubtful.Count == 0)
            return;

        DbCommand command = session.CommandWithNumbers(
            $"""
            SELECT id FROM ledger_entry
            WHERE run_id = @run AND status = 'Sending' AND batch {_dialect.AmongNumbers("@batches")}
            """, "@batches", _doubtful, ("@run", RunId));
        List<long> entries = await LedgerSession.ReadAllAsync(command, static row => row.GetInt64(0), CancellationToken.None).ConfigureAwait(false);
        await EntryStatements.DeleteAsync(session, _dialect, entries, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task DisposeQuietlyAsync(LedgerSession session)
    {
        try
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or IOException or InvalidOperationException)
        {
            // It is broken already.
        }
    }
}

/// <summary>Something to be written. Works that wait at the same time share one transaction, hence one flush to the disk.</summary>
internal abstract class LedgerWork
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Over = 2;

    private int _state;
    private volatile Exception? _unwanted;
    private CancellationTokenRegistration _cancelled;
    private CancellationTokenRegistration _hurried;

    /// <summary>How many rows it writes, roughly: keeps a transaction from growing without end.</summary>
    public abstract int Size { get; }

    /// <summary>Number under which its claims are written; 0 when it writes none.</summary>
    public virtual long Batch => 0;

    /// <summary>Gives its claims another number: what was written under the one that they had is in doubt.</summary>
    public virtual void Renumber()
    {
    }

    /// <summary>
    /// Works of one transaction are written in this order: claims by their people, so that two processes (PostgreSQL) that claim the
    /// same people in one transaction each wait for each other instead of locking each other out.
    /// </summary>
    public virtual string Order => "";

    /// <summary>True for what has to be written although the disk is full (outcomes, deletions): it may use up what was kept back for that.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>What its caller stops it by.</summary>
    public CancellationToken Caller { get; private set; }

    /// <summary>True when it was given up, has failed or is done.</summary>
    public bool IsOver => Volatile.Read(ref _state) == Over;

    /// <summary>Writes, inside of the transaction. May be called again when the transaction had to be repeated.</summary>
    public abstract Task WriteAsync(LedgerSession session, CancellationToken cancellationToken);

    /// <summary>The statement that may be all that it takes; null when it takes more.</summary>
    public virtual LedgerStatement? Ask(LedgerSession session) => null;

    /// <summary>Takes what came of that statement; false when nothing was written and more has to be done.</summary>
    public virtual bool TakeAnswer(long? inserted, int written) => false;

    /// <summary>Looks, until it is over, whether its caller stops it and whether everybody is to hurry; both are told of the work.</summary>
    public void Watch(Action<object?, CancellationToken> onCancel, Action<object?, CancellationToken> onHurry, CancellationToken hurry, CancellationToken caller)
    {
        Caller = caller;
        _cancelled = caller.UnsafeRegister(onCancel, this);
        _hurried = hurry.UnsafeRegister(onHurry, this);

        // It may have been given up by the one before the other was there.
        if (IsOver)
            StopWatching();
    }

    // Not waited for: what looks at it in this moment finds it over.
    private void StopWatching()
    {
        _cancelled.Unregister();
        _hurried.Unregister();
    }

    /// <summary>From now on it is being written; false when nobody wants it any more.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Running, Waiting) == Waiting;

    /// <summary>The transaction was undone. Who did not want it any more meanwhile gets it back now.</summary>
    public void Rewind()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Running) == Running && _unwanted is { } why)
            TryGiveUp(why);
    }

    /// <summary>It is on the disk; false when nobody waits for it any more.</summary>
    public bool Complete()
    {
        if (Interlocked.Exchange(ref _state, Over) == Over)
            return false;

        StopWatching();
        ReportDone();
        return true;
    }

    /// <summary>It is not written.</summary>
    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _state, Over) == Over)
            return;

        StopWatching();
        ReportFailure(exception);
    }

    /// <summary>Nobody waits for it any more; false while it is being written: then it is given up as soon as its transaction is undone.</summary>
    public bool TryGiveUp(Exception why)
    {
        _unwanted = why;
        if (Interlocked.CompareExchange(ref _state, Over, Waiting) != Waiting)
            return false;

        StopWatching();
        ReportFailure(why);
        return true;
    }

    protected abstract void ReportDone();

    protected abstract void ReportFailure(Exception exception);
}

/// <summary>The number under which claims are written, by which they are found when nobody heard whether they were.</summary>
/// <param name="next">Gives the next number.</param>
internal sealed class ClaimBatch(Func<long> next)
{
    public long Number { get; private set; } = next();

    public void Renumber() => Number = next();
}

/// <summary>A work with a result.</summary>
/// <param name="size">How many rows it writes.</param>
/// <param name="batch">Number of its claims; 0 when it claims nothing.</param>
/// <param name="order">See <see cref="LedgerWork.Order"/>.</param>
/// <param name="write">Writes inside of the transaction.</param>
internal sealed class LedgerWork<T>(int size, ClaimBatch? batch, string order, Func<LedgerSession, CancellationToken, Task<T>> write) : LedgerWork
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public override int Size => size;

    public override long Batch => batch?.Number ?? 0;

    public override void Renumber() => batch?.Renumber();

    public override string Order => order;

    /// <summary>The statement that may be all that it takes; null when there is none.</summary>
    public LedgerQuestion<T>? Question { get; init; }

    public Task<T> Result => _done.Task;

    public override async Task WriteAsync(LedgerSession session, CancellationToken cancellationToken)
        => _result = await write(session, cancellationToken).ConfigureAwait(false);

    public override LedgerStatement? Ask(LedgerSession session) => Question?.Make(session);

    public override bool TakeAnswer(long? inserted, int written)
    {
        (bool isDone, _result) = Question!.Take(inserted, written);
        return isDone;
    }

    protected override void ReportDone() => _done.TrySetResult(_result!);

    protected override void ReportFailure(Exception exception)
    {
        if (exception is OperationCanceledException cancelled)
            _done.TrySetCanceled(cancelled.CancellationToken);
        else
            _done.TrySetException(exception);
    }
}

/// <summary>A statement that may be all that a work takes, so that it need not wait for an answer within its transaction.</summary>
/// <param name="Make">Makes it; null when more is needed just now.</param>
/// <param name="Take">Takes the number of the row that it inserted (null for none) and how many it wrote; not done: nothing was written, and more is needed.</param>
internal sealed record LedgerQuestion<T>(Func<LedgerSession, LedgerStatement?> Make, Func<long?, int, (bool IsDone, T? Result)> Take);
