namespace ParticipantMessaging.Ledger;

/// <summary>Something to be written. Works that wait at the same time share one transaction, hence one flush to the disk.</summary>
internal abstract class LedgerWork
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Over = 2;

    private int _state;

    /// <summary>How many rows it writes, roughly: keeps a transaction from growing without end.</summary>
    public abstract int Size { get; }

    /// <summary>Number under which its claims are written; 0 when it writes none.</summary>
    public virtual long Batch => 0;

    /// <summary>
    /// Works of one transaction are written in this order: claims by their people, so that two processes (PostgreSQL) that claim the
    /// same people in one transaction each wait for each other instead of locking each other out.
    /// </summary>
    public virtual string Order => "";

    /// <summary>True when it was cancelled, has failed or is done.</summary>
    public bool IsOver => Volatile.Read(ref _state) == Over;

    /// <summary>Writes, inside of the transaction. May be called again when the transaction had to be repeated.</summary>
    public abstract Task WriteAsync(LedgerSession session, CancellationToken cancellationToken);

    /// <summary>From now on it can no longer be cancelled; false when it was.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Running, Waiting) == Waiting;

    /// <summary>The transaction was undone: it can be cancelled again.</summary>
    public void Rewind() => Interlocked.CompareExchange(ref _state, Waiting, Running);

    /// <summary>It is on the disk.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _state, Over) != Over)
            ReportDone();
    }

    /// <summary>It is not written.</summary>
    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _state, Over) != Over)
            ReportFailure(exception);
    }

    /// <summary>Nobody waits for it any more; false when it is being written.</summary>
    public bool TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Over, Waiting) != Waiting)
            return false;

        ReportCancelled(cancellationToken);
        return true;
    }

    protected abstract void ReportDone();

    protected abstract void ReportFailure(Exception exception);

    protected abstract void ReportCancelled(CancellationToken cancellationToken);
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

    protected override void ReportFailure(Exception exception) => _done.TrySetException(exception);

    protected override void ReportCancelled(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);
}
