namespace ParticipantMessaging.Ledger;

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
