using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>The words for what went wrong with a message.</summary>
internal static partial class SendFailures
{
    /// <summary>Between claim and attempt so much time went by that another machine has given the claim up for lost.</summary>
    public static MessagingException NoLongerHeld() => new(
        MessagingErrorReason.LedgerUnavailable,
        "It had to wait for so long (this computer slept, or the ledger could not be reached) that another run has taken it over. It was not sent from here.",
        "Look with Get-SentMessage at what the other run made of it, and run the command again for those that are still open.");

    /// <summary>The result of a message that the ledger holds back.</summary>
    public static SendResult Blocked(PreparedMessage message, SentMessage entry, SendOptions options)
    {
        string when = (entry.SettledAt ?? entry.ClaimedAt).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        switch (entry.Status)
        {
            case MessageStatus.Unknown:
                string open = $"An earlier run ({when}) does not know whether this message arrived, so it is not sent again.";
                var error = new MessagingException(
                    MessagingErrorReason.OutcomeUnknown,
                    $"Row {message.Row.Row}: {open}",
                    "Run Get-SentMessage -Status Unknown | Resolve-SentMessage, which looks whether it arrived, then send again. Or send it again all the same with -ResendUnknown.")
                {
                    HttpStatus = entry.HttpStatus,
                };
                return new SendResult(message.Row, Receipts.For(message, options, MessageStatus.Unknown, open, entry.HttpStatus), error);
            case MessageStatus.Sending:
                return new SendResult(message.Row, Receipts.For(message, options, MessageStatus.Skipped,
                    $"Another run (process {entry.ProcessId} on {entry.HostName}) is sending this message right now."));
            default:
                bool changed = !string.Equals(entry.BodyHash, message.Text.Hash, StringComparison.OrdinalIgnoreCase);
                string sent = $"Already sent in campaign '{options.Campaign}' on {when}" + (changed ? ", with another text." : ".");
                return new SendResult(message.Row, Receipts.For(message, options, MessageStatus.Skipped, sent)) { TextHasChanged = changed };
        }
    }

    /// <summary>The error of one id that the service named when it refused a list.</summary>
    public static MessagingException RefusedId(PreparedMessage message, MessagingException refusal) => new(
        MessagingErrorReason.InvalidRecipient,
        $"Row {message.Row.Row}: Open Humans does not know the project member {message.ParticipantId}, or they have left the project.",
        "Compare the id with Get-Participant. It was taken out of the list; the receipts say who else was reached.",
        refusal)
    {
        HttpStatus = refusal.HttpStatus,
        Attempts = refusal.Attempts,
        ServiceMessage = refusal.ServiceMessage,
        Request = refusal.Request,
    };

    /// <summary>A refused bulk call whose text names a limit says so plainly.</summary>
    public static MessagingException Explain(MessagingException e, int people)
    {
        if (people < 2 || e.Reason != MessagingErrorReason.InvalidRequest) return e;
        bool limit = e.ServiceMessage is { } words && Limit().IsMatch(words);
        return new MessagingException(
            MessagingErrorReason.InvalidRequest,
            limit
                ? $"The service refused a list of {people} people because it is over its limit: {Sentence(e.ServiceMessage)}"
                : $"The service refused a list of {people} people as a whole: {Sentence(e.ServiceMessage ?? e.Message)}",
            limit
                ? "Send again with a smaller -BatchSize."
                : "Nobody of this list is counted as reached. Send again with -BatchSize 1 to find out which id it is.",
            e)
        {
            HttpStatus = e.HttpStatus,
            Attempts = e.Attempts,
            ServiceMessage = e.ServiceMessage,
            FieldErrors = e.FieldErrors,
            Request = e.Request,
        };
    }

    // The service's words end as they like, with a colon before an empty list, too.
    private static string Sentence(string? words) => (words ?? "").TrimEnd(' ', ':', '.', ',') + ".";

    [GeneratedRegex(@"(?=.*\d)(?=.*(limit|maximum|at most|no more than|too many|exceed))", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Limit();
}
