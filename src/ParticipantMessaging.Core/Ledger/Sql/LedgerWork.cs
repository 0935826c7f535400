namespace ParticipantMessaging.Ledger;

/// <summary>Something to be written. Works that wait at the same time share one transaction, hence one flush to the disk.</summary>
internal abstract class LedgerWork
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Over = 2;

    private int _state;
    private volatile Exception? _unwanted;

    /// <summary>How many rows it writes, roughly: keeps a transaction from growing without end.</summary>
    public abstract int Size { get; }

    /// <summary>Number under which its claims are written; 0 when it writes none.</summary>
    public virtual long Batch => 0;

    /// <summary>
    /// Works of one transaction are written in this order: claims by their people, so that two processes (PostgreSQL) that claim the
    /// same people in one transaction each wait for each other instead of locking each other out.
    /// </summary>
    public virtual string Order => "";

    /// <summary>True for what has to be written although the disk is full (outcomes, deletions): it may use up what was kept back for that.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>True when it was given up, has failed or is done.</summary>
    public bool IsOver => Volatile.Read(ref _state) == Over;

    /// <summary>Writes, inside of the transaction. May be called again when the transaction had to be repeated.</summary>
    public abstract Task WriteAsync(LedgerSession session, CancellationToken cancellationToken);

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

        ReportDone();
        return true;
    }

    /// <summary>It is not written.</summary>
    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _state, Over) != Over)
            ReportFailure(exception);
    }

    /// <summary>Nobody waits for it any more; false while it is being written: then it is given up as soon as its transaction is undone.</summary>
    public bool TryGiveUp(Exception why)
    {
        _unwanted = why;
        if (Interlocked.CompareExchange(ref _state, Over, Waiting) != Waiting)
            return false;

        ReportFailure(why);
        return true;
    }

    protected abstract void ReportDone();

    protected abstract void ReportFailure(Exception exception);
}

/// <summary>A work with a result.</summary>
/// <param name="size">How many rows it writes.</param>
/// <param name="batch">Number of its claims; 0 when it claims nothing.</param>
/// <param name="order">See <see cref="LedgerWork.Order"/>.</param>
/// <param name="write">Writes inside of the transaction.</param>
internal sealed class LedgerWork<T>(int size, long batch, string order, Func<LedgerSession, CancellationToken, Task<T>> write) : LedgerWork
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public override int Size => size;

    public override long Batch => batch;

    public override string Order => order;

    public Task<T> Result => _done.Task;

    public override async Task WriteAsync(LedgerSession session, CancellationToken cancellationToken)
        => _result = await write(session, cancellationToken).ConfigureAwait(false);

    protected override void ReportDone() => _done.TrySetResult(_result!);

    protected override void ReportFailure(Exception exception)
    {
        if (exception is OperationCanceledException cancelled)
            _done.TrySetCanceled(cancelled.CancellationToken);
        else
            _done.TrySetException(exception);
    }
}
