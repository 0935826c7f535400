using System.Globalization;

namespace ParticipantMessaging.Ledger;

/// <summary>The words for what can go wrong with a ledger.</summary>
internal static class LedgerErrors
{
    public static MessagingException Unavailable(string message, string recommendedAction, Exception? cause = null)
        => new(MessagingErrorReason.LedgerUnavailable, message, recommendedAction, cause);

    public static MessagingException Newer(string location, long version, int known)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"The ledger {location} was written by a newer version of ParticipantMessaging (its format is {version}; this version knows {known})."),
            "Update the module here (Update-PSResource ParticipantMessaging), or choose another ledger with Set-MessageLedger.");

    public static MessagingException Foreign(string location)
        => Unavailable(
            $"{location} is a database, but not a ledger of ParticipantMessaging. It was left as it is.",
            "Choose another file with Set-MessageLedger -Path.");

    public static MessagingException EntriesLost(string location, long count)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"The ledger {location} no longer has {count} of the entries that this run has claimed: they were deleted, or the database has lost what it said it had written."),
            "Send nothing further before you know why. What was sent from here is in the receipts; Get-SentMessage shows what the ledger has.");

    public static MessagingException NotOpen()
        => Unavailable("The ledger is not open.", "Open it before use, and do not use it after it was closed.");
}
