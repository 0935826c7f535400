using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>People who must not be written to get nothing, whatever is sent and however.</summary>
public sealed class SendBlocksTests
{
    private readonly FakeGateway _gateway = new();
    private readonly FakeLedger _ledger = new();
    private readonly FakeConsole _console = new();

    [Fact]
    public async Task A_blocked_person_is_skipped_before_anything_else_of_the_row_is_checked()
    {
        await BlockAsync(Make.Id(2), "consent withdrawn.");
        await SendAsync([Make.Row(2, Make.Id(1)), Make.Row(3, Make.Id(2).ToUpperInvariant(), body: "  ", study: "no study", account: "nobody"), Make.Row(4, Make.Id(3))]);
        Assert.Empty(_console.Findings);
        Assert.Equal([Make.Id(1), Make.Id(3)], _gateway.Received.Select(static r => r.Participant).Order());
        Assert.Equal([MessageStatus.Sent, MessageStatus.Skipped, MessageStatus.Sent], _console.Receipts.Select(static r => r.Status));
        MessageReceipt skipped = _console.Receipts.ElementAt(1);
        Assert.Equal(Make.Id(2), skipped.ParticipantId);
        Assert.Matches(@"^Blocked since \d{4}-\d\d-\d\d: consent withdrawn\.$", skipped.Reason);
    }

    [Fact]
    public async Task Force_changes_nothing()
    {
        await BlockAsync(Make.Id(2));
        await SendAsync([Make.Row(2, Make.Id(2))], new SendOptions { Force = true, ResendUnknown = true, Campaign = "c" });
        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(MessageStatus.Skipped, Assert.Single(_console.Receipts).Status);
    }

    [Fact]
    public async Task In_a_refused_list_the_blocked_one_is_skipped_and_the_others_are_not()
    {
        await BlockAsync(Make.Id(2));
        await SendAsync([Make.Row(2, Make.Id(2)), Make.Row(3, "x"), Make.Row(4, Make.Id(3))]);
        Assert.Equal(0, _gateway.Calls);
        Assert.StartsWith("Blocked since ", _console.Receipts.First().Reason, StringComparison.Ordinal);
        Assert.Equal(MessageStatus.Skipped, _console.Receipts.First().Status);
        Assert.Equal(MessageStatus.Failed, _console.Receipts.ElementAt(1).Status);
        Assert.DoesNotContain("2 rows", Assert.Single(_console.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_stream_too()
    {
        await BlockAsync(Make.Id(2));
        await using SendSession session = Session(new SendOptions());
        for (int i = 1; i < 4; i++) await session.SendRowAsync(Make.Row(i + 1, Make.Id(i)), CancellationToken.None);
        await session.EndStreamAsync();
        Assert.Equal([Make.Id(1), Make.Id(3)], _gateway.Received.Select(static r => r.Participant).Order());
        Assert.Equal(MessageStatus.Skipped, _console.Receipts.ElementAt(1).Status);
    }

    [Fact]
    public async Task Who_is_blocked_while_the_list_is_sent_gets_nothing_either()
    {
        // From here on the claim alone can know.
        _ledger.BeforeClaim = () => BlockAsync(Make.Id(2)).GetAwaiter().GetResult();
        await SendAsync([Make.Row(2, Make.Id(2))]);
        Assert.Equal(0, _gateway.Calls);
        MessageReceipt receipt = Assert.Single(_console.Receipts);
        Assert.Equal(MessageStatus.Skipped, receipt.Status);
        Assert.StartsWith("Blocked since ", receipt.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "1 member of the group 'Panel' must not be written to")]
    [InlineData(null, "did not list all members")]
    public async Task A_group_with_a_blocked_member_is_refused_forced_or_not_and_says_how_to_reach_the_others(bool? isKnown, string words)
    {
        await BlockAsync(Make.Id(2));
        _gateway.Members = isKnown is null ? null : [Make.Id(1), Make.Id(2), Make.Id(3)];
        await SendAsync([Group()], new SendOptions { Force = true });
        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(MessageStatus.Failed, Assert.Single(_console.Receipts).Status);
        MessagingException error = Assert.Single(_console.Results).Error!;
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("the members of the group", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_without_a_blocked_member_is_sent_to()
    {
        await BlockAsync(Make.Id(2));
        _gateway.Members = [Make.Id(1), Make.Id(3)];
        await SendAsync([Group()], new SendOptions { Force = true });
        Assert.Equal(1, _gateway.Calls);
    }

    [Fact]
    public async Task A_group_is_looked_at_again_after_the_wait_for_the_start()
    {
        FakeTimeProvider time = new();
        await BlockAsync(Make.Id(50));
        _gateway.Members = [Make.Id(1), Make.Id(2)];
        await using SendSession session = Session(new SendOptions { Force = true, NotBefore = time.GetUtcNow() + TimeSpan.FromHours(9) }, time: time);

        Task run = session.SendListAsync([Group()], CancellationToken.None);
        await Task.WhenAny(_console.IsAsked, run);
        await BlockAsync(Make.Id(2), "consent withdrawn");
        await WaitAsync(run, time);

        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(MessageStatus.Failed, Assert.Single(_console.Receipts).Status);
        Assert.Contains("must not be written to", Assert.Single(_console.Results).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_receipt_has_the_number_of_people_who_got_it_and_a_warning_says_that_it_was_another()
    {
        FakeTimeProvider time = new();
        _gateway.Audience = new Audience("Panel", 3);
        await using SendSession session = Session(new SendOptions { Force = true, NotBefore = time.GetUtcNow() + TimeSpan.FromHours(9) }, time: time);

        Task run = session.SendListAsync([Group()], CancellationToken.None);
        await Task.WhenAny(_console.IsAsked, run);
        _gateway.Audience = new Audience("Panel", 7);
        await WaitAsync(run, time);

        Assert.Equal(1, _gateway.Calls);
        Assert.Equal(7, Assert.Single(_console.Receipts).Recipients);
        Assert.Contains("had 3 people when it was asked about, and has 7 people now", Assert.Single(_console.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_blocked_while_a_question_stood_open_is_not_reached_through_the_group()
    {
        _gateway.Members = [Make.Id(1), Make.Id(2)];
        _console.AnswerAudience = audience =>
        {
            _ = BlockAsync(Make.Id(2));
            return true;
        };
        await SendAsync([Group()]);

        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(MessageStatus.Failed, Assert.Single(_console.Receipts).Status);
    }

    private static async Task WaitAsync(Task run, FakeTimeProvider time)
    {
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }

        await run;
    }

    [Fact]
    public async Task Members_are_not_looked_at_while_nobody_is_blocked()
    {
        _gateway.Members = null;
        await SendAsync([Group()], new SendOptions { Force = true });
        Assert.Equal(1, _gateway.Calls);
    }

    [Fact]
    public async Task A_list_that_cannot_be_compared_with_the_blocks_is_checked_and_not_sent()
    {
        await using (SendSession session = Session(new SendOptions(), static () => throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "It is away.", "Wait.")))
            await session.SendListAsync([Make.Row(2, Make.Id(1)), Make.Row(3, Make.Id(2))], CancellationToken.None);
        Assert.Equal(0, _gateway.Calls);
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.Single(_console.Errors).Reason);
        Assert.All(_console.Receipts, static r => Assert.Equal((MessageStatus.Failed, "Not sent: It is away."), (r.Status, r.Reason)));
        Assert.Equal(2, _console.Results.Count);
    }

    private static SendRow Group() => new() { Row = 2, Recipient = RowRecipient.Group(Make.Id(99)), Content = new RowContent { Body = "Hello" } };

    private Task<int> BlockAsync(string id, string reason = "")
        => _ledger.BlockAsync([new BlockedParticipant { ParticipantId = id, Provider = "Prolific", Reason = reason }], CancellationToken.None);

    private SendSession Session(SendOptions options, Action? opening = null, TimeProvider? time = null) => new(
        options,
        _console,
        Make.Account,
        async ct =>
        {
            opening?.Invoke();
            await _ledger.OpenAsync(ct);
            return _ledger;
        },
        _ => _gateway,
        time);

    private async Task SendAsync(SendRow[] rows, SendOptions? options = null)
    {
        await using SendSession session = Session(options ?? new SendOptions());
        await session.SendListAsync(rows, CancellationToken.None);
    }
}
