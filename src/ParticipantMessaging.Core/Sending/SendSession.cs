using System.Globalization;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>
/// One send from start to end: check, confirm, plan, send. A whole list at once with <see cref="SendListAsync"/>, or row by row with
/// <see cref="SendRowAsync"/>. Every row that goes in comes out as one result, in the order of the rows; after rows were taken, nothing but a
/// stop throws.
/// </summary>
public sealed class SendSession : IAsyncDisposable
{
    private const string HeldBack = "Not sent, because other rows have findings.";
    private const int NamedRows = 20;
    private const int ReceiptsAtOnce = 500;
    private static readonly TimeSpan _countdown = TimeSpan.FromSeconds(1);

    private readonly SendOptions _options;
    private readonly ISendConsole _console;
    private readonly Func<CancellationToken, Task<IMessageLedger>> _openLedger;
    private readonly Func<ServiceConnection, IMessageGateway> _gateways;
    private readonly TimeProvider _time;
    private readonly Func<string?, AccountLookup> _accounts;
    private readonly Dictionary<ServiceConnection, Task<AccountIdentity>> _identities = [];
    private ListCheck _check;
    private readonly List<(int First, int Later)> _differentTexts = [];
    private IMessageLedger? _ledger;
    private MessageSender? _sender;
    private readonly StreamErrors _streamErrors = new();
    private readonly HashSet<ServiceConnection> _checkedAccounts = [];
    private readonly Dictionary<ServiceConnection, MessagingException?> _lookAlikes = [];
    private readonly HashSet<ServiceConnection> _warnedOf = [];
    private IReadOnlyList<SendRow> _rows = [];
    private CheckReport? _report;
    private int _taken;
    private int _changedTexts;
    private int _repeats;
    private int _subjectsLeftOut;
    private readonly List<PreparedMessage> _sentAgain = [];
    private readonly HashSet<ServiceConnection> _adopted = [];
    private MessagingException? _ledgerFailure;
    private BlockList? _blocks;

    /// <summary>Starts a session.</summary>
    /// <param name="options">How to send.</param>
    /// <param name="console">Who watches.</param>
    /// <param name="accounts">Finds an account by name; null stands for the default.</param>
    /// <param name="openLedger">Opens the ledger; called at most once, before anything leaves. The session disposes of it.</param>
    /// <param name="gateways">The gateway of an account; null for the real services.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public SendSession(
        SendOptions options,
        ISendConsole console,
        Func<string?, AccountLookup> accounts,
        Func<CancellationToken, Task<IMessageLedger>> openLedger,
        Func<ServiceConnection, IMessageGateway>? gateways = null,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(openLedger);
        _options = options;
        _console = console;
        _openLedger = openLedger;
        _gateways = gateways ?? MessageGateways.Create();
        _time = time ?? TimeProvider.System;
        _accounts = accounts;
        _check = new ListCheck(options, accounts);
    }

    /// <summary>How far it has come. A stop is told by whoever stopped it: nothing that is watched by then is sure to be seen.</summary>
    public SendStop SoFar => new(_sender?.Sent ?? 0, _sender?.Unknown ?? 0, _taken) { Before = _sender?.Before ?? 0, OpenBefore = _sender?.OpenBefore ?? 0 };

    /// <summary>After a stop, what is left of a list: rows that have no message, of which no outcome says more and which were not left out on purpose, and why. A trial leaves nothing.</summary>
    public IReadOnlyList<(SendRow Row, string Reason)> Left()
    {
        const string stopped = "Not sent: the run was stopped.";
        if (_options.TestTo.Length > 0) return [];
        IEnumerable<(SendRow Row, string Reason)> left = _report is not { } report
            ? _rows.Select(static row => (row, stopped))
            : report.Rows
                .Where(static row => row.Block is null && row.DuplicateOf is null)
                .Select(row => (row.Row, row.Message is null ? Reason(row) : report.IsClean || _options.SkipInvalid ? stopped : HeldBack));
        return [.. left.Where(static row => row.Row.Status is null or MessageStatus.Failed)];
    }

    /// <summary>Checks a whole list, and sends it when it is clean (or with <see cref="SendOptions.SkipInvalid"/> what of it is).</summary>
    /// <param name="rows">The rows, numbered without a gap.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Completes when every row has its result.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; what was in flight is settled or marked <c>Unknown</c>.</exception>
    public async Task SendListAsync(IReadOnlyList<SendRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) return;
        _rows = rows;
        var output = new Output(_console, rows[0].Row, Note);
        await EveryRowAsync(rows, output, () => CheckAndSendAsync(rows, output, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckAndSendAsync(IReadOnlyList<SendRow> rows, Output output, CancellationToken cancellationToken)
    {
        CheckReport report = _report = await CheckListAsync(rows, cancellationToken).ConfigureAwait(false);
        foreach (Finding finding in report.Findings) await _console.FindingAsync(finding).ConfigureAwait(false);
        if (!report.IsClean && !_options.SkipInvalid)
        {
            await HoldBackAsync(report, output).ConfigureAwait(false);
            return;
        }

        if (_options.TestTo.Length > 0)
        {
            await SendTrialAsync(report, cancellationToken).ConfigureAwait(false);
            return;
        }

        _differentTexts.AddRange(report.DifferentTexts);
        await WarnOfDifferentTextsAsync().ConfigureAwait(false);
        _subjectsLeftOut = report.Rows.Count(HasNoPlaceForSubject);
        await WarnOfSubjectsAsync().ConfigureAwait(false);
        var messages = new List<PreparedMessage>(rows.Count);
        var settled = new List<SendResult>();
        foreach (CheckedRow row in report.Rows)
        {
            if (Settled(row) is { } result) settled.Add(result);
            else messages.Add(row.Message!);
        }

        await output.AddAsync(settled).ConfigureAwait(false);
        await SendCheckedAsync(messages, output, splitKnown: true, cancellationToken).ConfigureAwait(false);
        await WarnOfChangedTextsAsync().ConfigureAwait(false);
        await WarnOfRepeatsAsync().ConfigureAwait(false);
    }

    // The ledger opens, and its entries are compared with their indexes, while the list is checked and while the service says who the accounts are:
    // in a new process each takes a tenth of a second, and for 100,000 entries or rows more than that.
    private async Task<CheckReport> CheckListAsync(IReadOnlyList<SendRow> rows, CancellationToken cancellationToken)
    {
        var opening = Task.Run(
            async () =>
            {
                await ReadBlocksAsync(cancellationToken).ConfigureAwait(false);
                _ledger?.CheckAhead();
            },
            cancellationToken);
        CheckReport report;
        try
        {
            report = _check.CheckAll(rows);
            // A list that is refused asks nobody.
            if (report.IsClean || _options.SkipInvalid) AskWhoTheyAre(report, cancellationToken);
        }
        finally
        {
            await opening.ConfigureAwait(false);
        }

        // Few lists have blocked people: those are checked once more, without them.
        if (_blocks is not { IsEmpty: false } blocks || !report.Rows.Any(row => IsOneOf(blocks, row))) return report;
        _check = new ListCheck(_options, _accounts) { Blocks = blocks };
        return _check.CheckAll(rows);
    }

    private static bool IsOneOf(BlockList blocks, CheckedRow row) => row.Row.Recipient.Kind == RecipientKind.Person
        && (blocks.Find(row.Row.Recipient.Id) ?? blocks.Find(row.Message?.ParticipantId ?? row.Notes?.ParticipantId)) is not null;

    private void AskWhoTheyAre(CheckReport report, CancellationToken cancellationToken)
    {
        foreach (ServiceConnection connection in report.Rows.Select(static row => row.Message?.Connection).OfType<ServiceConnection>().Distinct())
        {
            if (connection.Identity is null) _identities.TryAdd(connection, FindIdentityAsync(connection, cancellationToken));
        }
    }

    private Task<AccountIdentity> FindIdentityAsync(ServiceConnection connection, CancellationToken cancellationToken)
        => AccountIdentities.Shared.FindAsync(connection, _gateways(connection).GetIdentityAsync, cancellationToken);

    // The first good row's text goes to somebody of the lab, and counts for nothing: one receipt.
    private async Task SendTrialAsync(CheckReport report, CancellationToken cancellationToken)
    {
        if (report.TrialFor(_options.TestTo) is not { } first)
        {
            if (report.Rows.Any(static row => row.Message is not null)) await _console.ErrorAsync(SendFailures.NoTrial(_options.TestTo), []).ConfigureAwait(false);
            return;
        }

        if (report.Rows.Any(row => row.Message is { Kind: RecipientKind.Person } message && message.ParticipantId == _options.TestTo))
        {
            await _console.WarningAsync($"{_options.TestTo} is on the list: this person gets the trial and, with the list, the message as well. A trial goes to somebody of the lab.").ConfigureAwait(false);
        }

        var trial = new PreparedMessage
        {
            Row = first.Row,
            Connection = first.Connection,
            Kind = RecipientKind.Person,
            RecipientId = _options.TestTo,
            StudyId = first.StudyId,
            Text = first.Text,
            IsTrial = true,
        };
        _taken = 1;
        await SendCheckedAsync([trial], new Output(_console, first.Row.Row, Note), splitKnown: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks one row and sends it at once. A row with findings fails, the others go on.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Completes when the row has its result.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task SendRowAsync(SendRow row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        var output = new Output(_console, row.Row, result => _streamErrors.Keep(Note(result)));
        await EveryRowAsync([row], output, () => CheckAndSendAsync(row, output, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckAndSendAsync(SendRow row, Output output, CancellationToken cancellationToken)
    {
        await ReadBlocksAsync(cancellationToken).ConfigureAwait(false);
        _check.Blocks = _blocks ?? BlockList.Empty;
        CheckedRow checkedRow = _check.CheckStreamed(row);
        foreach (Finding finding in checkedRow.Findings.Where(_streamErrors.IsNews)) await _console.FindingAsync(finding).ConfigureAwait(false);
        if (HasNoPlaceForSubject(checkedRow)) _subjectsLeftOut++;
        if (checkedRow.OtherTextInRow is { } first && _differentTexts.Count < NamedRows) _differentTexts.Add((first, row.Row));
        if (Settled(checkedRow) is { } result) await output.AddAsync(result).ConfigureAwait(false);
        else await SendCheckedAsync([checkedRow.Message!], output, splitKnown: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a stream of rows: says what is to be said about all of them.</summary>
    /// <param name="cancellationToken">Stops what is still written then.</param>
    /// <returns>Completes when it is said.</returns>
    public async Task EndStreamAsync(CancellationToken cancellationToken = default)
    {
        await NoteLateAsync(cancellationToken).ConfigureAwait(false);
        await _streamErrors.TellAsync(_console).ConfigureAwait(false);
        await WarnOfDifferentTextsAsync().ConfigureAwait(false);
        await WarnOfSubjectsAsync().ConfigureAwait(false);
        await WarnOfChangedTextsAsync().ConfigureAwait(false);
        await WarnOfRepeatsAsync().ConfigureAwait(false);
        await WarnOfSentAgainAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_ledger is not null) await _ledger.DisposeAsync().ConfigureAwait(false);
        _ledger = null;
    }

    // Whatever happens but a stop: each row that was taken gets its receipt.
    private async Task EveryRowAsync(IReadOnlyList<SendRow> rows, Output output, Func<Task> send, CancellationToken cancellationToken)
    {
        _taken += rows.Count;
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (Exception e) when (!output.IsBroken && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            // While calls are made the sender sees to their rows; what comes here has not left.
            MessagingException error = e as MessagingException ?? SendFailures.NotForeseen(e);
            await _console.ErrorAsync(error, [rows[0]]).ConfigureAwait(false);
            await output.AddAsync(rows.Where(output.IsMissing).ToList()
                .Select(row => new SendResult(row, Receipts.For(new CheckedRow(row, null), _options, MessageStatus.Failed, "Not sent: " + error.Message)))).ConfigureAwait(false);
        }
    }

    private async Task HoldBackAsync(CheckReport report, Output output)
    {
        string count = report.InvalidRows == 1 ? "1 row has" : $"{report.InvalidRows} rows have";
        await output.AddAsync(report.Rows.Select(row => row.Block is not null ? Settled(row)! : new SendResult(row.Row, row.Message is null
            ? Receipts.For(row, _options, MessageStatus.Failed, Reason(row))
            : Receipts.For(row, _options, MessageStatus.Failed, HeldBack)))).ConfigureAwait(false);

        // A locked vault or a file that is no list is mended in no row.
        await _console.ErrorAsync(
            report.Findings.All(static finding => finding.IsOfWholeList)
                ? new MessagingException(
                    MessagingErrorReason.ListNotSent,
                    $"Nothing was sent to {(report.Rows.Count == 1 ? "the one row" : $"any of the {report.Rows.Count} rows")}, for the reason above.",
                    "Do what is said there, and run the same command again.")
                : new MessagingException(
                    MessagingErrorReason.ListNotSent,
                    $"Nothing was sent: {count} findings ({report.Findings.Count} in all, reported above) in a list of {report.Rows.Count}.",
                    "Mend the rows and run the same command again."),
            []).ConfigureAwait(false);
    }

    private SendResult? Settled(CheckedRow row)
    {
        if (row.Block is { } block) return new SendResult(row.Row, Receipts.For(row, _options, MessageStatus.Skipped, BlockList.Why(block)));
        if (row.Message is null) return new SendResult(row.Row, Receipts.For(row, _options, MessageStatus.Failed, Reason(row)));
        return row.DuplicateOf is { } first
            ? new SendResult(row.Row, Receipts.For(row.Message, _options, MessageStatus.Skipped, $"Same person and text as row {first}."))
            : null;
    }

    private async Task SendCheckedAsync(List<PreparedMessage> passed, Output output, bool splitKnown, CancellationToken cancellationToken)
    {
        IReadOnlyList<PreparedMessage> messages = passed;
        try
        {
            messages = await IdentifyAsync(messages, output, cancellationToken).ConfigureAwait(false);
            messages = await CheckCampaignAsync(messages, output, cancellationToken).ConfigureAwait(false);
            if (splitKnown && messages.Count > 0 && (_options.Campaign.Length > 0 || (_options.RepeatAfter > TimeSpan.Zero && !_options.Force) || messages.Any(static m => m.ReplyTo.Count > 0)))
            {
                MessageSender sender = await SenderAsync(messages, cancellationToken).ConfigureAwait(false);
                (messages, IEnumerable<SendResult> settled) = await sender.SplitKnownAsync(messages, cancellationToken).ConfigureAwait(false);
                await output.AddAsync(settled).ConfigureAwait(false);
            }

            messages = await CountAudiencesAsync(messages, output, cancellationToken).ConfigureAwait(false);
            messages = await ConfirmAsync(messages, output).ConfigureAwait(false);
            bool waited = await WaitForStartAsync(messages, cancellationToken).ConfigureAwait(false);
            messages = await LookAgainAsync(messages, waited, output, cancellationToken).ConfigureAwait(false);
            messages = await CheckAccountsAsync(messages, output, cancellationToken).ConfigureAwait(false);
            if (messages.Count == 0) return;
            MessageSender ready = await SenderAsync(messages, cancellationToken).ConfigureAwait(false);
            if (_options.Force) await NoteSentAgainAsync(ready, messages, cancellationToken).ConfigureAwait(false);
            if (splitKnown) await WarnOfSentAgainAsync().ConfigureAwait(false);
            IReadOnlyList<PlannedCall> calls = SendPlanner.Plan(messages, _options);
            await foreach (IReadOnlyList<SendResult> results in ready.SendAsync(calls, cancellationToken).ConfigureAwait(false))
            {
                await output.AddAsync(results).ConfigureAwait(false);
            }

            if (splitKnown) await NoteLateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException e) when (e.Reason == MessagingErrorReason.LedgerUnavailable)
        {
            // The ledger could not be opened or read: nothing has left yet.
            await _console.ErrorAsync(e, messages.Count > 0 ? [messages[0].Row] : []).ConfigureAwait(false);
            await FailAsync(messages, e, output).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Finds out who the accounts are, so that the ledger knows who has been messaged whatever the account is called. A list that is refused
    /// never comes here. What is left are the messages of accounts that are known.
    /// </summary>
    private async Task<IReadOnlyList<PreparedMessage>> IdentifyAsync(IReadOnlyList<PreparedMessage> messages, Output output, CancellationToken cancellationToken)
    {
        Dictionary<ServiceConnection, MessagingException>? unknown = null;
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct().Where(static c => c.Identity is null))
        {
            try
            {
                await (_identities.Remove(connection, out Task<AccountIdentity>? asked) ? asked : FindIdentityAsync(connection, cancellationToken)).ConfigureAwait(false);
            }
            catch (MessagingException e)
            {
                (unknown ??= []).Add(connection, e);
            }
        }

        return unknown is null ? messages : await LeaveOutAsync(messages, unknown, output).ConfigureAwait(false);
    }

    // A name that only looks like the campaign's would send to everybody again. Asked once an account: what is sent from then on is of this very name.
    private async Task<IReadOnlyList<PreparedMessage>> CheckCampaignAsync(IReadOnlyList<PreparedMessage> messages, Output output, CancellationToken cancellationToken)
    {
        if (_options.Campaign.Length == 0 || _options.Force || messages.Count == 0) return messages;
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct().Where(c => !_lookAlikes.ContainsKey(c)))
        {
            await SenderAsync(messages, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> alike = await _ledger!.GetLookAlikesAsync(connection.Identity?.Key ?? connection.Account, _options.Campaign, cancellationToken).ConfigureAwait(false);
            _lookAlikes.Add(connection, alike.Count == 0 ? null : SendFailures.LooksLikeAnother(_options.Campaign, alike, connection));
        }

        var refused = _lookAlikes.Where(static c => c.Value is not null).ToDictionary(static c => c.Key, static c => c.Value!);
        return refused.Count == 0 ? messages : await LeaveOutAsync(messages, refused, output).ConfigureAwait(false);
    }

    /// <summary>Looks whether what is sent over the accounts arrives at all, before the first call over each of them.</summary>
    private async Task<IReadOnlyList<PreparedMessage>> CheckAccountsAsync(IReadOnlyList<PreparedMessage> messages, Output output, CancellationToken cancellationToken)
    {
        Dictionary<ServiceConnection, MessagingException>? refused = null;
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct().Where(c => !_checkedAccounts.Contains(c)))
        {
            try
            {
                if (await _gateways(connection).CheckAccountAsync(cancellationToken).ConfigureAwait(false) is { } problem)
                {
                    if (_warnedOf.Add(connection)) await _console.WarningAsync(problem).ConfigureAwait(false);
                    if (!_options.Force) throw SendFailures.NothingArrives(connection);
                }

                _checkedAccounts.Add(connection);
            }
            catch (MessagingException e)
            {
                (refused ??= []).Add(connection, e);
            }
        }

        return refused is null ? messages : await LeaveOutAsync(messages, refused, output).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<PreparedMessage>> LeaveOutAsync(
        IReadOnlyList<PreparedMessage> messages, Dictionary<ServiceConnection, MessagingException> accounts, Output output)
    {
        var left = new List<PreparedMessage>(messages.Count);
        var told = new HashSet<ServiceConnection>();
        foreach (PreparedMessage message in messages)
        {
            if (!accounts.TryGetValue(message.Connection, out MessagingException? why))
            {
                left.Add(message);
                continue;
            }

            // One error for all of an account, and a receipt for each.
            await output.AddAsync(new SendResult(
                message.Row,
                Receipts.For(message, _options, MessageStatus.Failed, "Not sent: " + why.Message, why.HttpStatus),
                told.Add(message.Connection) ? why : null)
            {
                Stop = why,
            }).ConfigureAwait(false);
        }

        return left;
    }

    private async Task<IReadOnlyList<PreparedMessage>> CountAudiencesAsync(IReadOnlyList<PreparedMessage> messages, Output output, CancellationToken cancellationToken)
    {
        if (messages.All(static m => m.Kind == RecipientKind.Person)) return messages;
        var counted = new List<PreparedMessage>(messages.Count);
        foreach (PreparedMessage message in messages)
        {
            if (message.Kind == RecipientKind.Person)
            {
                counted.Add(message);
                continue;
            }

            try
            {
                Audience audience = await _gateways(message.Connection).GetAudienceAsync(message, cancellationToken).ConfigureAwait(false);
                message.Audience = audience;
                if (_blocks is { IsEmpty: false }) await MustReachNobodyBlockedAsync(message, audience, cancellationToken).ConfigureAwait(false);
                counted.Add(message);
            }
            catch (MessagingException e)
            {
                // The status of the look-up is not that of a send: nothing was sent.
                MessagingException why = e.Request is null ? e : SendFailures.NotLookedUp(message, e);
                await output.AddAsync(new SendResult(message.Row, Receipts.For(message, _options, MessageStatus.Failed, why.Message), why)).ConfigureAwait(false);
            }
        }

        return counted;
    }

    private async Task<IReadOnlyList<PreparedMessage>> ConfirmAsync(IReadOnlyList<PreparedMessage> messages, Output output)
    {
        var confirmed = new List<PreparedMessage>();
        foreach (IReadOnlyList<PreparedMessage> share in Shares(messages))
        {
            string? reason = null;
            MessagingException? error = null;
            try
            {
                ConfirmAnswer answer = await _console.ConfirmAsync(new SendSummary(share)).ConfigureAwait(false);
                if (answer == ConfirmAnswer.WhatIf) reason = "What if: nothing was sent.";
                else if (answer == ConfirmAnswer.No || !await MayReachAudienceAsync(share[0]).ConfigureAwait(false)) reason = "Not confirmed.";
            }
            catch (MessagingException e) when (e.Reason == MessagingErrorReason.ConfirmationRequired)
            {
                error = e;
                reason = e.Message;
            }

            if (reason is null)
            {
                if (share.Count == messages.Count) return share;
                confirmed.AddRange(share);
                continue;
            }

            var outcome = new CallOutcome(error is null ? MessageStatus.Skipped : MessageStatus.Failed, reason);
            await output.AddAsync(share.Select((message, i) => new SendResult(
                message.Row, Receipts.For(message, _options, outcome), i == 0 ? error : null))).ConfigureAwait(false);
        }

        return confirmed;
    }

    // What is asked about in one question: an account, a study; a group or all members on its own.
    private static IEnumerable<IReadOnlyList<PreparedMessage>> Shares(IReadOnlyList<PreparedMessage> messages)
    {
        bool IsOfFirst(PreparedMessage message) => message.Kind == RecipientKind.Person
            && message.Connection.Account == messages[0].Connection.Account && message.StudyId == messages[0].StudyId;
        if (messages.Count > 0 && messages.All(IsOfFirst)) return [messages];
        return messages
            .GroupBy(static m => (m.Connection.Account, m.StudyId, Whole: m.Kind == RecipientKind.Person ? "" : m.RecipientKey))
            .Select(static g => g.ToList());
    }

    // True when there was something to wait for.
    private async Task<bool> WaitForStartAsync(IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0 || _options.NotBefore is not { } start || _time.GetUtcNow() >= start) return false;
        for (TimeSpan left = start - _time.GetUtcNow(); left > TimeSpan.Zero; left = start - _time.GetUtcNow())
        {
            _console.Waiting(start, left);
            await Task.Delay(left < _countdown ? left : _countdown, _time, cancellationToken).ConfigureAwait(false);
        }

        _console.Waiting(start, TimeSpan.Zero);
        return true;
    }

    // A person who has been blocked since is found by the claim; of a group only its members can tell. A question may have stood open, and a
    // night may have passed since they were looked at.
    private async Task<IReadOnlyList<PreparedMessage>> LookAgainAsync(IReadOnlyList<PreparedMessage> messages, bool waited, Output output, CancellationToken cancellationToken)
    {
        if (messages.All(static m => m.Kind == RecipientKind.Person)) return messages;
        BlockList blocks = await BlockList.ReadAsync(await LedgerAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        if (!waited && (_blocks ?? BlockList.Empty).Covers(blocks)) return messages;
        _blocks = blocks;
        var before = messages.Where(static m => m.Kind != RecipientKind.Person).ToDictionary(static m => m, static m => m.Audience?.People);
        messages = await CountAudiencesAsync(messages, output, cancellationToken).ConfigureAwait(false);
        foreach (PreparedMessage message in messages.Where(m => before.TryGetValue(m, out long? people) && people != m.Audience?.People))
        {
            string whom = $"{(message.Kind == RecipientKind.Group ? "The group" : "The project")} '{message.Audience?.Name}'";
            await _console.WarningAsync($"{whom} had {SendSummary.PeopleText(before[message])} when it was asked about, and has {SendSummary.PeopleText(message.Audience?.People)} now: the message goes to those who are in it now.").ConfigureAwait(false);
        }

        return messages;
    }

    private async Task<bool> MayReachAudienceAsync(PreparedMessage message)
        => message.Kind == RecipientKind.Person || _options.Force
            || await _console.ConfirmAudienceAsync(message, message.Audience!).ConfigureAwait(false);

    private Task FailAsync(IReadOnlyList<PreparedMessage> messages, MessagingException why, Output output)
    {
        var outcome = new CallOutcome(MessageStatus.Failed, "Not sent: " + why.Message);
        return output.AddAsync(messages.Select(message => new SendResult(message.Row, Receipts.For(message, _options, outcome))));
    }

    /// <summary>
    /// Reads who must not be written to, before anything is checked. A ledger that cannot be opened is told when something is to be sent: the
    /// list is checked all the same.
    /// </summary>
    private async Task ReadBlocksAsync(CancellationToken cancellationToken)
    {
        if (_blocks is not null) return;
        try
        {
            _blocks = await BlockList.ReadAsync(await LedgerAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException e)
        {
            _ledgerFailure = e;
        }
    }

    // A group cannot be cut: with a blocked member it is not sent to at all, forced or not.
    private async Task MustReachNobodyBlockedAsync(PreparedMessage message, Audience audience, CancellationToken cancellationToken)
    {
        bool isGroup = message.Kind == RecipientKind.Group;
        string whom = isGroup ? $"the group '{audience.Name}'" : $"the project '{audience.Name}'";
        string others = $"Reach the others one by one; who is blocked is skipped: {(isGroup ? Wording.By(Job.SendToGroupMembers, message.GroupId) : Wording.By(Job.SendToProjectMembers, message.Connection.Registration is null ? "" : message.Connection.Account))} with the same text.";
        IReadOnlyList<string>? members = await _gateways(message.Connection).GetMemberIdsAsync(message, cancellationToken).ConfigureAwait(false);
        if (members is null)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"Not sent: people are blocked, and the service did not list all members of {whom}, so that nobody knows whether one of them is among these.",
                others);
        }

        int blocked = members.Count(id => _blocks!.Find(id) is not null);
        if (blocked == 0) return;
        throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            $"Not sent: {(blocked == 1 ? "1 member" : $"{blocked} members")} of {whom} must not be written to, and one message goes to all of them.",
            others);
    }

    private async Task<IMessageLedger> LedgerAsync(CancellationToken cancellationToken)
    {
        if (_ledgerFailure is { } failure)
        {
            // Told once; whoever comes next (a row of a stream) tries again.
            _ledgerFailure = null;
            throw failure;
        }

        try
        {
            return _ledger ??= await _openLedger(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw SendFailures.NoLedger(e);
        }
    }

    // Entries of before it was known who an account is belong to whoever it is now.
    private async Task AdoptAsync(IReadOnlyList<PreparedMessage> messages, IMessageLedger ledger, CancellationToken cancellationToken)
    {
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct())
        {
            if (connection.Identity is not { } identity || !_adopted.Add(connection)) continue;
            string[] names = [connection.Account, $"{connection.Provider}@{connection.BaseUri.Authority}"];
            await ledger.AdoptAccountAsync(names, identity.Key, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MessageSender> SenderAsync(IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        IMessageLedger ledger = await LedgerAsync(cancellationToken).ConfigureAwait(false);
        await AdoptAsync(messages, ledger, cancellationToken).ConfigureAwait(false);
        if (_sender is not null) return _sender;
        return _sender = new MessageSender(_options, ledger, _gateways, _time) { OnProgress = _console.Progress, OnCall = _console.WantsCalls ? _console.CallEnded : null };
    }

    private async Task WarnOfDifferentTextsAsync()
    {
        if (_differentTexts.Count == 0) return;
        string named = string.Join(", ", _differentTexts.Take(NamedRows).Select(static p => $"{p.First} and {p.Later}"));
        string more = _differentTexts.Count > NamedRows ? $" and {_differentTexts.Count - NamedRows} more" : "";
        await _console.WarningAsync($"Some people get more than one message, each with another text: rows {named}{more}. With {Wording.Option("Campaign")} that would be refused.").ConfigureAwait(false);
        _differentTexts.Clear();
    }

    private async Task WarnOfSubjectsAsync()
    {
        if (_subjectsLeftOut == 0) return;
        string people = _subjectsLeftOut == 1 ? "1 message" : $"{_subjectsLeftOut} messages";
        await _console.WarningAsync($"Prolific messages have no subject: it is left out of {people}.").ConfigureAwait(false);
        _subjectsLeftOut = 0;
    }

    private async Task WarnOfChangedTextsAsync()
    {
        if (_changedTexts == 0) return;
        string people = _changedTexts == 1 ? "1 person has" : $"{_changedTexts} people have";
        await _console.WarningAsync($"{people} the message of campaign '{_options.Campaign}' already, with another text than now, and did not get it again. Use {Wording.Option("Force")} or another campaign if they should.").ConfigureAwait(false);
        _changedTexts = 0;
    }

    private async Task NoteLateAsync(CancellationToken cancellationToken)
    {
        if (_sender is null || await _sender.NoteLateAsync(cancellationToken).ConfigureAwait(false) is not (> 0 and var noted)) return;
        await _console.WarningAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger could be written again at the end of the run, and has noted what became of {(noted == 1 ? "1 message" : $"{noted:N0} messages")} that it could not note before: the next run knows of {(noted == 1 ? "it" : "them")}.")).ConfigureAwait(false);
    }

    private async Task WarnOfRepeatsAsync()
    {
        if (_repeats == 0) return;
        string people = _repeats == 1 ? "1 person" : string.Create(CultureInfo.InvariantCulture, $"{_repeats:N0} people");
        await _console.WarningAsync($"{people} got this very text a short while ago and did not get it again. Use {Wording.Option("Force")} or {Wording.Option("RepeatAfter")} 0 if they should.").ConfigureAwait(false);
        _repeats = 0;
    }

    // A person more or less is what -Force is for; a whole group once a day is what a runbook does without being seen.
    private async Task NoteSentAgainAsync(MessageSender sender, IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        List<PreparedMessage> groups = [.. messages.Where(static m => m.Kind != RecipientKind.Person)];
        if (groups.Count > 0) _sentAgain.AddRange(await sender.FindSentAsync(groups, cancellationToken).ConfigureAwait(false));
    }

    private async Task WarnOfSentAgainAsync()
    {
        if (_sentAgain.Count == 0) return;
        PreparedMessage first = _sentAgain[0];
        string name = first.Audience?.Name ?? "";
        string whom = _sentAgain.Count > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{_sentAgain.Count:N0} groups or projects")
            : first.Kind == RecipientKind.Group ? $"the group '{name}'" : $"the project '{name}'";
        long? people = _sentAgain.TrueForAll(static m => m.Audience?.People is not null) ? _sentAgain.Sum(static m => m.Audience!.People!.Value) : null;
        string what = _options.Campaign.Length > 0 ? $"the message of campaign '{_options.Campaign}'" : "this very text, sent a short while ago";
        await _console.WarningAsync($"{Wording.Option("Force")} sends again to {whom} ({SendSummary.PeopleText(people)}): according to the ledger {(_sentAgain.Count > 1 ? "they have" : "it has")} {what} already, and without {Wording.Option("Force")} nothing is sent twice.").ConfigureAwait(false);
        _sentAgain.Clear();
    }

    private static bool HasNoPlaceForSubject(CheckedRow row)
        => row.Message is { Connection.Provider: MessagingProvider.Prolific } && !string.IsNullOrWhiteSpace(row.Row.Content.Subject);

    private SendResult Note(SendResult result)
    {
        result.Row.Status ??= result.Receipt.Status;
        if (result.TextHasChanged) _changedTexts++;
        if (result.IsRepeat) _repeats++;
        return result;
    }

    private static string Reason(CheckedRow row) => string.Join(" ", row.Findings.Select(static f => f.Why));

    private sealed class Output(ISendConsole console, int firstRow, Func<SendResult, SendResult> note)
    {
        private readonly ReceiptSequence _sequence = new(firstRow);

        /// <summary>Whoever watches does not take results any more.</summary>
        public bool IsBroken { get; private set; }

        public bool IsMissing(SendRow row) => _sequence.IsMissing(row.Row);

        public Task AddAsync(SendResult result) => AddAsync([result]);

        // By the batch, made as they are taken: 100,000 receipts at once would outlive every garbage collection until the last is out.
        public async Task AddAsync(IEnumerable<SendResult> results)
        {
            var due = new List<SendResult>();
            foreach (SendResult result in results)
            {
                _sequence.Add(note(result), due);
                if (due.Count < ReceiptsAtOnce) continue;
                await ShowAsync(due).ConfigureAwait(false);
                due = new List<SendResult>(ReceiptsAtOnce);
            }

            if (due.Count > 0) await ShowAsync(due).ConfigureAwait(false);
        }

        private async Task ShowAsync(List<SendResult> due)
        {
            try
            {
                await console.ResultsAsync(due).ConfigureAwait(false);
            }
            catch
            {
                IsBroken = true;
                throw;
            }
        }
    }
}

/// <summary>The account that a row names: its connection, or why there is none.</summary>
/// <param name="Connection">The connection; null when there is none.</param>
/// <param name="Failure">Why there is none; null when there is one.</param>
public readonly record struct AccountLookup(ServiceConnection? Connection, MessagingException? Failure);
