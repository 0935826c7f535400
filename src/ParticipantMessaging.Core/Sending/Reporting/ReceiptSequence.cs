namespace ParticipantMessaging.Sending;

/// <summary>Calls end in any order; receipts come out in the order of the rows.</summary>
public sealed class ReceiptSequence
{
    private readonly Dictionary<int, SendResult> _waiting = [];
    private int _next;

    /// <summary>Starts a sequence.</summary>
    /// <param name="firstRow">Number of the first row; the others follow without a gap.</param>
    public ReceiptSequence(int firstRow) => _next = firstRow;

    /// <summary>Takes a result in, and gives out all that are due.</summary>
    /// <param name="result">The result.</param>
    /// <param name="due">Gets the results that are due, in the order of their rows; often none.</param>
    public void Add(SendResult result, ICollection<SendResult> due)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(due);
        if (result.Row.Row != _next)
        {
            _waiting.Add(result.Row.Row, result);
            return;
        }

        due.Add(result);
        while (_waiting.Remove(++_next, out SendResult? following)) due.Add(following);
    }
}
