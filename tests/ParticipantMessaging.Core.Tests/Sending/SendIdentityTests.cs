using ParticipantMessaging.Accounts;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>A send finds out who its accounts are, after the check and before the ledger is asked.</summary>
public sealed class SendIdentityTests
{
    private readonly FakeGateway _gateway = new();
    private readonly FakeLedger _ledger = new();
    private readonly FakeConsole _console = new();
    private readonly ServiceConnection _lab = Connect();
    private readonly TaskCompletionSource _isAsked = new();
    private Task _mayOpen = Task.CompletedTask;
    private int _asked;

    [Fact]
    public async Task It_is_asked_once_for_an_account_and_kept_with_it()
    {
        _gateway.Identity = AskAsync;
        await SendAsync([.. Enumerable.Range(0, 40).Select(static i => Make.Row(i + 2, Make.Id(i), $"Hello {i}"))]);
        Assert.Equal(1, _asked);
        Assert.Equal("researcher", _lab.Identity!.Id);
        Assert.Equal(40, _gateway.Received.Count);
        await SendAsync([Make.Row(2, Make.Id(99))]);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_refused_list_asks_nothing()
    {
        _gateway.Identity = AskAsync;
        await SendAsync([Make.Row(2, Make.Id(1)), Make.Row(3, "x")]);
        Assert.Equal(0, _asked);
        Assert.Null(_lab.Identity);
    }

    [Fact]
    public async Task It_is_asked_while_the_ledger_opens()
    {
        _gateway.Identity = AskAsync;
        _mayOpen = _isAsked.Task;
        await SendAsync([Make.Row(2, Make.Id(1))]);
        Assert.Equal(1, _asked);
        Assert.Single(_gateway.Received);
    }

    [Fact]
    public async Task Where_the_service_does_not_say_nothing_is_sent_and_every_row_has_its_receipt_and_one_error_tells_it()
    {
        _gateway.Identity = static () => throw new MessagingException(MessagingErrorReason.AuthenticationFailed, "The token is refused.", "Take another.") { HttpStatus = 401 };
        await SendAsync([.. Enumerable.Range(0, 30).Select(static i => Make.Row(i + 2, Make.Id(i), $"Hello {i}"))]);
        Assert.Equal(0, _gateway.Calls);
        Assert.Empty(_ledger.Entries);
        Assert.Equal(Enumerable.Range(2, 30), _console.Receipts.Select(static r => r.Row));
        Assert.All(_console.Receipts, static r => Assert.Equal((MessageStatus.Failed, "Not sent: The token is refused.", 401), (r.Status, r.Reason, r.HttpStatus)));
        Assert.Equal(MessagingErrorReason.AuthenticationFailed, Assert.Single(_console.Results, static r => r.Error is not null).Error!.Reason);
    }

    // An address of its own: what was asked is remembered by the process.
    private static ServiceConnection Connect() => new(MessagingProvider.Prolific, new AccessToken(Guid.NewGuid().ToString("N")), new Uri("http://127.0.0.1:9"), "lab");

    private Task<string> AskAsync()
    {
        _asked++;
        _isAsked.TrySetResult();
        return Task.FromResult("researcher");
    }

    private async Task SendAsync(SendRow[] rows)
    {
        await using var session = new SendSession(
            new SendOptions(),
            _console,
            _ => new AccountLookup(_lab, null),
            async ct =>
            {
                await _mayOpen;
                await _ledger.OpenAsync(ct);
                return _ledger;
            },
            _ => _gateway);
        await session.SendListAsync(rows, CancellationToken.None);
    }
}
