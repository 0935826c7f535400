using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Sends planned calls: claim in the ledger, call, outcome in the ledger, receipt, in this order and each on disk before the next. Whatever
/// happens in between, nobody is messaged twice by it, and every message has its result.
/// </summary>
public sealed class MessageSender
{
    /// <summary>How long calls in flight may still take when the run is stopped, before they are given up as <c>Unknown</c>.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LateNoting = TimeSpan.FromSeconds(2);

    // A fault that more rows share than this is one error.
    private const int SharedFrom = 5;

    private readonly SendOptions _options;
    private readonly IMessageLedger _ledger;
    private readonly Func<ServiceConnection, IMessageGateway> _gateways;
    private readonly TimeProvider _time;
    private readonly AccountStops _stops;
    private readonly SendPace? _pace;
    private readonly ClaimOptions _claimOptions;
    private int _sent;
    private int _unknown;
    private int _before;
    private int _openBefore;
    private readonly MessagingException? _tooLate;
    private int _tooLateTold;
    private readonly ConcurrentQueue<List<MessageOutcome>> _notNoted = [];

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
        _pace = options.PerMinute is { } perMinute ? new SendPace(perMinute, _time) : null;
        _tooLate = options.NotAfter is { } end ? SendFailures.TooLate(end) : null;
        _claimOptions = new ClaimOptions(options.ResendUnknown, options.Force, options.RepeatAfter);
    }

    /// <summary>Called after each outcome, from any thread.</summary>
    public Action<SendProgress>? OnProgress { get; init; }

    /// <summary>Told of each call that has ended, from any thread; null when nobody wants to know.</summary>
    public Action<SentCall>? OnCall { get; init; }

    /// <summary>How many messages were sent or queued so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Of how many messages it is not known.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>How many messages were held back because their people have them, from an earlier run or from one beside this.</summary>
    public int Before => Volatile.Read(ref _before);

    /// <summary>How many were held back because an earlier run does not know whether they arrived.</summary>
    public int OpenBefore => Volatile.Read(ref _openBefore);

    /// <summary>Splits off who needs nothing: people who have their message already, or whose outcome is open.</summary>
    /// <param name="messages">Checked messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Who is left to send to, and the results of the others.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public async Task<(IReadOnlyList<PreparedMessage> Open, IEnumerable<SendResult> Settled)> SplitKnownAsync(
        IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        IReadOnlyList<ClaimResult> answers = await _ledger.PeekAsync(new Claims(this, messages), _claimOptions, cancellationToken).ConfigureAwait(false);
        var held = new List<(PreparedMessage, ClaimResult)>();
        for (int i = 0; i < messages.Count; i++)
        {
            if (!answers[i].IsGranted) held.Add((messages[i], answers[i]));
        }

        return (held.Count == 0 ? messages : [.. messages.Where((_, i) => answers[i].IsGranted)], HoldBack(held));
    }

    /// <summary>Finds the messages that the ledger has as sent already, and that only <see cref="SendOptions.Force"/> sends again.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Those of them.</returns>
    public async Task<IReadOnlyList<PreparedMessage>> FindSentAsync(IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        IReadOnlyList<ClaimResult> answers = await _ledger.PeekAsync(new Claims(this, messages), _claimOptions with { Force = false }, cancellationToken).ConfigureAwait(false);
        return [.. messages.Where((_, i) => answers[i].Blocking is { Status: MessageStatus.Sent or MessageStatus.Queued })];
    }

    /// <summary>
    /// Sends. Results come as calls end. When it is stopped, nothing leaves any more and claims made in vain are taken back; calls in flight get
    /// <see cref="StopGrace"/> and are then marked <c>Unknown</c>, before the enumeration ends.
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
        using CancellationTokenRegistration hurry = cancellationToken.Register(_ledger.Hurry);

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

    /// <summary>
    /// Tries once more, at the end of a run in which the ledger did not take some outcome, to note it: nothing leaves any more, and whatever kept
    /// the ledger may be over. For a few seconds at the most; the ledger is of no use for sending afterwards.
    /// </summary>
    /// <param name="cancellationToken">Stops it: what is not noted then is unknown to the next run, as it was said.</param>
    /// <returns>Of how many messages the next run knows now what became of them.</returns>
    public async Task<int> NoteLateAsync(CancellationToken cancellationToken)
    {
        if (_notNoted.IsEmpty) return 0;
        _ledger.Hurry();
        long began = _time.GetTimestamp();
        int noted = 0;
        while (!cancellationToken.IsCancellationRequested && _time.GetElapsedTime(began) < LateNoting && _notNoted.TryDequeue(out List<MessageOutcome>? outcomes))
        {
            try
            {
                await _ledger.SettleAsync(outcomes, cancellationToken).ConfigureAwait(false);
                noted += outcomes.Count(static outcome => outcome.Status != MessageStatus.Unknown);
            }
            catch (Exception e) when (e is MessagingException or OperationCanceledException)
            {
                // As it was said: the next run takes it for unknown.
            }
        }

        return noted;
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
                var results = new List<SendResult>(call.Messages.Count);
                Task settling = await MakeCallAsync(call, results, run).ConfigureAwait(false);
                await reported.ConfigureAwait(false);
                reported = ReportAsync(call, settling, results, run);
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

    private static async Task ReportAsync(PlannedCall call, Task settling, List<SendResult> results, SendRun run)
    {
        await settling.ConfigureAwait(false);
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
            IReadOnlyList<ClaimResult> answers = await _ledger
                .PeekAsync(new Claims(this, [.. rest.Select(static call => call.Messages[0])]), _claimOptions, run.Stop).ConfigureAwait(false);
            var known = new Dictionary<PlannedCall, ClaimResult>(ReferenceEqualityComparer.Instance);
            for (int i = 0; i < rest.Count; i++)
            {
                if (!answers[i].IsGranted && answers[i].Blocking?.Status != MessageStatus.Sending) known.Add(rest[i], answers[i]);
            }

            foreach (PlannedCall call in run.Queue.Skip(known.Keys.ToHashSet(), Random.Shared))
            {
                run.Meter.Count(call.People);
                await run.Results.WriteAsync([.. HoldBack([(call.Messages[0], known[call])])], CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A ledger that cannot be read now: the next claim says what is wrong.
        }
        finally
        {
            run.EndLook(rest.Count);
        }
    }

    /// <summary>Makes a call; completes when it has been answered. The task inside completes when its outcome is in the ledger, and its results are there.</summary>
    private async Task<Task> MakeCallAsync(PlannedCall call, List<SendResult> results, SendRun run)
    {
        List<Claimed> open = [];
        try
        {
            if (StopOf(call.Connection) is { } stopped)
            {
                results.AddRange(NotTried(call.Messages, stopped));
                return Task.CompletedTask;
            }

            if (_pace is not null)
            {
                await _pace.WaitAsync(call.People, run.Stop).ConfigureAwait(false);
                if (StopOf(call.Connection) is { } since)
                {
                    results.AddRange(NotTried(call.Messages, since));
                    return Task.CompletedTask;
                }
            }

            var hold = new Hold(_time);
            try
            {
                IReadOnlyList<ClaimResult> answers = await _ledger.ClaimAsync([.. new Claims(this, call.Messages)], _claimOptions, run.Stop).ConfigureAwait(false);
                open = TakeGranted(call.Messages, answers, results);
            }
            catch (MessagingException e)
            {
                results.AddRange(NotTried(call.Messages, new AccountStops.Stop(e, TimeSpan.MaxValue, IsSilent: !_stops.StopAll(e)), once: true));
                return Task.CompletedTask;
            }

            // Between claim and call: a claim made in vain is taken back.
            run.Stop.ThrowIfCancellationRequested();
            if (results.Count > 0) run.NoteBlocked();
            return await SendClaimedAsync(open, hold, results, run).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            await ReleaseAsync(open).ConfigureAwait(false);
            throw;
        }
        catch (Exception e)
        {
            // Whatever it is, it costs no other row its message, and this one not its receipt.
            var outcome = CallOutcome.Of(MessageStatus.Unknown, SendFailures.Unforeseen(e));
            await SettleAsync(open, results, outcome).ConfigureAwait(false);
            HashSet<SendRow> told = [.. results.Select(static r => r.Row)];
            AddResults([.. call.Messages.Where(m => !told.Contains(m.Row))], results, outcome);
            return Task.CompletedTask;
        }
    }

    private List<Claimed> TakeGranted(IReadOnlyList<PreparedMessage> messages, IReadOnlyList<ClaimResult> answers, List<SendResult> results)
    {
        var granted = new List<Claimed>(messages.Count);
        List<(PreparedMessage, ClaimResult)>? held = null;
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i].IsGranted) granted.Add(new Claimed(messages[i], answers[i].EntryId));
            else (held ??= []).Add((messages[i], answers[i]));
        }

        if (held is not null) results.AddRange(HoldBack(held));
        return granted;
    }

    private IEnumerable<SendResult> HoldBack(List<(PreparedMessage Message, ClaimResult Answer)> held)
    {
        Interlocked.Add(ref _before, held.Count(static h => h.Answer.Blocking is { Status: MessageStatus.Sent or MessageStatus.Queued }));
        Interlocked.Add(ref _openBefore, held.Count(static h => h.Answer.Blocking is { Status: MessageStatus.Unknown }));
        // At once, although the results are made as they are taken: a stop in between asks for it.
        foreach ((PreparedMessage message, ClaimResult answer) in held) message.Row.Status = SendFailures.StatusOf(answer);
        return SendFailures.Blocked(held, _options, SharedFrom);
    }

    // Loops only while the service names ids to take out: at least one fewer each time. Gives back the writing of the outcome.
    private async Task<Task> SendClaimedAsync(List<Claimed> open, Hold hold, List<SendResult> results, SendRun run)
    {
        while (open.Count > 0)
        {
            ServiceConnection connection = open[0].Message.Connection;
            IMessageGateway gateway = _gateways(connection);
            long started = _time.GetTimestamp();
            try
            {
                var guard = new SendGuard(ct => CheckAsync(connection, open, hold, ct), run.Stop);
                SendResponse answer = await gateway.SendAsync(open.ConvertAll(static c => c.Message), guard, run.GiveUp).ConfigureAwait(false);
                _stops.Count(connection, null, open.Count);
                return SettleAsync(open, results, CallOutcome.Of(answer, connection.Provider), started);
            }
            catch (MessagingException e) when (e.Effect == CallEffect.Unknown)
            {
                _stops.Count(connection, run.Stop.IsCancellationRequested ? null : e, open.Count);
                return SettleAsync(open, results, CallOutcome.Of(MessageStatus.Unknown, e), started);
            }
            catch (MessagingException e)
            {
                if (_stops.For(connection) is { } stopped && ReferenceEquals(stopped.Reason, e))
                {
                    // It was claimed, but had not left when another call found out that nothing more is to be sent.
                    return SettleAsync(open, results, new CallOutcome(MessageStatus.Failed, NotSent(e), IsToTell(stopped) ? e : null) { Attempts = e.Attempts, Stop = e }, started);
                }

                List<Claimed> bad = Named(open, gateway.GetRefusedIds(e, open.ConvertAll(static c => c.Message)));
                MessagingException? doubt = await LookAfterAsync(open, bad, e, gateway, started, run.GiveUp).ConfigureAwait(false);
                foreach (List<Claimed> fault in bad.Count > SharedFrom ? [bad] : bad.ConvertAll(static c => new List<Claimed> { c }))
                {
                    MessagingException refused = SendFailures.RefusedIds(fault.ConvertAll(static c => c.Message), open.Count, gateway.RefusedListReachesNobody, doubt is not null, e);
                    await SettleAsync(fault, results, CallOutcome.Of(MessageStatus.Failed, refused), started).ConfigureAwait(false);
                }

                open.RemoveAll(bad.Contains);
                if (doubt is not null) return SettleAsync(open, results, CallOutcome.Of(MessageStatus.Unknown, doubt), started);
                if (bad.Count == 0)
                {
                    bool report = _stops.Note(connection, e);
                    CallOutcome outcome = CallOutcome.Of(MessageStatus.Failed, SendFailures.Explain(e, open.ConvertAll(static c => c.Message))) with { Stop = _stops.For(connection)?.Reason };
                    return SettleAsync(open, results, report ? outcome : outcome with { Error = null }, started);
                }

                if (!gateway.RefusedListReachesNobody)
                {
                    return SettleAsync(open, results, CallOutcome.Of(MessageStatus.Failed, e) with { Reason = SendFailures.RefusedWithOthers(bad[0].Message), Error = null }, started);
                }
            }
        }

        return Task.CompletedTask;
    }

    // A refusal that names nobody, or others, proves little where nobody has written what a refused list does: the first of those that it does
    // not name, one in the middle and the last are looked up. Gives back why it is not known who has the message; null when nobody seems to.
    private async Task<MessagingException?> LookAfterAsync(
        List<Claimed> open, List<Claimed> bad, MessagingException refusal, IMessageGateway gateway, long started, CancellationToken cancellationToken)
    {
        if (open.Count < 2 || gateway.RefusedListReachesNobody || refusal.HttpStatus is not (>= 400 and < 500) or 401 or 403 or 429) return null;
        List<Claimed> others = [.. open.Except(bad)];
        if (others.Count == 0) return null;
        DateTimeOffset called = (gateway.ServiceTime ?? _time.GetUtcNow()) - _time.GetElapsedTime(started);
        foreach (int place in new[] { 0, others.Count / 2, others.Count - 1 }.Distinct())
        {
            bool? hasIt = await gateway.HasArrivedAsync(others[place].Message, called, cancellationToken).ConfigureAwait(false);
            if (hasIt != false) return hasIt == true ? SendFailures.ReachedAllTheSame(others[place].Message, refusal) : SendFailures.NotLookedAfter(refusal);
        }

        return null;
    }

    private static List<Claimed> Named(List<Claimed> open, IReadOnlyCollection<string> ids)
        => ids.Count == 0 ? [] : open.FindAll(c => ids.Contains(c.Message.ParticipantId, StringComparer.OrdinalIgnoreCase));

    // After whatever had to be waited for, right before the call: are the claims still ours, and may it still leave?
    private async Task CheckAsync(ServiceConnection connection, List<Claimed> open, Hold hold, CancellationToken cancellationToken)
    {
        if (StopOf(connection) is { } stopped) throw stopped.Reason;
        if (hold.IsFresh) return;
        hold.Renew();
        if (!await _ledger.HoldsAsync(open.ConvertAll(static c => c.EntryId), cancellationToken).ConfigureAwait(false)) throw SendFailures.NoLongerHeld();
    }

    private AccountStops.Stop? StopOf(ServiceConnection connection)
    {
        if (_tooLate is not null && _time.GetUtcNow() >= _options.NotAfter) _stops.StopAll(_tooLate);
        return _stops.For(connection);
    }

    // What is told for all rows at once was told by whoever met it first; that it is too late, nobody meets in a call.
    private bool IsToTell(AccountStops.Stop stop)
        => !stop.IsSilent || (ReferenceEquals(stop.Reason, _tooLate) && Interlocked.Exchange(ref _tooLateTold, 1) == 0);

    private async Task SettleAsync(List<Claimed> claimed, List<SendResult> results, CallOutcome outcome, long? started = null)
    {
        if (claimed.Count == 0) return;
        if (OnCall is { } tell)
        {
            PreparedMessage first = claimed[0].Message;
            tell(new SentCall(first.Connection.Account, first.RecipientKey, claimed.Count, outcome.Status, outcome.HttpStatus, outcome.Attempts, started is { } since ? _time.GetElapsedTime(since) : null));
        }

        // One without an answer has the service's time, too.
        CallOutcome timed = outcome.ServiceTime is null ? outcome with { ServiceTime = _gateways(claimed[0].Message.Connection).ServiceTime } : outcome;
        List<MessageOutcome> outcomes = claimed.ConvertAll(c => timed.For(c.EntryId));
        DateTimeOffset at = _ledger.Now;
        try
        {
            // The call has been made: its outcome is written whoever has stopped the run.
            await _ledger.SettleAsync(outcomes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The entry stays Sending and becomes Unknown at the next run: safe. But nothing further may leave.
            _notNoted.Enqueue(outcomes.ConvertAll(o => o with { At = at }));
            MessagingException failure = SendFailures.NotNoted(e);
            outcome = outcome with { Reason = $"{outcome.Reason} {SendFailures.NotNotedReason}".Trim(), Error = _stops.StopAll(failure) ? SendFailures.NotNotedOf(failure, outcome.Status) : outcome.Error };
        }

        AddResults(claimed.ConvertAll(static c => c.Message), results, outcome);
    }

    private void AddResults(List<PreparedMessage> messages, List<SendResult> results, CallOutcome outcome)
    {
        if (outcome.Status is MessageStatus.Sent or MessageStatus.Queued) Interlocked.Add(ref _sent, messages.Count);
        else if (outcome.Status == MessageStatus.Unknown) Interlocked.Add(ref _unknown, messages.Count);

        // One error for many rows of a call, at the first of them.
        bool isShared = outcome.Error is not null && messages.Count > SharedFrom;
        for (int i = 0; i < messages.Count; i++)
        {
            messages[i].Row.Status = outcome.Status;
            results.Add(new SendResult(messages[i].Row, Receipts.For(messages[i], _options, outcome), i == 0 || !isShared ? outcome.Error : null)
            {
                SharesErrorWith = i == 0 && isShared ? messages.ConvertAll(static m => m.Row) : [],
                Stop = outcome.Stop,
            });
        }
    }

    private async Task ReleaseAsync(List<Claimed> claimed)
    {
        if (claimed.Count == 0) return;
        try
        {
            await _ledger.ReleaseAsync(claimed.ConvertAll(static c => c.EntryId), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // They stay Sending and become Unknown at the next run, which is safe.
        }
    }

    private List<SendResult> NotTried(IReadOnlyList<PreparedMessage> messages, AccountStops.Stop stop, bool once = false)
    {
        var results = new List<SendResult>(messages.Count);
        string reason = NotSent(stop.Reason);
        MessagingException cause = once ? _stops.For(messages[0].Connection)?.Reason ?? stop.Reason : stop.Reason;
        foreach (PreparedMessage m in messages)
        {
            bool tells = (results.Count == 0 || !once) && IsToTell(stop);
            results.Add(new SendResult(m.Row, Receipts.For(m, _options, MessageStatus.Failed, reason), tells ? stop.Reason : null) { Stop = cause });
        }

        return results;
    }

    private string NotSent(MessagingException why) => ReferenceEquals(why, _tooLate) ? why.Message : "Not sent: " + why.Message;

    // The claims of messages, each made as it is looked at: 100,000 that wait for that would outlive several garbage collections.
    private sealed class Claims(MessageSender sender, IReadOnlyList<PreparedMessage> messages) : IReadOnlyList<MessageClaim>
    {
        private readonly Dictionary<ServiceConnection, DateTimeOffset?> _times = [];
        private PreparedMessage? _last;
        private ClaimedMessage? _lastClaimed;

        public int Count => messages.Count;

        public MessageClaim this[int index] => Of(messages[index]);

        public IEnumerator<MessageClaim> GetEnumerator() => messages.Select(Of).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private MessageClaim Of(PreparedMessage message)
        {
            if (_lastClaimed is null || !IsAlike(message, _last!)) _lastClaimed = WhatIsClaimed(message);
            _last = message;
            return new MessageClaim
            {
                Message = _lastClaimed,
                ParticipantId = message.ParticipantId,
                GroupId = message.Kind == RecipientKind.AllMembers ? "*" : message.GroupId,
                ReplyTo = message.ReplyTo,
            };
        }

        private ClaimedMessage WhatIsClaimed(PreparedMessage message)
        {
            if (!_times.TryGetValue(message.Connection, out DateTimeOffset? time)) _times.Add(message.Connection, time = sender._gateways(message.Connection).ServiceTime);
            return new ClaimedMessage
            {
                Account = message.Connection.Account,
                Identity = message.Connection.Identity?.Key ?? "",
                Provider = message.Connection.ProviderName,
                StudyId = message.StudyId,
                Campaign = sender._options.Campaign,
                BodyHash = message.Text.Hash,
                BodyLength = message.Text.Length,
                Recipients = message.Recipients,
                NormalizedHash = message.Text.NormalizedHash,
                ConversationId = message.ConversationId,
                IsTrial = message.IsTrial,
                ServiceTime = time,
            };
        }

        // All that goes into what is claimed.
        private static bool IsAlike(PreparedMessage one, PreparedMessage other) => one.Connection == other.Connection && one.Text == other.Text
            && one.StudyId == other.StudyId && one.ConversationId == other.ConversationId && one.Recipients == other.Recipients && one.IsTrial == other.IsTrial;
    }

    private sealed record Claimed(PreparedMessage Message, long EntryId);

    // Since when claims are known to be the run's own, by both clocks: one of them stands still while a computer sleeps, the other may be set.
    // Nobody gives a run up, and nobody settles what it has claimed, within so short a time.
    private sealed class Hold(TimeProvider time)
    {
        private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(10);

        private DateTimeOffset _wall = time.GetUtcNow();
        private long _running = time.GetTimestamp();

        public bool IsFresh => time.GetElapsedTime(_running) < _fresh && (time.GetUtcNow() - _wall).Duration() < _fresh;

        public void Renew() => (_wall, _running) = (time.GetUtcNow(), time.GetTimestamp());
    }
}
