using System.Net;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>The engine against what the world does to it: stops at every place, faults nobody thought of, answers that others gave.</summary>
public sealed class SendEngineTests
{
    private readonly FakeGateway _gateway = new();
    private readonly FakeLedger _ledger = new();
    private readonly FakeConsole _console = new();

    private SendSession Session(SendOptions? options = null, TimeProvider? time = null) => new(
        options ?? new SendOptions(), _console, Make.Account, _ => Task.FromResult<Ledger.IMessageLedger>(_ledger), _ => _gateway, time);

    private static SendRow[] Personal(int count) => [.. Enumerable.Range(0, count).Select(static i => Make.Row(i + 2, Make.Id(i), $"Hello {i}"))];

    private static SendRow[] Equal(int count) => [.. Enumerable.Range(0, count).Select(static i => Make.Row(i + 2, Make.Id(i)))];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_while_a_bulk_call_is_being_claimed_lets_nothing_leave_and_takes_the_claims_back(bool isClaimed)
    {
        using var stop = new CancellationTokenSource();
        if (isClaimed) _ledger.AfterClaim = stop.Cancel;
        else _ledger.BeforeClaim = stop.Cancel;
        await using SendSession session = Session();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SendListAsync(Equal(4000), stop.Token));

        Assert.Equal(0, _gateway.Calls);
        Assert.DoesNotContain(_ledger.Entries, static e => e.Status is MessageStatus.Sending or MessageStatus.Sent or MessageStatus.Unknown);
        Assert.Equal(new SendStop(0, 0, 4000), session.SoFar);
    }

    [Fact]
    public async Task A_stop_says_how_far_it_came()
    {
        using var stop = new CancellationTokenSource();
        _gateway.Answer = (number, _, _) =>
        {
            if (number == 5) stop.Cancel();
            return Task.FromResult(FakeAnswer.Ok);
        };
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 1 });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SendListAsync(Personal(20), stop.Token));

        Assert.Equal(6, _gateway.Received.Count);
        Assert.Equal(new SendStop(6, 0, 20), session.SoFar);
    }

    [Fact]
    public async Task A_refused_list_that_reached_somebody_all_the_same_is_not_sent_again()
    {
        // What Prolific does with the others of a list with an unknown id is not documented. This one delivers to them, and refuses.
        _gateway.RefusedListReachesNobody = false;
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400, Make.Id(7)) with { Stores = true });
        await using (SendSession session = Session(new SendOptions { Campaign = "w2" }))
        {
            await session.SendListAsync(Equal(40), default);
        }

        SendResult bad = Assert.Single(_console.Results, static r => r.Receipt.Status == MessageStatus.Failed);
        Assert.Equal((9, MessagingErrorReason.InvalidRecipient), (bad.Receipt.Row, bad.Error!.Reason));
        Assert.Equal(39, _console.Receipts.Count(static r => r.Status == MessageStatus.Unknown));
        SendResult told = Assert.Single(_console.Results, static r => r.Receipt.Status == MessageStatus.Unknown && r.Error is not null);
        Assert.Equal((MessagingErrorReason.OutcomeUnknown, 39), (told.Error!.Reason, told.SharesErrorWith.Count));
        Assert.Equal([Make.Id(0)], _gateway.LookedUp);

        // The same list without the bad row: nobody a second time.
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Ok);
        await using (SendSession again = Session(new SendOptions { Campaign = "w2" }))
        {
            await again.SendListAsync([.. Equal(40).Where(static row => row.Row != 9)], default);
        }

        Assert.All(_gateway.Received.GroupBy(static one => one.Participant), static person => Assert.Single(person));
    }

    [Fact]
    public async Task A_refused_list_that_cannot_be_looked_after_is_not_sent_again()
    {
        _gateway.RefusedListReachesNobody = false;
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400, Make.Id(7)) with { Stores = true });
        _gateway.HasArrived = static _ => Task.FromResult<bool?>(null);
        await using SendSession session = Session(new SendOptions { Campaign = "w2" });

        await session.SendListAsync(Equal(40), default);

        Assert.Equal(39, _console.Receipts.Count(static r => r.Status == MessageStatus.Unknown));
        Assert.Equal(39, _ledger.Entries.Count(static e => e.Status == MessageStatus.Unknown));
        SendResult told = Assert.Single(_console.Results, static r => r.Receipt.Status == MessageStatus.Unknown && r.Error is not null);
        Assert.Contains("does not say whether somebody has it", told.Error!.Message, StringComparison.Ordinal);
        Assert.Single(_gateway.LookedUp);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_look_after_a_refused_list()
    {
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        _gateway.RefusedListReachesNobody = false;
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400, Make.Id(7)));
        _gateway.HasArrived = async given =>
        {
            stop.Cancel();
            time.Advance(TimeSpan.FromSeconds(3));
            await Task.Delay(Timeout.Infinite, given).ContinueWith(static _ => { }, TaskScheduler.Default);
            return null;
        };
        await using SendSession session = Session(new SendOptions { Campaign = "w2" }, time);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SendListAsync(Equal(40), stop.Token));

        Assert.Equal(39, _ledger.Entries.Count(static e => e.Status == MessageStatus.Unknown));
    }

    [Theory]
    [InlineData(400, 3)]
    [InlineData(404, 3)]
    [InlineData(403, 0)]
    [InlineData(429, 0)]
    public async Task A_refused_list_of_which_nobody_has_the_message_failed(int status, int looks)
    {
        _gateway.RefusedListReachesNobody = false;
        _gateway.Answer = (_, _, _) => Task.FromResult(FakeAnswer.Refused(status == 403 ? MessagingErrorReason.PermissionDenied : MessagingErrorReason.InvalidRequest, status, Make.Id(0)));
        await using SendSession session = Session(new SendOptions { Campaign = "w2" });

        await session.SendListAsync(Equal(40), default);

        Assert.Equal(40, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
        Assert.Equal(looks, _gateway.LookedUp.Count);
        Assert.DoesNotContain(Make.Id(0), _gateway.LookedUp);
    }

    [Fact]
    public async Task A_service_that_never_answers_clearly_is_not_asked_for_a_whole_list()
    {
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Lost(stored: false));
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 4, Campaign = "w2" });

        await session.SendListAsync(Personal(400), default);

        Assert.InRange(_gateway.Calls, 50, 53);
        Assert.Equal(_gateway.Calls, _console.Receipts.Count(static r => r.Status == MessageStatus.Unknown));
        List<SendResult> left = _console.Results.FindAll(static r => r.Receipt.Status == MessageStatus.Failed);
        Assert.Equal(400, left.Count + _gateway.Calls);
        Assert.All(left, static r => Assert.Equal(MessagingErrorReason.ServiceUnavailable, r.Stop!.Reason));
        Assert.All(left, static r => Assert.StartsWith("Not sent: Nothing further is sent", r.Receipt.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_clear_answer_in_between_is_enough_to_go_on()
    {
        _gateway.Answer = static (number, _, _) => Task.FromResult(number % 45 == 44 ? FakeAnswer.Ok : FakeAnswer.Lost(stored: false));
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 1 });

        await session.SendListAsync(Personal(400), default);

        Assert.Equal(400, _gateway.Calls);
    }

    [Fact]
    public async Task A_fault_that_nobody_thought_of_costs_one_row_its_certainty_and_no_row_its_receipt()
    {
        _gateway.Answer = static (number, _, _) => number == 7 ? throw new InvalidOperationException("Collection was modified") : Task.FromResult(FakeAnswer.Ok);
        await using SendSession session = Session();

        await session.SendListAsync(Personal(200), default);

        Assert.Equal(Enumerable.Range(2, 200), _console.Receipts.Select(static r => r.Row));
        SendResult unknown = Assert.Single(_console.Results, static r => r.Receipt.Status == MessageStatus.Unknown);
        Assert.Equal(MessagingErrorReason.OutcomeUnknown, unknown.Error!.Reason);
        Assert.Equal(199, _console.Receipts.Count(static r => r.Status == MessageStatus.Sent));
        Assert.Single(_ledger.Entries, static e => e.Status == MessageStatus.Unknown);
    }

    [Fact]
    public async Task A_ledger_that_throws_what_nobody_thought_of_costs_no_receipt()
    {
        int settled = 0;
        _ledger.BeforeSettle = () =>
        {
            if (Interlocked.Increment(ref settled) == 3) throw new InvalidOperationException("Broken");
        };
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 1 });

        await session.SendListAsync(Personal(10), default);

        // The message has left: it is Sent, and the receipt says that the ledger does not know. Nothing more leaves.
        Assert.Equal(10, _console.Results.Count);
        MessageReceipt third = _console.Receipts.Single(static r => r.Reason.StartsWith("The ledger could not note", StringComparison.Ordinal));
        Assert.Equal((MessageStatus.Sent, 4), (third.Status, third.Row));
        Assert.All(_console.Receipts.Where(static r => r.Row > 5), static r => Assert.Equal(MessageStatus.Failed, r.Status));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.Single(_console.Results, static r => r.Error is not null).Error!.Reason);
    }

    // With a stream the run ends with its last row; an outcome that is not known is no news.
    [Theory]
    [InlineData(1, false, false, true)]
    [InlineData(1, true, false, true)]
    [InlineData(1, false, true, true)]
    [InlineData(int.MaxValue, false, false, false)]
    [InlineData(int.MaxValue, true, false, false)]
    public async Task What_could_not_be_noted_is_noted_at_the_end_when_the_ledger_can_be_written_again(int failures, bool isStream, bool isUnknown, bool isNoted)
    {
        int settled = 0;
        _ledger.BeforeSettle = () =>
        {
            if (Interlocked.Increment(ref settled) is >= 3 and var number && number - 3 < failures) throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "Locked.", "Wait.");
        };
        if (isUnknown) _gateway.Answer = static (number, _, _) => Task.FromResult(number < 2 ? FakeAnswer.Ok : FakeAnswer.Lost(stored: true));

        await using (SendSession session = Session(new SendOptions { ThrottleLimit = 1 }))
        {
            if (isStream)
            {
                foreach (SendRow row in Personal(4)) await session.SendRowAsync(row, default);
                Assert.Equal(MessageStatus.Sending, _ledger.Entries[2].Status);
                await session.EndStreamAsync();
            }
            else
            {
                await session.SendListAsync(Personal(3), default);
            }

            string known = isUnknown ? MessageStatus.Unknown : MessageStatus.Sent;
            Assert.Equal(known, _console.Receipts.ElementAt(2).Status);
            Assert.EndsWith("The ledger could not note this: unless it could by the end of the run, the next one will take it for unknown.", _console.Receipts.ElementAt(2).Reason, StringComparison.Ordinal);
            Assert.Equal([MessageStatus.Sent, MessageStatus.Sent, isNoted ? known : MessageStatus.Sending], _ledger.Entries.Select(static e => e.Status));
            Assert.Equal(isNoted && !isUnknown ? 1 : 0, _console.Warnings.Count(static w => w.Contains("has noted what became of 1 message that it could not note before", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_stop_ends_the_late_noting_and_what_is_noted_late_has_the_time_at_which_it_was_known()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        DateTimeOffset known = clock.GetUtcNow();
        var ledger = new FakeLedger(clock);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Answer = async (number, _, _) =>
        {
            if (number == 3) all.SetResult();
            await all.Task;
            return FakeAnswer.Ok;
        };
        using var stop = new CancellationTokenSource();
        int tries = 0;
        ledger.BeforeSettle = () =>
        {
            int number = Interlocked.Increment(ref tries);
            if (number == 4) clock.Advance(TimeSpan.FromSeconds(40));
            if (number <= 4) throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "Locked.", "Wait.");
            if (number == 6) stop.Cancel();
        };
        await using var session = new SendSession(
            new SendOptions { ThrottleLimit = 4 }, _console, Make.Account, _ => Task.FromResult<Ledger.IMessageLedger>(ledger), _ => _gateway, clock);

        await session.SendListAsync(Personal(4), stop.Token);

        Assert.Equal(6, tries);
        Assert.Equal(4, _console.Receipts.Count(static r => r.Status == MessageStatus.Sent));
        SentMessage noted = Assert.Single(ledger.Entries, static e => e.Status != MessageStatus.Sending);
        Assert.Equal((MessageStatus.Sent, known), (noted.Status, noted.SettledAt));
    }

    [Theory]
    [InlineData(MessagingErrorReason.SecretNotFound)]
    [InlineData(MessagingErrorReason.InvalidRequest)]
    [InlineData(null)]
    public async Task A_ledger_that_cannot_be_opened_for_whatever_reason_is_LedgerUnavailable_and_costs_no_receipt(MessagingErrorReason? reason)
    {
        Exception cause = reason is { } known ? new MessagingException(known, "There is no secret 'pg'.", "Look.") : new InvalidOperationException("The term is not recognised");
        await using var session = new SendSession(new SendOptions(), _console, Make.Account, _ => throw cause, _ => _gateway);

        await session.SendListAsync(Personal(3), default);

        Assert.Equal(0, _gateway.Calls);
        Assert.Equal([MessageStatus.Failed, MessageStatus.Failed, MessageStatus.Failed], _console.Receipts.Select(static r => r.Status));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.Single(_console.Errors).Reason);
    }

    [Fact]
    public async Task A_fault_before_anything_left_fails_every_row_with_a_receipt()
    {
        await using var session = new SendSession(
            new SendOptions(), _console, static _ => throw new InvalidOperationException("Broken"), _ => Task.FromResult<Ledger.IMessageLedger>(_ledger), _ => _gateway);

        await session.SendListAsync(Personal(3), default);

        Assert.Equal([MessageStatus.Failed, MessageStatus.Failed, MessageStatus.Failed], _console.Receipts.Select(static r => r.Status));
        Assert.Single(_console.Errors);
    }

    [Fact]
    public void A_refused_token_is_never_overwritten_by_a_wait_and_holds_for_every_name_of_the_account()
    {
        var stops = new AccountStops(new FakeTimeProvider());
        ServiceConnection lab = StubService.Connection(account: "lab");
        ServiceConnection unnamed = StubService.Connection();
        MessagingException refused = new(MessagingErrorReason.AuthenticationFailed, "No.", "New token.");
        Assert.True(stops.Note(lab, refused));
        stops.Note(lab, new MessagingException(MessagingErrorReason.RateLimited, "Wait.", "Wait.") { RetryAfter = TimeSpan.FromSeconds(1) });
        stops.Note(lab, new MessagingException(MessagingErrorReason.RateLimited, "Wait.", "Wait.") { RetryAfter = TimeSpan.Zero });
        stops.Note(lab, new MessagingException(MessagingErrorReason.ConnectionFailed, "No network.", "Wait."));

        Assert.Same(refused, stops.For(lab)!.Reason);
        Assert.Same(refused, stops.For(unnamed)!.Reason);
        Assert.Null(stops.For(StubService.Connection(token: "another")));
        Assert.False(stops.Note(unnamed, new MessagingException(MessagingErrorReason.AuthenticationFailed, "No.", "New token.")));
    }

    [Fact]
    public async Task One_unknown_id_among_forty_equal_texts_is_one_error_that_names_row_and_id()
    {
        await using SimService sim = await SimService.StartAsync();
        string study = sim.State.Studies[0].Id;
        List<SendRow> rows = [.. sim.State.Participants.Where(static p => p.Id.Length == 24).Take(39).Select((p, i) => Make.Row(i + 2, p.Id, study: study))];
        string unknown = "ffffffffffffffffffffffff";
        rows.Insert(17, Make.Row(0, unknown, study: study));
        rows = [.. rows.Select((row, i) => Make.Row(i + 2, row.Recipient.Id, study: study))];
        await using var session = new SendSession(
            new SendOptions(), _console, _ => new AccountLookup(sim.ProlificConnection, null), _ => Task.FromResult<Ledger.IMessageLedger>(_ledger), MessageGateways.Create(sim.Http));

        await session.SendListAsync(rows, default);

        MessagingException error = Assert.Single(_console.Results, static r => r.Error is not null).Error!;
        Assert.Contains("Row 19", error.Message, StringComparison.Ordinal);
        Assert.Contains(unknown, error.Message, StringComparison.Ordinal);
        Assert.Contains("not documented", error.Message, StringComparison.Ordinal);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Failed, r.Status));
        Assert.All(_console.Receipts.Where(static r => r.Row != 19), static r => Assert.Contains("because of row 19", r.Reason, StringComparison.Ordinal));
        Assert.Empty(sim.State.SentMessages);
    }

    [Theory]
    [InlineData(200, "\n<!DOCTYPE html><title>Blocked</title>")]
    [InlineData(200, "\uFEFF<html></html>")]
    [InlineData(200, "Blocked by policy.")]
    [InlineData(200, """{"error":"blocked"}""")]
    [InlineData(201, " ")]
    public async Task A_success_that_Prolific_did_not_write_is_unknown(int status, string body)
    {
        using var service = new StubService();
        service.Then((HttpStatusCode)status, body);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => new ProlificClient(StubService.Connection(), service.Http).SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(200)]
    [InlineData(201)]
    public async Task An_empty_success_is_Prolifics_own(int status)
    {
        using var service = new StubService();
        service.Then((HttpStatusCode)status);
        Assert.Equal(status, (await new ProlificClient(StubService.Connection(), service.Http).SendMessageAsync("p1", "Hello", "s1")).HttpStatus);
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(201, "\"success\"")]
    [InlineData(200, "\uFEFF\"success\"")]
    [InlineData(200, "success")]
    [InlineData(200, """{"status":"success"}""")]
    [InlineData(200, "<html>success</html>")]
    public async Task A_success_that_Open_Humans_did_not_write_is_unknown(int status, string body)
    {
        using var service = new StubService();
        service.Then((HttpStatusCode)status, body);
        var client = new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), service.Http);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => client.SendMessageAsync(["12345678"], null, "Hello"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));
    }

    [Fact]
    public async Task An_account_that_would_mail_somebody_else_is_refused_with_a_receipt_for_every_row()
    {
        _gateway.Check = static () => throw new MessagingException(MessagingErrorReason.AuthenticationFailed, "A user token.", "Use the master token.");
        await using SendSession session = Session();

        await session.SendListAsync([.. Enumerable.Range(0, 3).Select(static i => Make.Row(i + 2, $"1234567{i}", account: "oh"))], default);

        Assert.Equal(0, _gateway.Calls);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Failed, r.Status));
        Assert.Equal(MessagingErrorReason.AuthenticationFailed, Assert.Single(_console.Results, static r => r.Error is not null).Error!.Reason);
    }

    [Fact]
    public async Task Nothing_is_called_after_the_end_and_one_error_says_so()
    {
        var time = new FakeTimeProvider();
        _gateway.Answer = (number, _, _) =>
        {
            if (number == 2) time.Advance(TimeSpan.FromHours(1));
            return Task.FromResult(FakeAnswer.Ok);
        };
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 1, NotAfter = time.GetUtcNow() + TimeSpan.FromMinutes(30) }, time);

        await session.SendListAsync(Personal(10), default);

        Assert.Equal(3, _gateway.Calls);
        Assert.All(_console.Receipts.Skip(3), static r => Assert.Contains("too late", r.Reason, StringComparison.Ordinal));
        Assert.Equal(7, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
        Assert.Equal(MessagingErrorReason.Timeout, Assert.Single(_console.Results, static r => r.Error is not null).Error!.Reason);
    }

    [Fact]
    public async Task It_waits_for_the_start_after_asking()
    {
        var time = new FakeTimeProvider();
        await using SendSession session = Session(new SendOptions { NotBefore = time.GetUtcNow() + TimeSpan.FromHours(9) }, time);

        Task run = session.SendListAsync(Personal(2), default);
        // The ledger opens on a thread of its own.
        await Task.WhenAny(_console.IsAsked, run);
        Assert.Single(_console.Questions);
        Assert.Equal(0, _gateway.Calls);
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(10));
            await Task.Delay(1);
        }

        await run;
        Assert.Equal(2, _gateway.Received.Count);
    }

    [Fact]
    public async Task A_trial_goes_to_one_id_and_counts_for_nothing()
    {
        await using SendSession session = Session(new SendOptions { TestTo = Make.Id(999), Campaign = "wave" });

        await session.SendListAsync(Personal(5), default);

        Assert.Equal([(Make.Id(999), Make.Study, "Hello 0")], _gateway.Received);
        Assert.Equal(Make.Id(999), Assert.Single(_console.Receipts).ParticipantId);
        Assert.True(Assert.Single(_ledger.Entries).IsTrial);
    }

    [Fact]
    public async Task Who_got_this_very_text_a_short_while_ago_does_not_get_it_again_and_one_warning_counts_them()
    {
        await using SendSession first = Session();
        await first.SendListAsync(Personal(5), default);
        await using SendSession second = Session();
        await second.SendListAsync(Personal(6), default);

        Assert.Equal(6, _gateway.Received.Count);
        Assert.Equal(5, _console.Receipts.Count(static r => r.Status == MessageStatus.Skipped));
        Assert.Contains("5 people", Assert.Single(_console.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_go_one_by_one()
    {
        PreparedMessage Message(int i, string conversation) => new()
        {
            Row = new SendRow { Row = i, Recipient = RowRecipient.Person(Make.Id(i)), Content = new RowContent { ConversationId = conversation } },
            Connection = Make.Prolific,
            Kind = RecipientKind.Person,
            RecipientId = Make.Id(i),
            StudyId = Make.Study,
            Text = new RenderedText("Thanks", null),
        };

        IReadOnlyList<PlannedCall> calls = SendPlanner.Plan([Message(2, "c1"), Message(3, ""), Message(4, ""), Message(5, "c2")], new SendOptions());

        Assert.Equal([1, 2, 1], calls.Select(static c => c.Messages.Count));
    }
}
