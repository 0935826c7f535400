using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Sends planned calls: claim in the ledger, call, outcome in the ledger, receipt, in this order and each on disk before the next. Whatever
/// happens in between, nobody is messaged twice by it.
/// </summary>
public sealed class MessageSender
{
    /// <summary>How long calls in flight may still take when the run is stopped, before they are given up as <c>Unknown</c>.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly SendOptions _options;
    private readonly IMessageLedger _ledger;
    private readonly Func<ServiceConnection, IMessageGateway> _gateways;
    private readonly TimeProvider _time;
    private readonly AccountStops _stops;
    private readonly PacedRateLimiter? _pace;

    /// <summary>Makes one for one run.</summary>
    /// <param name="options">How to send.</param>
    /// <param name="ledger">The ledger, open.</param>
    /// <param name="gateways">The gateway of an account; the same for the same account.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public MessageSender(SendOptions options, IMessageLedger ledger, Func<ServiceConnection, IMessageGateway>? gateways = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ledger);
        _options = options;
        _ledger = ledger;
        _gateways = gateways ?? MessageGateways.Create();
        _time = time ?? TimeProvider.System;
        _stops = new AccountStops(_time);
        _pace = options.PerMinute is { } perMinute ? new PacedRateLimiter(perMinute, _time) : null;
    }

    /// <summary>Called after each outcome, from any thread.</summary>
    public Action<SendProgress>? OnProgress { get; init; }

    /// <summary>Splits off who needs nothing: people who have their message of the campaign, or whose outcome is open.</summary>
    /// <param name="messages">Checked messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Who is left to send to, and the results of the others.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public async Task<(IReadOnlyList<PreparedMessage> Open, IReadOnlyList<SendResult> Settled)> SplitKnownAsync(
        IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var open = new List<PreparedMessage>(messages.Count);
        var settled = new List<SendResult>();
        await foreach ((PreparedMessage message, SentMessage? entry) in CompareAsync(messages, cancellationToken).ConfigureAwait(false))
        {
            if (entry is not null) settled.Add(Blocked(message, entry));
            else open.Add(message);
        }

        return (open, settled);
    }

    /// <summary>
    /// Sends. Results come as calls end. When it is stopped, no further call is made; those in flight get <see cref="StopGrace"/> and are then
    /// marked <c>Unknown</c>, before the enumeration ends.
    /// </summary>
    /// <param name="calls">The calls.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The results of each call: one per message.</returns>
    public async IAsyncEnumerable<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<PlannedCall> calls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(calls);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var giveUp = new CancellationTokenSource();
        using ITimer grace = _time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), giveUp, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration arm = stop.Token.Register(() => grace.Change(StopGrace, Timeout.InfiniteTimeSpan));

        // Bounded: a consumer that does not keep up holds the sending back instead of piling results up.
        var results = Channel.CreateBounded<IReadOnlyList<SendResult>>(new BoundedChannelOptions(256) { SingleReader = true });
        var run = new SendRun(new CallQueue(calls), results.Writer, new ProgressMeter(calls.Sum(static c => c.People), _time, OnProgress), stop.Token, giveUp.Token);
        Task workers = RunWorkersAsync(run);
        try
        {
            while (await results.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (results.Reader.TryRead(out IReadOnlyList<SendResult>? batch)) yield return batch;
            }

            await workers.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            // Nobody reads any more: workers must not wait for room.
            while (!workers.IsCompleted && await results.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (results.Reader.TryRead(out _))
                {
                }
            }

            await workers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task RunWorkersAsync(SendRun run)
    {
        try
        {
            int count = Math.Min(Math.Max(1, _options.ThrottleLimit), run.Queue.Count);
            await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(() => WorkAsync(run)))).ConfigureAwait(false);
        }
        finally
        {
            run.Results.Complete();
        }
    }

    // The next call is made while the outcome of the one before is on its way to the disk. Its results go out after that, and only one
    // outcome may be outstanding: a ledger that does not keep up holds the sending back.
    private async Task WorkAsync(SendRun run)
    {
        Task reported = Task.CompletedTask;
        try
        {
            while (!run.Stop.IsCancellationRequested && run.Queue.Take() is { } call)
            {
                Task<IReadOnlyList<SendResult>> settling = await MakeCallAsync(call, run).ConfigureAwait(false);
                await reported.ConfigureAwait(false);
                reported = ReportAsync(call, settling, run);
                if (run.TryBeginLook()) await SkipKnownAsync(run).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            // Stopped: what is on its way to the disk still gets there.
        }
        finally
        {
            await reported.ConfigureAwait(false);
        }
    }

    private static async Task ReportAsync(PlannedCall call, Task<IReadOnlyList<SendResult>> settling, SendRun run)
    {
        IReadOnlyList<SendResult> results = await settling.ConfigureAwait(false);
        run.Meter.Count(call.People);
        await run.Results.WriteAsync(results, CancellationToken.None).ConfigureAwait(false);
    }

    // Another run works on the same list: what it has done since need not be claimed in vain, one person after the other. What it is
    // sending just now is left for later: it may end, and it may die.
    private async Task SkipKnownAsync(SendRun run)
    {
        IReadOnlyList<PlannedCall> rest = [.. run.Queue.Rest().Where(static call => call.Messages.Count == 1)];
        try
        {
            var known = new Dictionary<PreparedMessage, SendResult>();
            await foreach ((PreparedMessage message, SentMessage? entry) in CompareAsync([.. rest.Select(static call => call.Messages[0])], run.Stop).ConfigureAwait(false))
            {
                if (entry is not null && entry.Status != MessageStatus.Sending) known.Add(message, Blocked(message, entry));
            }

            foreach (PlannedCall call in run.Queue.Skip(rest.Where(call => known.ContainsKey(call.Messages[0])).ToHashSet(), Random.Shared))
            {
                run.Meter.Count(call.People);
                await run.Results.WriteAsync([known[call.Messages[0]]], CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (MessagingException)
        {
            // A ledger that cannot be read now: the next claim says what is wrong.
        }
        finally
        {
            run.EndLook(rest.Count);
        }
    }

    // Each message with the entry that stands in its way; null for none.
    private async IAsyncEnumerable<(PreparedMessage Message, SentMessage? Entry)> CompareAsync(
        IReadOnlyList<PreparedMessage> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new Dictionary<(string, string), IReadOnlyDictionary<string, SentMessage>>();
        foreach (PreparedMessage message in messages)
        {
            IReadOnlyDictionary<string, SentMessage>? entries = null;
            string account = message.Connection.Identity?.Key ?? message.Connection.Account;
            var key = (account, message.StudyId);
            if (_options.Campaign.Length > 0 && !known.TryGetValue(key, out entries))
            {
                entries = await _ledger.GetCampaignAsync(account, message.StudyId, _options.Campaign, cancellationToken).ConfigureAwait(false);
                known.Add(key, entries);
            }

            yield return (message, entries is not null && entries.TryGetValue(message.RecipientKey, out SentMessage? entry) && StandsInTheWay(entry) ? entry : null);
        }
    }

    /// <summary>Makes a call; completes when it has been answered. The task inside completes when its outcome is in the ledger.</summary>
    private async Task<Task<IReadOnlyList<SendResult>>> MakeCallAsync(PlannedCall call, SendRun run)
    {
        if (_stops.For(call.Connection.Account) is { } stopped) return NotTried(call.Messages, stopped.Reason, stopped.Silent ? 0 : int.MaxValue);
        if (_pace is not null)
        {
            // A group cannot be cut; it takes its share of the time all the same.
            using var lease = await _pace.AcquireAsync(Math.Max(1, call.People), run.Stop).ConfigureAwait(false);
            if (_stops.For(call.Connection.Account) is { } since) return NotTried(call.Messages, since.Reason, since.Silent ? 0 : int.MaxValue);
        }

        var results = new List<SendResult>(call.Messages.Count);
        List<Claimed> claimed;
        try
        {
            claimed = await ClaimAsync(call, results, run.Stop).ConfigureAwait(false);
            if (results.Count > 0) run.NoteBlocked();
        }
        catch (MessagingException e)
        {
            return NotTried(call.Messages, e, errors: _stops.StopAll(e) ? 1 : 0);
        }

        try
        {
            Task settled = await SendClaimedAsync(claimed, results, run.GiveUp).ConfigureAwait(false);
            return AfterAsync(settled, results);
        }
        catch (OperationCanceledException) when (run.GiveUp.IsCancellationRequested)
        {
            await ReleaseAsync(claimed).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<IReadOnlyList<SendResult>> AfterAsync(Task settled, List<SendResult> results)
    {
        await settled.ConfigureAwait(false);
        return results;
    }

    private async Task<List<Claimed>> ClaimAsync(PlannedCall call, List<SendResult> results, CancellationToken cancellationToken)
    {
        var claims = new List<MessageClaim>(call.Messages.Count);
        foreach (PreparedMessage m in call.Messages)
        {
            claims.Add(new MessageClaim
            {
                Account = m.Connection.Account,
                Identity = m.Connection.Identity?.Key ?? "",
                Provider = m.Connection.Provider.ToString(),
                ParticipantId = m.ParticipantId,
                StudyId = m.StudyId,
                GroupId = m.Kind == RecipientKind.AllMembers ? "*" : m.GroupId,
                Campaign = _options.Campaign,
                BodyHash = m.Text.Hash,
                BodyLength = m.Text.Length,
                Recipients = m.Recipients,
                NormalizedHash = m.Text.NormalizedHash,
            });
        }

        IReadOnlyList<ClaimResult> answers = await _ledger
            .ClaimAsync(claims, new ClaimOptions(_options.ResendUnknown, _options.Force), cancellationToken).ConfigureAwait(false);
        var granted = new List<Claimed>(call.Messages.Count);
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i].Blocking is { } entry) results.Add(Blocked(call.Messages[i], entry));
            else if (answers[i].BlockedPerson is { } block) results.Add(new SendResult(call.Messages[i].Row, Receipts.For(call.Messages[i], _options, MessageStatus.Skipped, BlockList.Why(block))));
            else granted.Add(new Claimed(call.Messages[i], answers[i].EntryId));
        }

        return granted;
    }

    // Loops only while the service names ids to take out: at least one fewer each time. Gives back the writing of the outcome.
    private async Task<Task> SendClaimedAsync(List<Claimed> claimed, List<SendResult> results, CancellationToken giveUp)
    {
        while (claimed.Count > 0)
        {
            ServiceConnection connection = claimed[0].Message.Connection;
            IMessageGateway gateway = _gateways(connection);
            try
            {
                SendResponse answer = await gateway.SendAsync(claimed.ConvertAll(static c => c.Message), new SendGuard(ct => CheckHoldAsync(claimed, ct)), giveUp).ConfigureAwait(false);
                string status = connection.Provider == MessagingProvider.Prolific ? MessageStatus.Sent : MessageStatus.Queued;
                return SettleAsync(claimed, results, status, "", answer.HttpStatus, answer.Attempts, answer.AnsweredAt, null, true);
            }
            catch (MessagingException e) when (e.Effect == CallEffect.Unknown)
            {
                return SettleAsync(claimed, results, MessageStatus.Unknown, e.Message, e.HttpStatus, e.Attempts, null, e, true);
            }
            catch (MessagingException e)
            {
                IReadOnlyCollection<string> named = gateway.GetRefusedIds(e);
                List<Claimed> bad = claimed.FindAll(c => named.Contains(c.Message.ParticipantId));
                if (bad.Count == 0)
                {
                    bool report = _stops.Note(connection.Account, e);
                    MessagingException shown = SendFailures.Explain(e, claimed.Count);
                    return SettleAsync(claimed, results, MessageStatus.Failed, shown.Message, e.HttpStatus, e.Attempts, null, shown, report, once: IsRefusedToken(e));
                }

                foreach (Claimed one in bad)
                {
                    MessagingException refused = SendFailures.RefusedId(one.Message, e);
                    await SettleAsync([one], results, MessageStatus.Failed, refused.Message, e.HttpStatus, e.Attempts, null, refused, true).ConfigureAwait(false);
                }

                claimed.RemoveAll(bad.Contains);
            }
        }

        return Task.CompletedTask;
    }

    private async Task CheckHoldAsync(List<Claimed> claimed, CancellationToken cancellationToken)
    {
        if (!await _ledger.HoldsAsync(claimed.ConvertAll(static c => c.EntryId), cancellationToken).ConfigureAwait(false)) throw SendFailures.NoLongerHeld();
    }

    private async Task SettleAsync(
        List<Claimed> claimed, List<SendResult> results, string status, string reason, int? http, int attempts, DateTimeOffset? sentAt,
        MessagingException? error, bool report, bool once = false)
    {
        MessagingException? ledgerError = null;
        try
        {
            // The call has been made: its outcome is written whoever has stopped the run.
            await _ledger.SettleAsync(
                claimed.ConvertAll(c => new MessageOutcome(c.EntryId, status, reason, http, attempts)), CancellationToken.None).ConfigureAwait(false);
        }
        catch (MessagingException e)
        {
            // The entry stays Sending and becomes Unknown at the next run: safe. But nothing further may leave.
            if (_stops.StopAll(e)) ledgerError = e;
        }

        foreach (Claimed c in claimed)
        {
            MessagingException? shown = ledgerError ?? (report ? error : null);
            results.Add(new SendResult(c.Message.Row, Receipts.For(c.Message, _options, status, reason, http, attempts, sentAt), shown));
            ledgerError = null;
            if (once) report = false;
        }
    }

    private async Task ReleaseAsync(List<Claimed> claimed)
    {
        try
        {
            await _ledger.ReleaseAsync(claimed.ConvertAll(static c => c.EntryId), CancellationToken.None).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            // They stay Sending and become Unknown at the next run, which is safe.
        }
    }

    private Task<IReadOnlyList<SendResult>> NotTried(IReadOnlyList<PreparedMessage> messages, MessagingException why, int errors)
    {
        var results = new List<SendResult>(messages.Count);
        foreach (PreparedMessage m in messages)
        {
            MessageReceipt receipt = Receipts.For(m, _options, MessageStatus.Failed, "Not sent: " + why.Message);
            results.Add(new SendResult(m.Row, receipt, results.Count < errors ? why : null));
        }

        return Task.FromResult<IReadOnlyList<SendResult>>(results);
    }

    private bool StandsInTheWay(SentMessage entry) => entry.Status switch
    {
        MessageStatus.Sending => true,
        MessageStatus.Unknown => !_options.ResendUnknown,
        _ => !_options.Force,
    };

    private SendResult Blocked(PreparedMessage message, SentMessage entry) => SendFailures.Blocked(message, entry, _options);

    private static bool IsRefusedToken(MessagingException e)
        => e.Reason is MessagingErrorReason.AuthenticationFailed or MessagingErrorReason.PermissionDenied;

    private sealed record Claimed(PreparedMessage Message, long EntryId);
}
