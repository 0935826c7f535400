using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>Makes receipts.</summary>
public static class Receipts
{
    /// <summary>The receipt of a row that passed the check.</summary>
    /// <param name="message">The message.</param>
    /// <param name="options">How it was sent.</param>
    /// <param name="outcome">What became of it.</param>
    /// <returns>The receipt.</returns>
    public static MessageReceipt For(PreparedMessage message, SendOptions options, CallOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(outcome);
        return new MessageReceipt
        {
            Row = message.Row.Row,
            Account = message.Connection.Account,
            Provider = message.Connection.ProviderName,
            ParticipantId = message.ParticipantId,
            StudyId = message.StudyId,
            GroupId = message.GroupId,
            Campaign = options.Campaign,
            Status = outcome.Status,
            Reason = outcome.Reason,
            Recipients = message.Recipients,
            HttpStatus = outcome.HttpStatus,
            Attempts = outcome.Attempts,
            SentAt = outcome.SentAt,
            BodyHash = message.Text.Hash,
            ConversationId = message.ConversationId,
            // A trial went to somebody of the lab: piped back, its receipt must not mean the row whose text it showed.
            InputObject = message.IsTrial ? null : message.Row.Source,
        };
    }

    /// <summary>The receipt of a row that passed the check and came to no call.</summary>
    /// <param name="message">The message.</param>
    /// <param name="options">How it was to be sent.</param>
    /// <param name="status">One of <see cref="MessageStatus"/>.</param>
    /// <param name="reason">Why.</param>
    /// <param name="httpStatus">HTTP status of the answer that it came from; null when there was none.</param>
    /// <returns>The receipt.</returns>
    public static MessageReceipt For(PreparedMessage message, SendOptions options, string status, string reason, int? httpStatus = null)
        => For(message, options, new CallOutcome(status, reason) { HttpStatus = httpStatus });

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
            Account = connection?.Account ?? row.Row.Content.Account ?? "",
            Provider = connection?.ProviderName ?? "",
            ParticipantId = recipient.Kind == RecipientKind.Group ? "" : notes.ParticipantId.Length > 0 ? notes.ParticipantId : recipient.Id,
            GroupId = recipient.Kind == RecipientKind.Group ? recipient.Id : "",
            StudyId = notes.StudyId.Length > 0 ? notes.StudyId : row.Row.Content.StudyId ?? "",
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

    /// <summary>Whether a row has had no result yet.</summary>
    /// <param name="row">Number of the row.</param>
    /// <returns>True when none was taken in.</returns>
    public bool IsMissing(int row) => row >= _next && !_waiting.ContainsKey(row);

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

/// <summary>What became of a call, for all of its messages alike.</summary>
/// <param name="Status">One of <see cref="MessageStatus"/>.</param>
/// <param name="Reason">Why; empty when it was sent without remark.</param>
/// <param name="Error">The error to report; null when there is none, or another call reports it.</param>
public sealed record CallOutcome(string Status, string Reason = "", MessagingException? Error = null)
{
    /// <summary>HTTP status of the last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How many times the call was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>When the service answered that it was sent, by our clock; null otherwise.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The same by the service's clock, whatever it answered; null when it did not say.</summary>
    public DateTimeOffset? ServiceTime { get; init; }

    /// <summary>What stopped all that was still to be sent; null when it is about these messages alone.</summary>
    public MessagingException? Stop { get; init; }

    /// <summary>The service has taken it: Prolific delivers, Open Humans only queues.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="provider">The service.</param>
    /// <returns>The outcome.</returns>
    public static CallOutcome Of(SendResponse answer, MessagingProvider provider)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return new CallOutcome(provider == MessagingProvider.Prolific ? MessageStatus.Sent : MessageStatus.Queued)
        {
            HttpStatus = answer.HttpStatus,
            Attempts = answer.Attempts,
            SentAt = answer.AnsweredAt,
            ServiceTime = answer.ServiceTime,
        };
    }

    /// <summary>The call failed, or its outcome is not known.</summary>
    /// <param name="status"><c>Failed</c> or <c>Unknown</c>.</param>
    /// <param name="error">Why.</param>
    /// <returns>The outcome.</returns>
    public static CallOutcome Of(string status, MessagingException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new CallOutcome(status, error.Message, error) { HttpStatus = error.HttpStatus, Attempts = error.Attempts, ServiceTime = error.ServiceTime };
    }

    /// <summary>What the ledger keeps of it.</summary>
    /// <param name="entryId">The claim's entry.</param>
    /// <returns>The ledger's record.</returns>
    public MessageOutcome For(long entryId) => new(entryId, Status, Reason, HttpStatus, Attempts) { ServiceTime = ServiceTime };
}

/// <summary>What became of one row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Receipt">Its receipt.</param>
/// <param name="Error">The error to report for it; null when there is none, or another row reports it.</param>
public sealed record SendResult(SendRow Row, MessageReceipt Receipt, MessagingException? Error = null)
{
    /// <summary>All rows that the error is about, when it is about more than this one; empty otherwise.</summary>
    public IReadOnlyList<SendRow> SharesErrorWith { get; init; } = [];

    /// <summary>
    /// What stopped all that was still to be sent (a token that is refused, a service that cannot be reached, a ledger that is gone, the time):
    /// the fault of no row. Null when there was none.
    /// </summary>
    public MessagingException? Stop { get; init; }

    /// <summary>Since when it is open whether an earlier run's message arrived, for one that is held back because of it; null otherwise.</summary>
    public DateTimeOffset? OpenSince { get; init; }

    /// <summary>This very text was received so recently that it was not sent again.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>The text was another one when this person got the campaign's message.</summary>
    public bool TextHasChanged { get; init; }

    /// <summary>What belongs before the error's text, so that it says whom it is about: <c>Row 3 (5b1b…): </c>; empty where the text says so itself.</summary>
    public string Lead
    {
        get
        {
            string label = Row.LabelOf(Receipt.ParticipantId.Length > 0 ? Receipt.ParticipantId : Row.Recipient.ShownId);
            if (Error is not { } error || label.Length == 0) return "";
            if (error.Message.StartsWith("Row", StringComparison.Ordinal) || error.Message.StartsWith(label, StringComparison.Ordinal)) return "";
            if (SharesErrorWith.Count > 1) return Row.IsListed ? $"Rows {Finding.Numbers(SharesErrorWith)}: " : "";
            return label + ": ";
        }
    }
}
