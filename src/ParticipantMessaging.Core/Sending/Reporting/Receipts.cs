using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>Makes receipts.</summary>
public static class Receipts
{
    /// <summary>The receipt of a row that passed the check.</summary>
    /// <param name="message">The message.</param>
    /// <param name="options">How it was sent.</param>
    /// <param name="status">One of <see cref="MessageStatus"/>.</param>
    /// <param name="reason">Why; empty when there is nothing to say.</param>
    /// <param name="httpStatus">HTTP status of the last answer.</param>
    /// <param name="attempts">How many times the call was tried.</param>
    /// <param name="sentAt">When the service answered.</param>
    /// <returns>The receipt.</returns>
    public static MessageReceipt For(
        PreparedMessage message, SendOptions options, string status, string reason = "", int? httpStatus = null, int attempts = 0, DateTimeOffset? sentAt = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        return new MessageReceipt
        {
            Row = message.Row.Row,
            Account = message.Connection.Account,
            Provider = message.Connection.Provider.ToString(),
            ParticipantId = message.ParticipantId,
            StudyId = message.StudyId,
            GroupId = message.GroupId,
            Campaign = options.Campaign,
            Status = status,
            Reason = reason,
            Recipients = message.Recipients,
            HttpStatus = httpStatus,
            Attempts = attempts,
            SentAt = sentAt,
            BodyHash = message.Text.Hash,
            ConversationId = message.ConversationId,
            InputObject = message.Row.Source,
        };
    }

    /// <summary>The receipt of a row that did not pass the check, or of a good one whose list was held back.</summary>
    /// <param name="row">The row.</param>
    /// <param name="options">How it was to be sent.</param>
    /// <param name="status">One of <see cref="MessageStatus"/>.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The receipt.</returns>
    public static MessageReceipt For(CheckedRow row, SendOptions options, string status, string reason)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (row.Message is { } message) return For(message, options, status, reason);
        CheckNotes notes = row.Notes ?? new CheckNotes();
        ServiceConnection? connection = notes.Connection;
        RowRecipient recipient = row.Row.Recipient;
        return new MessageReceipt
        {
            Row = row.Row.Row,
            Account = connection?.Account ?? row.Row.Account ?? "",
            Provider = connection?.Provider.ToString() ?? "",
            ParticipantId = recipient.Kind == RecipientKind.Group ? "" : notes.ParticipantId.Length > 0 ? notes.ParticipantId : recipient.Id,
            GroupId = recipient.Kind == RecipientKind.Group ? recipient.Id : "",
            StudyId = notes.StudyId.Length > 0 ? notes.StudyId : row.Row.StudyId ?? "",
            Campaign = options.Campaign,
            Status = status,
            Reason = reason,
            Recipients = 1,
            BodyHash = notes.Text?.Hash ?? "",
            InputObject = row.Row.Source,
        };
    }
}

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

/// <summary>What became of one row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Receipt">Its receipt.</param>
/// <param name="Error">The error to report for it; null when there is none, or another row reports it.</param>
public sealed record SendResult(SendRow Row, MessageReceipt Receipt, MessagingException? Error = null)
{
    /// <summary>The text was another one when this person got the campaign's message.</summary>
    public bool TextHasChanged { get; init; }
}
