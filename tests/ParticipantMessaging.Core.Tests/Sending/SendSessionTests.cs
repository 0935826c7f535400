using ParticipantMessaging.Ledger;
using ParticipantMessaging.Tests.Ledger;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class SendSessionTests
{
    private readonly FakeGateway _gateway = new();
    private readonly FakeLedger _ledger = new();
    private readonly FakeConsole _console = new();

    private SendSession Session(SendOptions? options = null, TimeProvider? time = null) => new(
        options ?? new SendOptions(),
        _console,
        Make.Account,
        async ct =>
        {
            await _ledger.OpenAsync(ct);
            return _ledger;
        },
        _ => _gateway,
        time);

    private static SendRow[] Personal(int count) => [.. Enumerable.Range(0, count).Select(static i => Make.Row(i + 2, Make.Id(i), $"Hello {i}"))];

    private static SendRow[] Equal(int count) => [.. Enumerable.Range(0, count).Select(static i => Make.Row(i + 2, Make.Id(i)))];

    private async Task SendAsync(SendRow[] rows, SendOptions? options = null)
    {
        await using SendSession session = Session(options);
        await session.SendListAsync(rows, CancellationToken.None);
    }

    [Fact]
    public async Task Five_thousand_equal_texts_are_two_calls_and_receipts_come_in_the_order_of_the_rows()
    {
        await SendAsync(Equal(5000));
        Assert.Equal([4000, 1000], _gateway.CallSizes.OrderDescending());
        Assert.Equal(Enumerable.Range(2, 5000), _console.Receipts.Select(static r => r.Row));
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Sent, r.Status));
        Assert.Equal(5000, _gateway.Received.Distinct().Count());
    }

    [Fact]
    public async Task At_most_ThrottleLimit_calls_are_claimed_and_open()
    {
        await SendAsync(Personal(300), new SendOptions { ThrottleLimit = 3 });
        Assert.InRange(_ledger.MostOpen, 1, 3);
        Assert.Equal(300, _gateway.Received.Count);
    }

    [Fact]
    public async Task An_unclean_list_sends_nothing_and_gives_a_receipt_for_every_row()
    {
        await SendAsync([Make.Row(2, Make.Id(1)), Make.Row(3, "x"), Make.Row(4, Make.Id(2))]);
        Assert.Equal(0, _gateway.Calls);
        Assert.Equal([MessageStatus.Failed, MessageStatus.Failed, MessageStatus.Failed], _console.Receipts.Select(static r => r.Status));
        Assert.Equal(MessagingErrorReason.ListNotSent, Assert.Single(_console.Errors).Reason);
        Assert.Single(_console.Findings);
        Assert.Empty(_ledger.Entries);
    }

    [Fact]
    public async Task SkipInvalid_sends_exactly_the_good_ones()
    {
        await SendAsync([Make.Row(2, Make.Id(1)), Make.Row(3, "x"), Make.Row(4, Make.Id(2)), Make.Row(5, Make.Id(2))], new SendOptions { SkipInvalid = true });
        Assert.Equal([Make.Id(1), Make.Id(2)], _gateway.Received.Select(static r => r.Participant).Order());
        Assert.Equal([MessageStatus.Sent, MessageStatus.Failed, MessageStatus.Sent, MessageStatus.Skipped], _console.Receipts.Select(static r => r.Status));
    }

    [Fact]
    public async Task A_refused_token_stops_the_batch_with_one_error()
    {
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.AuthenticationFailed, 401));
        await SendAsync(Personal(50));
        Assert.InRange(_gateway.Calls, 1, 4);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Failed, r.Status));
        Assert.Equal(50, _console.Results.Count);
        SendResult told = Assert.Single(_console.Results, static r => r.Error is not null);
        Assert.All(_console.Results, r => Assert.Same(told.Error, r.Stop));
    }

    [Theory]
    [InlineData(MessagingErrorReason.ConnectionFailed)]
    [InlineData(MessagingErrorReason.RateLimited)]
    public async Task A_service_that_cannot_be_reached_is_not_tried_again_for_each_row(MessagingErrorReason reason)
    {
        _gateway.Answer = (n, _, _) => Task.FromResult(n < 3 ? FakeAnswer.Ok : FakeAnswer.Refused(reason, 0));
        await SendAsync(Personal(50), new SendOptions { ThrottleLimit = 1 });
        Assert.Equal(4, _gateway.Calls);
        Assert.Equal(47, _console.Results.Count(static r => r.Receipt.Status == MessageStatus.Failed && r.Error is not null));
    }

    [Fact]
    public async Task Force_sends_again_to_those_who_have_it_and_leaves_the_unknown_ones_alone()
    {
        var options = new SendOptions { Campaign = "wave", ThrottleLimit = 1 };
        _gateway.Answer = static (n, _, _) => Task.FromResult(n == 0 ? FakeAnswer.Lost(stored: false) : FakeAnswer.Ok);
        SendRow[] rows = [Make.Row(2, Make.Id(1), "a"), Make.Row(3, Make.Id(2), "b")];
        await SendAsync(rows, options);
        await SendAsync(rows, options with { Force = true });
        Assert.Equal([Make.Id(2), Make.Id(2)], _gateway.Received.Select(static r => r.Participant));
        Assert.Equal(MessageStatus.Unknown, _console.Receipts.ElementAt(2).Status);
    }

    [Fact]
    public async Task One_refused_row_does_not_cost_the_others()
    {
        _gateway.Answer = static (_, m, _) => Task.FromResult(
            m[0].ParticipantId == Make.Id(7) ? FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400) : FakeAnswer.Ok);
        await SendAsync(Personal(20));
        Assert.Equal(19, _gateway.Received.Count);
        SendResult failed = Assert.Single(_console.Results, static r => r.Error is not null);
        Assert.Equal("source 9", failed.Row.Source);
        Assert.Equal(MessageStatus.Failed, failed.Receipt.Status);
    }

    [Fact]
    public async Task Ids_that_a_refusal_names_are_taken_out_and_the_rest_is_sent()
    {
        SendRow[] rows = [.. Enumerable.Range(0, 10).Select(static i => Make.Row(i + 2, $"1234567{i}", account: "oh"))];
        _gateway.Answer = static (n, _, _) => Task.FromResult(
            n == 0 ? FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400, "12345673,12345678") : FakeAnswer.Ok);
        await SendAsync(rows, new SendOptions { BatchSize = 500 });
        Assert.Equal([10, 8], _gateway.CallSizes);
        Assert.Equal(8, _gateway.Received.Count);
        Assert.Equal([5, 10], _console.Receipts.Where(static r => r.Status == MessageStatus.Failed).Select(static r => r.Row));
        Assert.Equal(8, _console.Receipts.Count(static r => r.Status == MessageStatus.Queued));
    }

    [Fact]
    public async Task A_list_that_is_refused_without_a_name_is_not_guessed_at()
    {
        SendRow[] rows = [.. Enumerable.Range(0, 10).Select(static i => Make.Row(i + 2, $"1234567{i}", account: "oh"))];
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400));
        await SendAsync(rows, new SendOptions { BatchSize = 500 });
        Assert.Equal(1, _gateway.Calls);
        Assert.Equal(10, Assert.Single(_console.Results, static r => r.Error is not null).SharesErrorWith.Count);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Failed, r.Status));
    }

    [Fact]
    public async Task An_unknown_outcome_is_not_repeated_by_the_next_run_unless_it_is_asked_for()
    {
        var options = new SendOptions { Campaign = "wave" };
        _gateway.Answer = static (n, _, _) => Task.FromResult(n == 0 ? FakeAnswer.Lost(stored: true) : FakeAnswer.Ok);
        SendRow[] rows = [Make.Row(2, Make.Id(1), "a"), Make.Row(3, Make.Id(2), "b")];
        await SendAsync(rows, options with { ThrottleLimit = 1 });
        await SendAsync(rows, options);
        Assert.Equal(2, _gateway.Calls);
        Assert.Equal(
            [MessageStatus.Unknown, MessageStatus.Sent, MessageStatus.Unknown, MessageStatus.Skipped],
            _console.Receipts.Select(static r => r.Status));
        await SendAsync(rows, options with { ResendUnknown = true });
        Assert.Equal(3, _gateway.Calls);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(5, 5)]
    public async Task What_an_earlier_run_left_open_is_one_error_for_more_than_five_rows(int rows, int errors)
    {
        var options = new SendOptions { Campaign = "wave", BatchSize = 500 };
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Lost(stored: true));
        await SendAsync(Equal(rows), options);
        _console.Results.Clear();
        await SendAsync(Equal(rows), options);
        Assert.Equal(1, _gateway.Calls);
        List<SendResult> told = [.. _console.Results.Where(static r => r.Error is not null)];
        Assert.Equal(errors, told.Count);
        Assert.Equal(errors == 1 ? rows : 0, told[0].SharesErrorWith.Count);
        Assert.All(told, static r => Assert.Equal((MessagingErrorReason.OutcomeUnknown, null), (r.Error!.Reason, r.Error.HttpStatus)));
        Assert.StartsWith(errors == 1 ? "An earlier run (" : "Row 2 (", told[0].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(rows, _console.Results.Count);
        Assert.All(_console.Results, static r => Assert.StartsWith("An earlier run (", r.Receipt.Reason, StringComparison.Ordinal));
        Assert.All(_console.Results, static r => Assert.Equal(MessageStatus.Unknown, r.Receipt.Status));
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(5, 5)]
    public async Task What_an_earlier_run_left_open_is_one_error_at_the_end_of_a_stream_too(int rows, int errors)
    {
        var options = new SendOptions { Campaign = "wave" };
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Lost(stored: true));
        await SendAsync(Equal(rows), options with { BatchSize = 500 });
        _console.Results.Clear();
        await using SendSession session = Session(options);
        foreach (SendRow row in Equal(rows)) await session.SendRowAsync(row, CancellationToken.None);
        Assert.Empty(_console.Errors);
        await session.EndStreamAsync();
        Assert.Equal(1, _gateway.Calls);
        Assert.All(_console.Results, static r => Assert.Equal((MessageStatus.Unknown, null), (r.Receipt.Status, r.Error)));
        Assert.Equal(rows, _console.Results.Count);
        Assert.Equal(errors, _console.Errors.Count);
        Assert.All(_console.Errors, static e => Assert.Equal(MessagingErrorReason.OutcomeUnknown, e.Reason));
        Assert.StartsWith(errors == 1 ? "Rows 2 to 21 and 10 more: An earlier run (" : $"Row 2 ({Make.Id(0)}): An earlier run (", _console.Errors[0].Message, StringComparison.Ordinal);
        Assert.Equal(errors == 1 ? 20 : 1, _console.ErrorRows[0].Count);
        if (errors == 1) Assert.Contains("whether these 30 messages arrived", _console.Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_away_is_told_at_the_first_row_of_a_stream_and_the_others_at_its_end()
    {
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.ConnectionFailed, 0));
        await using SendSession session = Session();
        foreach (SendRow row in Equal(30)) await session.SendRowAsync(row, CancellationToken.None);
        Assert.Equal(2, Assert.Single(_console.Results, static r => r.Error is not null).Row.Row);
        await session.EndStreamAsync();
        Assert.Equal("Refused. 29 more messages were not sent (rows 3 to 22 and 9 more).", Assert.Single(_console.Errors).Message);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Failed, r.Status));
    }

    [Fact]
    public async Task What_is_wrong_with_the_whole_list_is_told_once_in_a_stream()
    {
        await using SendSession session = Session();
        var reader = new RowReader(new SendDefaults { Body = "Hello" });
        for (int i = 2; i < 12; i++) await session.SendRowAsync(reader.Read(i, new object(), new DictionaryFields([KeyValuePair.Create("participant_id;name", (string?)"x")])), CancellationToken.None);
        await session.EndStreamAsync();
        Assert.True(Assert.Single(_console.Findings).IsOfWholeList);
        Assert.Equal(10, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
    }

    [Fact]
    public async Task How_far_a_continued_run_has_come_is_told_of_what_was_left_to_it()
    {
        var options = new SendOptions { Campaign = "wave", ThrottleLimit = 1, BatchSize = 1 };
        _gateway.Answer = static (n, _, _) => Task.FromResult(n is 3 or 4 ? FakeAnswer.Lost(stored: true) : FakeAnswer.Ok);
        await SendAsync(Equal(30), options);
        using var stop = new CancellationTokenSource();
        _gateway.Answer = async (n, _, _) =>
        {
            if (n == 41) await stop.CancelAsync();
            return FakeAnswer.Ok;
        };
        await using SendSession session = Session(options);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SendListAsync(Equal(60), stop.Token));
        Assert.Equal(
            "Stopped: 12 of 30 sent in this run; 28 of the list had it before. The same command goes on with the rest. Of 2 it is not known: the resolver of unknown messages looks.",
            session.SoFar.Describe());
    }

    [Theory]
    [InlineData(6, 4, 20, 0, 0, "Stopped: 6 of 20 sent. The same command goes on with the rest. Of 4 it is not known: the resolver of unknown messages looks.")]
    [InlineData(0, 0, 4000, 0, 0, "Stopped: 0 of 4,000 sent. The same command goes on with the rest.")]
    [InlineData(1, 0, 9, 0, 2, "Stopped: 1 of 7 sent in this run. The same command goes on with the rest. Of 2 it is not known: the resolver of unknown messages looks.")]
    [InlineData(0, 0, 9, 9, 0, "Stopped: this run had nothing to send; 9 of the list had it before.")]
    public void A_stop_is_told(int sent, int unknown, int total, int before, int open, string words)
        => Assert.Equal(words, new SendStop(sent, unknown, total) { Before = before, OpenBefore = open }.Describe());

    [Theory]
    [InlineData(MessagingErrorReason.InvalidRequest, 400, "Nobody of that name.", "Prolific refuses the message about study aaaaaaaaaaaaaaaaaaaaaaaa (HTTP 400: Nobody of that name).")]
    [InlineData(MessagingErrorReason.NotFound, 404, null, "Prolific refuses the message about study aaaaaaaaaaaaaaaaaaaaaaaa (HTTP 404): the person or the study does not exist, or account 'lab' may not see it.")]
    public async Task A_refusal_of_one_message_says_to_whom_and_about_what_it_was(MessagingErrorReason reason, int status, string? said, string words)
    {
        _gateway.Answer = (_, _, _) => Task.FromResult(FakeAnswer.Refused(reason, status, said));
        await SendAsync([Make.Row(3, Make.Id(7))]);
        SendResult result = Assert.Single(_console.Results);
        Assert.Equal((reason, status), (result.Error!.Reason, result.Error.HttpStatus));
        Assert.Equal(words, result.Error.Message);
        Assert.Equal(words, result.Receipt.Reason);
        Assert.Equal($"Row 3 ({Make.Id(7)}): ", result.Lead);
    }

    [Fact]
    public async Task A_refusal_of_a_trial_names_whom_the_trial_went_to()
    {
        _gateway.Answer = static (_, _, _) => Task.FromResult(FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400));
        await SendAsync([Make.Row(2, Make.Id(1))], new SendOptions { TestTo = Make.Id(9) });
        Assert.Equal($"Row 2 ({Make.Id(9)}): ", Assert.Single(_console.Results).Lead);
    }

    [Fact]
    public async Task A_trial_takes_the_first_text_of_the_service_that_knows_its_id()
    {
        await SendAsync([Make.Row(2, "12345678", "to members", account: "oh", subject: "Hi"), Make.Row(3, Make.Id(1), "to participants")], new SendOptions { TestTo = Make.Id(9) });
        Assert.Equal([(Make.Id(9), Make.Study, "to participants")], _gateway.Received);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trial_to_an_id_that_the_service_cannot_know_or_without_a_study_is_not_sent(bool isGroup)
    {
        SendRow row = isGroup ? new SendRow { Row = 2, Recipient = RowRecipient.Group(Make.Id(99)), Content = new RowContent { Body = "Hello" } } : Make.Row(2, Make.Id(1));
        await SendAsync([row], new SendOptions { TestTo = isGroup ? Make.Id(9) : "12345678" });
        Assert.Equal(0, _gateway.Calls);
        Assert.StartsWith("No trial was sent:", Assert.Single(_console.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mended_typo_does_not_reach_everybody_twice_and_one_warning_counts_them()
    {
        var options = new SendOptions { Campaign = "wave" };
        await SendAsync(Equal(10), options);
        await SendAsync([.. Enumerable.Range(0, 11).Select(static i => Make.Row(i + 2, Make.Id(i), "Hello again"))], options);
        Assert.Equal(11, _gateway.Received.Count);
        Assert.Contains("10 people have", Assert.Single(_console.Warnings), StringComparison.Ordinal);
        Assert.Contains("another text", _console.Receipts.ElementAt(10).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_opened_stops_the_send_before_anything_leaves()
    {
        await using var session = new SendSession(
            new SendOptions(),
            _console,
            Make.Account,
            static _ => throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "The ledger is read-only.", "Mend it."),
            _ => _gateway);
        await session.SendListAsync(Personal(5), CancellationToken.None);
        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(5, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.Single(_console.Errors).Reason);
    }

    [Fact]
    public async Task A_ledger_that_fails_half_way_stops_everything_and_hides_nothing()
    {
        int claims = 0;
        _ledger.BeforeClaim = () =>
        {
            if (Interlocked.Increment(ref claims) > 5) throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "The disk is full.", "Make room.");
        };
        await SendAsync(Personal(20), new SendOptions { ThrottleLimit = 1 });
        Assert.Equal(5, _gateway.Received.Count);
        Assert.Equal(15, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
        Assert.Single(_console.Results, static r => r.Error is not null);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(-3_600)]
    public async Task A_message_that_another_run_has_taken_over_during_a_wait_is_not_sent(int seconds)
    {
        // Between claim and call: a pace, a service that asks for a wait, a computer that slept, a clock that is put back.
        var time = new SleepyClock(DateTimeOffset.UtcNow);
        _ledger.AfterClaim = () => time.Sleep(TimeSpan.FromSeconds(seconds));
        _ledger.Loses = static entry => entry.ParticipantId == Make.Id(1);
        await using (SendSession session = Session(null, time)) await session.SendListAsync(Personal(3), CancellationToken.None);

        Assert.Equal([Make.Id(0), Make.Id(2)], _gateway.Received.Select(static r => r.Participant).Order());
        Assert.Equal([MessageStatus.Sent, MessageStatus.Failed, MessageStatus.Sent], _console.Receipts.Select(static r => r.Status));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.Single(_console.Results, static r => r.Error is not null).Error!.Reason);
    }

    [Fact]
    public async Task Two_runs_over_one_list_do_not_claim_each_row_in_vain()
    {
        int claims = 0;
        _ledger.BeforeClaim = () =>
        {
            if (++claims != 1) return;

            // Meanwhile the other run: 60 are done, one is just being sent.
            foreach (int i in Enumerable.Range(0, 61))
            {
                var claim = new MessageClaim { ParticipantId = Make.Id(i), Message = new ClaimedMessage { Account = "lab", Identity = Make.Prolific.Identity!.Key, Provider = "Prolific", StudyId = Make.Study, Campaign = "wave 2", BodyHash = "hash" } };
                long entry = _ledger.ClaimAsync([claim], new ClaimOptions(), default).Result[0].EntryId;
                if (i < 60) _ledger.SettleAsync([new MessageOutcome(entry, MessageStatus.Sent, "", 204, 1)], default).Wait();
            }
        };
        await SendAsync(Personal(100), new SendOptions { Campaign = "wave 2", ThrottleLimit = 1 });

        // 61 of the other run's; of ours the first in vain, the one under way, and 39 that were open.
        Assert.Equal(61 + 1 + 1 + 39, claims);
        Assert.Equal(Enumerable.Range(61, 39).Select(Make.Id), _gateway.Received.Select(static r => r.Participant).Order());
        Assert.Equal(Enumerable.Range(2, 100), _console.Receipts.Select(static r => r.Row));
        Assert.Equal(61, _console.Receipts.Count(static r => r.Status == MessageStatus.Skipped));
    }

    [Fact]
    public async Task A_stop_lets_calls_in_flight_end_and_makes_no_further_one()
    {
        using var stop = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        _gateway.Answer = async (_, _, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            return FakeAnswer.Ok;
        };
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 2 });
        Task run = session.SendListAsync(Personal(50), stop.Token);
        await entered.Task;
        await stop.CancelAsync();
        release.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.InRange(_gateway.Calls, 1, 2);
        Assert.All(_ledger.Entries, static e => Assert.Equal(MessageStatus.Sent, e.Status));
        Assert.Equal(_gateway.Calls, _ledger.Entries.Count);
    }

    [Fact]
    public async Task A_consumer_that_leaves_stops_the_sending()
    {
        _console.OnResult = _ => _console.Results.Count == 5 ? throw new InvalidOperationException("Enough.") : Task.CompletedTask;
        await using SendSession session = Session(new SendOptions { ThrottleLimit = 2 });
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.SendListAsync(Personal(5000), CancellationToken.None));
        Assert.InRange(_gateway.Calls, 5, 2000);
        Assert.All(_ledger.Entries, static e => Assert.Equal(MessageStatus.Sent, e.Status));
    }

    [Fact]
    public async Task What_if_shows_every_distinct_text_and_sends_nothing()
    {
        _console.Answer = ConfirmAnswer.WhatIf;
        await SendAsync([Make.Row(2, Make.Id(1), "same"), Make.Row(3, Make.Id(2), "same"), Make.Row(4, Make.Id(3), "own")]);
        Assert.Equal(0, _gateway.Calls);
        Assert.Empty(_ledger.Entries);
        string text = Assert.Single(_console.Questions).Describe();
        Assert.Contains("3 people", text, StringComparison.Ordinal);
        Assert.Contains(Make.Study, text, StringComparison.Ordinal);
        Assert.Contains("'lab'", text, StringComparison.Ordinal);
        Assert.Contains("2 people", text, StringComparison.Ordinal);
        Assert.Contains("own", text, StringComparison.Ordinal);
        Assert.All(_console.Receipts, static r => Assert.Equal(MessageStatus.Skipped, r.Status));
    }

    [Fact]
    public async Task Somebody_who_gets_two_texts_is_one_person_and_what_is_noted_stands_before_the_texts()
    {
        _console.Answer = ConfirmAnswer.WhatIf;
        await SendAsync([Make.Row(2, Make.Id(1), "first"), Make.Row(3, Make.Id(2), "second"), Make.Row(4, Make.Id(1), "third\n\nend")]);
        SendSummary question = Assert.Single(_console.Questions);
        string target = $"2 people, study {Make.Study}, account 'lab' (Prolific)";
        Assert.Equal(target, question.Target);
        Assert.Equal(
            $"Send 3 messages (3 different texts) to {target}.\nNothing leaves before nine.\n--- Row 2, {Make.Id(1)}:\nfirst\n--- Row 3, {Make.Id(2)}:\nsecond\n--- and 1 more (the whole summary shows all texts).",
            question.Describe(2, ["Nothing leaves before nine."]).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task What_goes_to_all_members_names_the_project_and_what_Open_Humans_fills_in()
    {
        _console.Answer = ConfirmAnswer.WhatIf;
        await SendAsync([new SendRow { Row = 2, IsListed = false, Recipient = RowRecipient.AllMembers, Content = new RowContent { Account = "oh", Body = "You are {{ PROJECT_MEMBER_ID }}.", Subject = "News" } }]);
        Assert.Equal(
            "Send one text to the 12 people of the project 'Panel', account 'oh' (Open Humans).\nOpen Humans replaces {{ PROJECT_MEMBER_ID }} by each person's own id.\n--- The project 'Panel', 12 people:\nSubject: News\nYou are {{ PROJECT_MEMBER_ID }}.",
            Assert.Single(_console.Questions).Describe().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_trial_says_whose_text_goes_to_whom()
    {
        _console.Answer = ConfirmAnswer.WhatIf;
        await SendAsync([Make.Row(2, Make.Id(1), "first")], new SendOptions { TestTo = Make.Id(9) });
        Assert.EndsWith($"--- The text of row 2, for {Make.Id(9)}:\nfirst", Assert.Single(_console.Questions).Describe().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_is_counted_and_asked_about()
    {
        var row = new SendRow { Row = 2, Recipient = RowRecipient.Group(Make.Id(99)), Content = new RowContent { Body = "Hello" } };
        _console.AnswerAudience = static audience => audience.People != 12;
        await SendAsync([row]);
        Assert.Contains("--- The group 'Panel', 12 people:", Assert.Single(_console.Questions).Describe(), StringComparison.Ordinal);
        Assert.Equal(0, _gateway.Calls);
        _console.AnswerAudience = static audience => audience.People == 12;
        await SendAsync([row]);
        Assert.Equal(("group:" + Make.Id(99), ""), (_gateway.Received.Single().Participant, _gateway.Received.Single().Study));
        Assert.Equal(12, _console.Receipts.Last().Recipients);
    }

    [Fact]
    public async Task A_subject_that_Prolific_has_no_place_for_is_left_out_with_one_warning()
    {
        await SendAsync([Make.Row(2, Make.Id(1), subject: "Hi"), Make.Row(3, Make.Id(2), subject: "Hi"), Make.Row(4, "12345678", account: "oh", subject: "Hi")]);
        Assert.Contains("2 messages", Assert.Single(_console.Warnings), StringComparison.Ordinal);
        Assert.Equal(3, _gateway.Received.Count);
    }

    [Fact]
    public async Task Rows_can_be_sent_one_by_one_as_they_come()
    {
        await using SendSession session = Session();
        foreach (SendRow row in (SendRow[])[Make.Row(2, Make.Id(1)), Make.Row(3, "x"), Make.Row(4, Make.Id(1)), Make.Row(5, Make.Id(1), "other")])
        {
            await session.SendRowAsync(row, CancellationToken.None);
        }

        await session.EndStreamAsync();
        Assert.Equal([MessageStatus.Sent, MessageStatus.Failed, MessageStatus.Skipped, MessageStatus.Sent], _console.Receipts.Select(static r => r.Status));
        Assert.Equal(2, _gateway.Received.Count);
        Assert.Single(_console.Warnings);
    }

    [Theory]
    [InlineData("wave 2", "wave\u00A02", "a no-break space, U+00A0, at place 5")]
    [InlineData("wave 2", "wave  2", "two blanks in a row, at place 5")]
    [InlineData("wave 2", "wave\u200B 2", "a zero-width space, U+200B, at place 5")]
    [InlineData("wave 2", "Wave\t2", "a tab, U+0009, at place 5")]
    [InlineData("wave 2", "\uFEFFwave 2", "a byte order mark, U+FEFF, at place 1")]
    [InlineData("caf\u00E9", "cafe\u200D\u0301", "a character that nobody sees, U+200D, at place 5")]
    public async Task A_campaign_that_looks_like_one_with_entries_is_refused_once_and_sent_with_Force(string campaign, string other, string oddity)
    {
        foreach ((string first, string second) in new[] { (campaign, other), (other, campaign) })
        {
            var rehearsal = new SendSessionTests();
            await rehearsal.SendAsync(Equal(3), new SendOptions { Campaign = first });
            await rehearsal.SendAsync(Equal(3), new SendOptions { Campaign = second });
            Assert.Equal(3, rehearsal._gateway.Received.Count);
            Assert.Equal([MessageStatus.Failed, MessageStatus.Failed, MessageStatus.Failed], rehearsal._console.Receipts.Skip(3).Select(static r => r.Status));
            MessagingException error = Assert.Single(rehearsal._console.Results, static r => r.Error is not null).Error!;
            Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
            Assert.Contains(oddity, error.Message, StringComparison.Ordinal);
            Assert.Equal(2, rehearsal._ledger.AskedForLookAlikes);

            await rehearsal.SendAsync(Equal(3), new SendOptions { Campaign = second, Force = true });
            Assert.Equal(6, rehearsal._gateway.Received.Count);
            // From then on both have entries: nobody has to force anything.
            await rehearsal.SendAsync(Equal(4), new SendOptions { Campaign = second });
            Assert.Equal(7, rehearsal._gateway.Received.Count);
        }
    }

    [Theory]
    [InlineData(" WAVE 2 ")]
    [InlineData("wave 3")]
    [InlineData("wave2")]
    [InlineData("wave-2")]
    public async Task A_campaign_of_that_name_or_of_another_that_can_be_told_apart_is_not_asked_about(string campaign)
    {
        await SendAsync(Equal(2), new SendOptions { Campaign = "wave 2" });
        await SendAsync(Equal(3), new SendOptions { Campaign = campaign });
        Assert.Empty(_console.Errors);
        Assert.DoesNotContain(_console.Receipts, static r => r.Status == MessageStatus.Failed);
    }

    [Fact]
    public async Task A_stream_asks_once_for_campaigns_that_look_alike()
    {
        await SendAsync(Equal(2), new SendOptions { Campaign = "wave 2" });
        await using SendSession session = Session(new SendOptions { Campaign = "wave\u00A02" });
        foreach (SendRow row in Equal(5)) await session.SendRowAsync(row, CancellationToken.None);
        await session.EndStreamAsync();
        Assert.Equal(2, _gateway.Received.Count);
        Assert.Equal(2, _ledger.AskedForLookAlikes);
        Assert.Equal(5, _console.Receipts.Count(static r => r.Status == MessageStatus.Failed));
    }
}
