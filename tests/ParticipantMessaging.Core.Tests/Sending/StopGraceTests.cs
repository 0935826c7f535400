using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>How long a stop waits for calls in flight: on a clock that the test moves.</summary>
public sealed class StopGraceTests
{
    [Fact]
    public async Task Calls_that_are_not_answered_are_given_up_a_second_after_the_stop_and_are_unknown()
    {
        var clock = new FakeTimeProvider();
        var ledger = new FakeLedger();
        var console = new FakeConsole();
        var entered = new SemaphoreSlim(0);
        int givenUp = 0;
        var gateway = new FakeGateway
        {
            Answer = async (_, _, token) =>
            {
                entered.Release();
                try
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref givenUp);
                }

                return FakeAnswer.Lost(stored: true);
            },
        };
        await using var session = new SendSession(
            new SendOptions { ThrottleLimit = 2 }, console, Make.Account, _ => Task.FromResult<Ledger.IMessageLedger>(ledger), _ => gateway, clock);
        using var stop = new CancellationTokenSource();
        Task run = session.SendListAsync([.. Enumerable.Range(0, 50).Select(static i => Make.Row(i + 2, Make.Id(i), $"Hello {i}"))], stop.Token);
        await entered.WaitAsync();
        await entered.WaitAsync();

        await stop.CancelAsync();
        clock.Advance(MessageSender.StopGrace - TimeSpan.FromTicks(1));
        Assert.Equal((0, false), (givenUp, run.IsCompleted));

        clock.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(TimeSpan.FromSeconds(1), MessageSender.StopGrace);
        Assert.Equal((2, 2), (givenUp, gateway.Calls));
        Assert.Equal([MessageStatus.Unknown, MessageStatus.Unknown], ledger.Entries.Select(static e => e.Status));
    }
}
