using System.Globalization;

namespace ParticipantMessaging.Ledger;

/// <summary>The words for what can go wrong with a ledger.</summary>
internal static class LedgerErrors
{
    public static string ChooseAnotherFile => $"Choose another file with {Wording.By(Job.ChooseLedger, "Path")}.";

    public static MessagingException Unavailable(string message, string recommendedAction, Exception? cause = null)
        => new(MessagingErrorReason.LedgerUnavailable, message, recommendedAction, cause);

    public static MessagingException Newer(string location, long version, int known)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"The ledger {location} was written by a newer version of ParticipantMessaging (its format is {version}; this version knows {known})."),
            $"Update the module here ({Wording.By(Job.Update)}), or choose another ledger with {Wording.By(Job.ChooseLedger)}.");

    public static MessagingException EarlierVersionAtWork(string location, RunIdentity run)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"The ledger {location} is to be taken over from an earlier version of ParticipantMessaging, and a run of that version is still at work in it (process {run.ProcessId} on {run.HostName}). What it writes from now on would not be found."),
            "Wait until that run has ended, or stop it; then do the same again.");

    public static MessagingException AtWork(string location, RunIdentity run)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"Nothing was copied: a run is still at work in the ledger {location} (process {run.ProcessId} on {run.HostName}). Whom it sends to from now on would be missing in the copy."),
            "Wait until that run has ended; then do the same again.");

    public static MessagingException Foreign(string location)
        => Unavailable(
            $"{location} is a database, but not a ledger of ParticipantMessaging. It was left as it is.",
            ChooseAnotherFile);

    public static MessagingException WithoutTables(string location)
        => Unavailable(
            $"The ledger {location} has no tables: it was never finished, or its log (-wal) was lost.",
            "Restore the ledger from a backup, all of its files together (docs/reliability.md says how). Only if it never held an entry: delete what is left of it, and a new one is begun; nothing is known then of who already has a message.");

    public static MessagingException TooSlowForStop(string location)
        => Unavailable(
            $"The ledger {location} did not answer within two seconds of the stop.",
            $"What was not written becomes Unknown at the next run; {Wording.By(Job.SettleUnknown)} settles it then.");

    public static MessagingException EntriesLost(string location, long count)
        => Unavailable(
            string.Create(CultureInfo.InvariantCulture, $"The ledger {location} no longer has {count} of the entries that this run has claimed: they were deleted, or the database has lost what it said it had written."),
            $"Send nothing further before you know why. What was sent from here is in the receipts; {Wording.By(Job.ListSent)} shows what the ledger has.");

    public static MessagingException NotOpen()
        => Unavailable("The ledger is not open.", "Open it before use, and do not use it after it was closed.");
}
