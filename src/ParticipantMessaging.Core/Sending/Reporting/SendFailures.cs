using System.Globalization;
using System.Text.RegularExpressions;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Sending;

/// <summary>The words for what went wrong with a message.</summary>
internal static partial class SendFailures
{
    /// <summary>Between claim and attempt so much time went by that another machine has given the claim up for lost.</summary>
    public static MessagingException NoLongerHeld() => new(
        MessagingErrorReason.LedgerUnavailable,
        "It had to wait for so long (this computer slept, or the ledger could not be reached) that another run has taken it over. It was not sent from here.",
        $"Look with {Wording.By(Job.ListSent)} at what the other run made of it, and run the command again for those that are still open.");

    /// <summary>The results of messages that the ledger holds back: one error for those of open outcome, at the first of them, where there are many.</summary>
    /// <param name="held">The messages and what stands in their way.</param>
    /// <param name="options">How it is sent.</param>
    /// <param name="sharedFrom">More rows than this share an error.</param>
    /// <returns>The results, made as they are taken where none has an error.</returns>
    public static IEnumerable<SendResult> Blocked(IReadOnlyList<(PreparedMessage Message, ClaimResult Answer)> held, SendOptions options, int sharedFrom)
    {
        var reasons = new SkipReasons(options);
        IEnumerable<SendResult> each = held.Select(h => Blocked(h.Message, h.Answer, options, reasons));
        if (!held.Any(static h => StatusOf(h.Answer) == MessageStatus.Unknown)) return each;
        List<SendResult> results = [.. each];
        int first = results.FindIndex(static r => r.Error is not null);
        List<SendRow> rows = [.. results.Where(static r => r.Error is not null).Select(static r => r.Row)];
        if (rows.Count <= sharedFrom) return results;
        MessagingException shared = OpenTogether(rows.Count, results.Select(static r => r.OpenSince));
        for (int i = 0; i < results.Count; i++)
        {
            if (results[i].Error is null) continue;
            results[i] = i == first ? results[i] with { Error = shared, SharesErrorWith = rows } : results[i] with { Error = null };
        }

        return results;
    }

    /// <summary>What a message comes to that the ledger holds back.</summary>
    public static string StatusOf(ClaimResult answer)
        => answer.BlockedPerson is null && answer.Blocking!.Status == MessageStatus.Unknown ? MessageStatus.Unknown : MessageStatus.Skipped;

    private static SendResult Blocked(PreparedMessage message, ClaimResult answer, SendOptions options, SkipReasons reasons)
    {
        MessageReceipt Receipt(string reason, int? httpStatus = null) => Receipts.For(message, options, StatusOf(answer), reason, httpStatus);
        if (answer.BlockedPerson is { } block) return new SendResult(message.Row, Receipt(BlockList.Why(block)));
        StandingEntry entry = answer.Blocking!;
        switch (entry.Status)
        {
            case MessageStatus.Unknown:
                string open = $"An earlier run ({Time(entry)}) does not know whether this message arrived, so it is not sent again.";
                return new SendResult(message.Row, Receipt(open, entry.HttpStatus), OpenOutcome(message.Row.Say(open), message.Connection.Provider))
                {
                    OpenSince = TimeOf(entry),
                };
            case MessageStatus.Sending:
                bool isHere = entry.ProcessId == Environment.ProcessId && string.Equals(entry.HostName, Environment.MachineName, StringComparison.OrdinalIgnoreCase);
                return new SendResult(message.Row, Receipt(isHere
                    ? "This person is being sent this message right now: another row means the same one (by another account of the same researcher, say), or another command in this session does."
                    : $"Another run (process {entry.ProcessId} on {entry.HostName}) is sending this message right now."));
            default:
                bool isAnswer = message.ReplyTo.Count > 0;
                bool isRepeat = !isAnswer && options.Campaign.Length == 0;
                bool hasChanged = !isAnswer && !isRepeat && !string.Equals(entry.BodyHash, message.Text.Hash, StringComparison.OrdinalIgnoreCase);
                return new SendResult(message.Row, Receipt(reasons.Of(TimeOf(entry), isAnswer, hasChanged))) { IsRepeat = isRepeat, TextHasChanged = hasChanged };
        }
    }

    // The thousands of a bulk call were sent at one moment: what is said of it is said in the same words, made once.
    private sealed class SkipReasons(SendOptions options)
    {
        private (DateTimeOffset Time, bool IsAnswer, bool HasChanged) _of;
        private string? _last;

        public string Of(DateTimeOffset time, bool isAnswer, bool hasChanged)
        {
            if (_last is not null && _of == (time, isAnswer, hasChanged)) return _last;
            _of = (time, isAnswer, hasChanged);
            string when = TimeText.Shown(time);
            return _last = isAnswer ? $"Already answered on {when}."
                : options.Campaign.Length == 0 ? $"Got this very text on {when} already."
                : $"Already sent in campaign '{options.Campaign}' on {when}" + (hasChanged ? ", with another text." : ".");
        }
    }

    /// <summary>The error of many messages whose outcome earlier runs left open.</summary>
    /// <param name="count">How many.</param>
    /// <param name="times">Since when; some of them are enough.</param>
    /// <param name="lead">What the text begins with.</param>
    public static MessagingException OpenTogether(int count, IEnumerable<DateTimeOffset?> times, string lead = "")
    {
        string[] shown = [.. times.OfType<DateTimeOffset>().Select(static time => TimeText.Shown(time)).Distinct().Take(2)];
        string runs = shown.Length == 1 ? $"An earlier run ({shown[0]}) does" : "Earlier runs do";
        return OpenOutcome(string.Create(CultureInfo.InvariantCulture, $"{lead}{runs} not know whether these {count:N0} messages arrived, so they are not sent again."), null);
    }

    private static DateTimeOffset TimeOf(StandingEntry entry) => entry.SettledAt ?? entry.ClaimedAt;

    private static string Time(StandingEntry entry) => TimeText.Shown(TimeOf(entry));

    // Without the HTTP status of then, which is in the receipt: this error's kind is the same whatever it was that broke the call off.
    private static MessagingException OpenOutcome(string message, MessagingProvider? provider)
    {
        // Open Humans keeps no messages that could be looked at.
        string byHand = $"what went over Open Humans cannot be looked up and is settled {Wording.By(Job.SettleByHand)}";
        string looks = $"Run {Wording.By(Job.FindUnknown)}, which looks whether it arrived";
        string first = provider switch
        {
            MessagingProvider.OpenHumans => $"Ask the person: {byHand}",
            MessagingProvider.Prolific => looks,
            _ => $"{looks} ({byHand})",
        };
        return new MessagingException(MessagingErrorReason.OutcomeUnknown, message, $"{first}; then send again. Or send it again all the same with {Wording.Option("ResendUnknown")}.");
    }

    /// <summary>It is not known whether a conversation's first message has arrived, and nothing sends it again before that is settled.</summary>
    public static MessagingException OpenBefore(StandingEntry entry) => new(
        MessagingErrorReason.OutcomeUnknown,
        $"An earlier run ({Time(entry)}) does not know whether this message reached {entry.ParticipantId}, so it is not sent again.",
        $"Run {Wording.By(Job.FindUnknown)}, which looks whether it arrived. If it did not, run this command again.");

    /// <summary>A conversation's first message was sent lately, is being sent by another run, or it is not known whether it was.</summary>
    public static MessagingException HeldBack(StandingEntry entry) => entry.Status switch
    {
        MessageStatus.Unknown => OpenBefore(entry),
        MessageStatus.Sending => new(
            MessagingErrorReason.InvalidRequest,
            $"Another run (process {entry.ProcessId} on {entry.HostName}) is sending this message to {entry.ParticipantId} right now, so no second conversation was started.",
            $"Look with {Wording.By(Job.ListSent)} at what that run makes of it."),
        _ => new(
            MessagingErrorReason.InvalidRequest,
            $"{entry.ParticipantId} got this very message on {Time(entry)} already, so no second conversation was started.",
            "If it is another message, give it another subject or text."),
    };

    /// <summary>Whom a group or all-members send would reach could not be asked.</summary>
    public static MessagingException NotLookedUp(PreparedMessage message, MessagingException failure) => failure.Saying(
        $"Not sent: before it, {(message.Kind == RecipientKind.Group ? $"the participant group {message.GroupId}" : "the project")} could not be looked up. {failure.Message}",
        innerException: failure);

    /// <summary>No text of a list can go to the one whom a trial names.</summary>
    /// <param name="testTo">Whom it names.</param>
    public static MessagingException NoTrial(string testTo) => new(
        MessagingErrorReason.InvalidRequest,
        $"No trial was sent: {testTo} is an id of {(RecipientId.IsProlific(testTo) ? "Prolific, and no row has a text that could go to one person there (for a study)" : "Open Humans, and no row has a text that could go there")}.",
        "Give an id of your own at the service that the list is for; a text for a Prolific group wants its study besides.");

    /// <summary>No call is made any more.</summary>
    public static MessagingException TooLate(DateTimeOffset end) => new(
        MessagingErrorReason.Timeout,
        $"Not sent: too late, it was to end at {TimeText.Shown(end)}.",
        "Run the same command again when it may be sent: it goes on with the rest.");

    /// <summary>Something that nobody thought of, in the middle of a call.</summary>
    public static MessagingException Unforeseen(Exception cause) => new(
        MessagingErrorReason.OutcomeUnknown,
        $"This should not have happened ({cause.GetType().Name}: {cause.Message.TrimEnd('.')}). The message may or may not have been sent, so it is not repeated.",
        $"Settle it with {Wording.By(Job.SettleUnknown)} before you send it again, and please report what happened (without texts and tokens).",
        cause)
    {
        Effect = CallEffect.Unknown,
    };

    /// <summary>One call after the other ended without a clear answer: nothing further is tried.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="last">How the last of them ended.</param>
    public static MessagingException NoClearAnswer(ServiceConnection connection, MessagingException last) => new(
        MessagingErrorReason.ServiceUnavailable,
        $"Nothing further is sent with the account '{connection.Account}': one call after the other ended without a clear answer (the last one: {last.Message.TrimEnd('.')}).",
        $"Try again when the service works: the same command goes on with the rest. What became of the calls that were made is to be settled first: {Wording.By(Job.FindUnknown)}.",
        last)
    {
        HttpStatus = last.HttpStatus,
    };

    /// <summary>The service would take everything, and nobody would get it.</summary>
    /// <param name="connection">The account.</param>
    public static MessagingException NothingArrives(ServiceConnection connection) => new(
        MessagingErrorReason.InvalidRequest,
        $"Nothing is sent with the account '{connection.Account}': the service would call it queued, and nobody would get it.",
        $"Do what the warning says; {Wording.By(Job.TryAccount)} shows whether it is mended. {Wording.Option("Force")} sends all the same.");

    /// <summary>Something that nobody thought of, before anything left.</summary>
    public static MessagingException NotForeseen(Exception cause) => new(
        MessagingErrorReason.InvalidRequest,
        $"This should not have happened ({cause.GetType().Name}): {cause.Message.TrimEnd('.')}.",
        $"Please report it with the command that you ran (without texts and tokens) and {Wording.By(Job.ShowCause)}.",
        cause);

    /// <summary>What is added to the reason of a message whose outcome is not on the disk.</summary>
    public const string NotNotedReason = "The ledger could not note this: unless it could by the end of the run, the next one will take it for unknown.";

    /// <summary>The ledger does not take an outcome.</summary>
    public static MessagingException NotNoted(Exception cause) => cause as MessagingException ?? new MessagingException(
        MessagingErrorReason.LedgerUnavailable,
        $"The ledger could not note what became of a message ({cause.GetType().Name}: {cause.Message.TrimEnd('.')}).",
        "Nothing more was sent. Look at the ledger, then run the command again.",
        cause);

    /// <summary>The same, of the message whose outcome it was.</summary>
    /// <param name="failure">Why it is not on the disk.</param>
    /// <param name="status">What became of the message.</param>
    public static MessagingException NotNotedOf(MessagingException failure, string status) => failure.Saying(
        status is MessageStatus.Sent or MessageStatus.Queued
            ? $"The message was sent, but the ledger could not note it: unless it can by the end of the run, the next one takes it for unknown. {failure.Message}"
            : $"The ledger could not note what became of the message ({status}): unless it can by the end of the run, the next one takes it for unknown. {failure.Message}",
        innerException: failure);

    /// <summary>The ledger cannot be used at all, whatever it was that stood in its way (a vault, a setting, a driver).</summary>
    public static MessagingException NoLedger(Exception cause) => cause is MessagingException { Reason: MessagingErrorReason.LedgerUnavailable } known ? known : new MessagingException(
        MessagingErrorReason.LedgerUnavailable,
        $"The ledger cannot be used: {cause.Message.TrimEnd('.')}.",
        (cause as MessagingException)?.RecommendedAction ?? "Look at the ledger's settings.",
        cause);

    /// <summary>The error of ids that the service named when it refused a call.</summary>
    /// <param name="bad">Their messages.</param>
    /// <param name="people">How many people the call was for.</param>
    /// <param name="reachesNobody">The others are sent to without them.</param>
    /// <param name="othersAreUnknown">It is not known who of the others has the message although the list was refused.</param>
    /// <param name="refusal">The refusal.</param>
    public static MessagingException RefusedIds(
        IReadOnlyList<PreparedMessage> bad, int people, bool reachesNobody, bool othersAreUnknown, MessagingException refusal)
    {
        bool isProlific = bad[0].Connection.Provider == MessagingProvider.Prolific;
        string rows = bad.Count == 1 ? bad[0].Row.Label : $"Rows {Named(bad.Select(static m => m.Row.Row.ToString(CultureInfo.InvariantCulture)))}";
        string who = $"{(isProlific ? "Prolific does not know" : "Open Humans does not know")} {Named(bad.Select(static m => m.ParticipantId))}";
        string message = reachesNobody
            ? $"{rows}: {who}, or they have left the project."
            : othersAreUnknown ? $"{rows}: {who}, and refused the list of {people.ToString(CultureInfo.InvariantCulture)} people ({Sentence(refusal.ServiceMessage).TrimEnd('.')})."
            : $"{rows}: {who}, and refused the list of {people.ToString(CultureInfo.InvariantCulture)} people as a whole ({Sentence(refusal.ServiceMessage).TrimEnd('.')}). Nobody of it is counted as reached; whether a refused list reaches some of its people is not documented.";
        return refusal.Saying(
            message,
            reachesNobody
                ? $"Compare the id with {Wording.By(Job.ListPeople)}. It was taken out of the list; the receipts say who else was reached."
                : othersAreUnknown ? $"Mend or delete what is named. First settle the others of the list, which are Unknown: {Wording.By(Job.FindUnknown)}; then send the list again."
                : $"Mend or delete what is named and send the list again. Where nobody may get it twice, look first with {Wording.By(Job.ReadHistory)} whether one of the others has it.",
            refusal,
            MessagingErrorReason.InvalidRecipient);
    }

    /// <summary>The service refused a list, and somebody of it has the message: of the others nobody knows.</summary>
    /// <param name="reached">Who has it.</param>
    /// <param name="refusal">The refusal.</param>
    public static MessagingException ReachedAllTheSame(PreparedMessage reached, MessagingException refusal) => refusal.Saying(
        $"The service refused the list ({Sentence(refusal.ServiceMessage ?? refusal.Message).TrimEnd('.')}), but {reached.Row.Label} has the message all the same. Who else has it is not known, so it is not repeated.",
        $"{Wording.By(Job.FindUnknown)} looks for each of them; then the same command goes on with those who have nothing.",
        refusal,
        MessagingErrorReason.OutcomeUnknown,
        CallEffect.Unknown);

    /// <summary>The service refused a list, and does not say whether somebody of it has the message all the same.</summary>
    /// <param name="refusal">The refusal.</param>
    public static MessagingException NotLookedAfter(MessagingException refusal) => refusal.Saying(
        $"The service refused the list ({Sentence(refusal.ServiceMessage ?? refusal.Message).TrimEnd('.')}). Whether a refused list reaches some of its people is not documented, and the service does not say whether somebody has it, so it is not repeated.",
        $"{Wording.By(Job.FindUnknown)} looks for each of them; then the same command goes on with those who have nothing.",
        refusal,
        MessagingErrorReason.OutcomeUnknown,
        CallEffect.Unknown);

    /// <summary>A campaign that nobody has a message of, and one with entries that nobody can tell from it by its name.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="alike">The others; not empty.</param>
    /// <param name="connection">The account.</param>
    public static MessagingException LooksLikeAnother(string campaign, IReadOnlyList<string> alike, ServiceConnection connection) => new(
        MessagingErrorReason.InvalidRequest,
        $"With account '{connection.Account}' nothing was sent in a campaign {CampaignName.Describe(campaign)} yet, but in one whose name looks the same: {Named(alike.Select(CampaignName.Describe))}. Who has the message of that one would get another.",
        $"If that one is meant, name it as it is written there: {Wording.By(Job.NameCampaign, alike[0])}. If not, choose a name that can be told apart; {Wording.Option("Force")} sends with this one.");

    /// <summary>Why a message of a refused call failed that was not at fault itself.</summary>
    public static string RefusedWithOthers(PreparedMessage bad)
        => $"The service refused the whole list because of row {bad.Row.Row.ToString(CultureInfo.InvariantCulture)} ({bad.ParticipantId}); whether a refused list reaches some of its people is not documented.";

    /// <summary>A refused call in the words of what it was to do: a path of the service tells nobody which id is wrong.</summary>
    public static MessagingException Explain(MessagingException e, IReadOnlyList<PreparedMessage> messages)
    {
        if (messages.Count == 1) return ExplainOne(e, messages[0]);
        if (e.Reason is not (MessagingErrorReason.InvalidRequest or MessagingErrorReason.NotFound)) return e;
        bool limit = e.ServiceMessage is { } words && Limit().IsMatch(words);
        // The study is one for the whole list: no id of it is at fault.
        bool study = e.FieldErrors.Keys.Any(static field => field.Equals("study_id", StringComparison.OrdinalIgnoreCase));
        string list = $"a list of {messages.Count.ToString(CultureInfo.InvariantCulture)} people{About(messages[0].StudyId)}";
        return e.Saying(
            limit
                ? $"The service refused {list} because it is over its limit: {Sentence(e.ServiceMessage)}"
                : $"The service refused {list} as a whole: {Sentence(e.ServiceMessage ?? e.Message)}",
            limit ? $"Send again with a smaller {Wording.Option("BatchSize")}."
                : study ? "Nobody of this list is counted as reached. Look the study's id up at the service (it is in the study's address), and run the same command with it."
                : $"Nobody of this list is counted as reached. Send again with {Wording.Option("BatchSize")} 1 to find out which id it is.",
            e);
    }

    // The person is named by whoever tells it, beside the row: a receipt's reason stands beside both already.
    private static MessagingException ExplainOne(MessagingException e, PreparedMessage message)
    {
        (string what, string whom) = message.Kind switch
        {
            RecipientKind.Group => ("the message to this participant group", "group"),
            RecipientKind.AllMembers => ("the message to all members", "project"),
            _ => ("the message", "person"),
        };
        if (message.StudyId.Length > 0) whom += message.ConversationId.Length > 0 ? ", the study" : " or the study";
        if (message.ConversationId.Length > 0) whom += " or the conversation";
        return Refused(e, message.Connection, what, message.StudyId, $"the {whom} does not exist, or account '{message.Connection.Account}' may not see it") ?? e;
    }

    /// <summary>A conversation that the service does not start.</summary>
    /// <returns>Null for a failure that is no refusal of it.</returns>
    public static MessagingException? NotStarted(MessagingException e, ServiceConnection connection, string participantId, string studyId) => Refused(
        e,
        connection,
        $"the conversation with {participantId}",
        studyId,
        $"the person{(studyId.Length > 0 ? " or the study" : "")} does not exist, or account '{connection.Account}' may not see it, or the feature is not switched on for this workspace");

    // What was refused before a call says itself what it is about. A path that Open Humans does not know is a wrong address.
    private static MessagingException? Refused(MessagingException e, ServiceConnection connection, string what, string study, string notFound)
    {
        bool isProlific = connection.Provider == MessagingProvider.Prolific;
        bool isNotFound = isProlific && e.Reason == MessagingErrorReason.NotFound;
        if (e.HttpStatus is not { } status || (!isNotFound && e.Reason != MessagingErrorReason.InvalidRequest)) return null;
        string said = e.ServiceMessage is { } words ? ": " + Sentence(words).TrimEnd('.') : "";
        string refusal = string.Create(CultureInfo.InvariantCulture, $"{(isProlific ? "Prolific" : "Open Humans")} refuses {what}{About(study)} (HTTP {status}{said})");
        if (!isNotFound) return e.Saying(refusal + ".");
        return e.Saying($"{refusal}: {notFound}.", study.Length > 0 ? "Check both ids, and that the account is the one that owns the study." : null);
    }

    private static string About(string study) => study.Length > 0 ? $" about study {study}" : "";

    private static string Named(IEnumerable<string> values)
    {
        List<string> all = [.. values];
        return string.Join(", ", all.Take(20)) + (all.Count > 20 ? $" and {(all.Count - 20).ToString(CultureInfo.InvariantCulture)} more" : "");
    }

    // The service's words end as they like, with a colon before an empty list, too.
    private static string Sentence(string? words) => (words ?? "").TrimEnd(' ', ':', '.', ',') + ".";

    [GeneratedRegex(@"(?=.*\d)(?=.*(limit|maximum|at most|no more than|too many|exceed))", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Limit();
}
