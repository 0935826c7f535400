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
    /// <returns>Results in the order of their rows; often none.</returns>
    public IReadOnlyList<SendResult> Add(SendResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Row.Row != _next)
        {
            _waiting.Add(result.Row.Row, result);
            return [];
        }

        var due = new List<SendResult> { result };
        while (_waiting.Remove(++_next, out SendResult? following)) due.Add(following);
        return due;
    }
}
