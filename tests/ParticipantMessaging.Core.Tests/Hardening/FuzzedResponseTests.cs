using ParticipantMessaging.Ledger;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>
/// Whatever a service answers, every read ends in objects or in one <see cref="MessagingException"/>, and every send in an outcome that is
/// true of what the simulator has stored.
/// </summary>
public sealed class FuzzedResponseTests
{
    private const int Seeds = 12;
    private const int MostRequests = 500;
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(120);

    // What these leave is an answer that can be read; what is missing in it is told in other tests.
    public static TheoryData<FaultKind> Kinds => [.. Enum.GetValues<FaultKind>()
        .Where(static k => k is not (FaultKind.Slow or FaultKind.EmptyPage or FaultKind.CutList or FaultKind.ByteOrderMark))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_read_survives_a_fault_that_never_ends(FaultKind kind)
    {
        // Waiting is a fault too: these two are only ended by the time-out of the call.
        TimeSpan timeout = kind is FaultKind.NoAnswer or FaultKind.Dribble ? TimeSpan.FromMilliseconds(150) : TimeSpan.FromSeconds(60);
        await using Rig rig = await Rig.StartAsync(timeout: timeout);
        rig.Sim.Faults.Add(new FaultRule { PathPrefix = "/api/", Kind = kind, Size = kind == FaultKind.GzipBomb ? 64 << 20 : 0, DelayMs = 100 });
        foreach ((string name, Func<ProlificClient, OpenHumansClient, SimulatorState, CancellationToken, Task>? read) in ServiceReads.All)
        {
            Exception? thrown = await Record.ExceptionAsync(
                () => read(rig.Prolific, rig.OpenHumans, rig.Sim.State, CancellationToken.None).WaitAsync(HangLimit));

            // What these two spoil may be a field that nobody reads.
            if (thrown is null && kind is (FaultKind.InvalidUtf8 or FaultKind.HugeNumbers)) continue;
            Assert.True(thrown is MessagingException, $"{name}: {thrown}");
            var error = (MessagingException)thrown;
            Assert.False(string.IsNullOrWhiteSpace(error.RecommendedAction), name);
            Rig.AssertNoToken(error.ToString());
        }
    }

    [Fact]
    public async Task Every_read_survives_answers_that_are_changed_at_random()
    {
        int failures = 0, successes = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            using var handler = new MutatingHandler(seed);
            await using Rig rig = await Rig.StartAsync(people: 5, handler: handler);
            foreach ((string name, Func<ProlificClient, OpenHumansClient, SimulatorState, CancellationToken, Task>? read) in ServiceReads.All)
            {
                for (int turn = 0; turn < 8; turn++)
                {
                    // A changed cursor may ask for one more page for a long time; that is no hang, but here it has to end.
                    using var stop = new CancellationTokenSource();
                    int requests = 0;
                    handler.Asked = () =>
                    {
                        if (++requests == MostRequests) stop.Cancel();
                    };
                    try
                    {
                        await read(rig.Prolific, rig.OpenHumans, rig.Sim.State, stop.Token).WaitAsync(HangLimit);
                        successes++;
                    }
                    catch (MessagingException error)
                    {
                        failures++;
                        Rig.AssertNoToken(error.ToString());
                    }
                    catch (OperationCanceledException) when (stop.IsCancellationRequested)
                    {
                    }
                    catch (Exception error)
                    {
                        Assert.Fail($"'{name}', seed {seed}, turn {turn}: {error}");
                    }
                }
            }

            Assert.DoesNotContain(rig.Sim.State.Requests.All, static r => r.Path.StartsWith("/next", StringComparison.Ordinal));
        }

        // Otherwise the mutations would have been too weak or too strong to say anything.
        Assert.True(failures > 200, $"{failures} failures");
        Assert.True(successes > 50, $"{successes} successes");
    }

    public static TheoryData<FaultKind, bool> SendFaults()
    {
        var data = new TheoryData<FaultKind, bool>();
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
        {
            // A redirect is a refusal: a service that carries a request out and redirects all the same is outside of what is promised.
            if (kind != FaultKind.Redirect) data.Add(kind, true);
            if (kind is FaultKind.Status or FaultKind.Reset or FaultKind.NoAnswer or FaultKind.Redirect) data.Add(kind, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SendFaults))]
    public async Task Every_send_tells_the_truth_whatever_is_answered(FaultKind kind, bool stored)
    {
        await using Rig rig = await Rig.StartAsync(people: 12, timeout: TimeSpan.FromMilliseconds(kind is FaultKind.NoAnswer or FaultKind.Dribble ? 400 : 60_000));
        rig.Sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/", Kind = kind, AfterStored = stored, DelayMs = 30, Size = kind is FaultKind.GzipBomb or FaultKind.EndlessBody ? 16 << 20 : 0 });
        var rows = new List<SendRow>();
        foreach (SimParticipant person in rig.Sim.State.Participants.Take(6)) rows.Add(Row(rig, rows.Count + 2, person.Id, "Personal for " + person.Id, null));
        foreach (SimParticipant person in rig.Sim.State.Participants.Skip(6)) rows.Add(Row(rig, rows.Count + 2, person.Id, "The same for all", null));
        foreach (SimParticipant member in rig.Sim.State.Members.Take(6)) rows.Add(Row(rig, rows.Count + 2, member.Id, "Hello {{ PROJECT_MEMBER_ID }}", "oh"));
        var console = new Sending.FakeConsole();
        await using var session = new SendSession(new SendOptions(), console, rig.Account, static _ => Task.FromResult<IMessageLedger>(new Sending.FakeLedger()), rig.Gateways);

        await session.SendListAsync(rows, CancellationToken.None).WaitAsync(HangLimit);

        Assert.Equal(rows.Count, console.Results.Count);
        foreach (MessageReceipt receipt in console.Receipts)
        {
            SimParticipant person = rig.Sim.State.Find(receipt.ParticipantId)!;
            Assert.InRange(person.MailboxCount, 0, 1);
            if (receipt.Status is MessageStatus.Sent or MessageStatus.Queued) Assert.Equal(1, person.MailboxCount);
            if (receipt.Status == MessageStatus.Failed) Assert.Equal(0, person.MailboxCount);
            Rig.AssertNoToken(receipt.Reason);
        }

        foreach (SendResult result in console.Results) Rig.AssertNoToken(result.Error?.ToString());
    }

    [Fact]
    public async Task Sends_survive_answers_that_are_changed_at_random()
    {
        var random = new Random(7);
        for (int seed = 1; seed <= Seeds; seed++)
        {
            using var handler = new MutatingHandler(seed);
            await using Rig rig = await Rig.StartAsync(people: 20, handler: handler);
            rig.Sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/", Kind = FaultKind.Status, Status = 400, Probability = 0.2 });
            rig.Sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/", Kind = FaultKind.Status, Status = 502, Probability = 0.2, AfterStored = random.Next(2) == 0 });
            var rows = new List<SendRow>();
            foreach (SimParticipant person in rig.Sim.State.Participants) rows.Add(Row(rig, rows.Count + 2, person.Id, "Personal for " + person.Id, null));
            foreach (SimParticipant member in rig.Sim.State.Members) rows.Add(Row(rig, rows.Count + 2, member.Id, "Hello", "oh"));
            var console = new Sending.FakeConsole();
            await using var session = new SendSession(
                new SendOptions { BatchSize = 3, ThrottleLimit = 1 }, console, rig.Account, static _ => Task.FromResult<IMessageLedger>(new Sending.FakeLedger()), rig.Gateways);

            await session.SendListAsync(rows, CancellationToken.None).WaitAsync(HangLimit);

            Assert.Equal(rows.Count, console.Results.Count);
            foreach (MessageReceipt receipt in console.Receipts)
            {
                int got = rig.Sim.State.Find(receipt.ParticipantId)!.MailboxCount;
                Assert.InRange(got, 0, 1);
                if (receipt.Status is MessageStatus.Sent or MessageStatus.Queued) Assert.Equal(1, got);
                if (receipt.Status == MessageStatus.Failed) Assert.Equal(0, got);
            }
        }
    }

    private static SendRow Row(Rig rig, int row, string id, string body, string? account) => new()
    {
        Row = row,
        Recipient = RowRecipient.Person(id),
        Content = new RowContent { StudyId = rig.Sim.State.StudyId, Body = body, Account = account },
    };
}
