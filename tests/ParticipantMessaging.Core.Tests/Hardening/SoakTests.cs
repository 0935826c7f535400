using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;
using ParticipantMessaging.Tests.Ledger;
using Xunit.Abstractions;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>
/// Campaigns over both services while every endpoint fails at random, run again and again until all is settled, with reads beside them.
/// 20 campaigns in the suite; PM_SOAK_SECONDS=300 makes it a soak, PM_SOAK_SEED begins elsewhere.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int People = 80;
    private const int Campaigns = 20;
    private const int MostRuns = 25;

    [Fact]
    public async Task Nothing_is_sent_twice_lost_or_told_wrongly_while_everything_fails_at_random()
    {
        var time = TimeSpan.FromSeconds(Setting("PM_SOAK_SECONDS", 0));
        int seed = Setting("PM_SOAK_SEED", 1);
        long campaigns = 0, calls = 0, faults = 0, unknown = 0, reads = 0, failedReads = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            await using Rig rig = await Rig.StartAsync(People, seed, timeout: TimeSpan.FromMilliseconds(400));
            foreach (FaultRule rule in Faults(new Random(seed))) rig.Sim.Faults.Add(rule);
            using var stop = new CancellationTokenSource();
            Task<(int Good, int Bad)> reader = ReadAsync(rig, stop.Token);
            unknown += await CampaignAsync(rig, seed).WaitAsync(TimeSpan.FromMinutes(2));
            await stop.CancelAsync();
            (int good, int bad) = await reader.WaitAsync(TimeSpan.FromMinutes(2));
            reads += good;
            failedReads += bad;
            calls += rig.Sim.State.Requests.Count;
            faults += rig.Sim.Faults.All.Sum(static r => r.Struck);
            campaigns++;
            seed++;
        }
        while (campaigns < Campaigns || watch.Elapsed < time);

        output.WriteLine($"{campaigns} campaigns of {2 * People} people, {calls} requests, {faults} faults, {unknown} outcomes left Unknown, {reads} reads, {failedReads} of them failed.");
        Assert.True(faults > 50, $"Only {faults} faults struck.");
    }

    private static async Task<int> CampaignAsync(Rig rig, int seed)
    {
        using var folder = new TempFolder();
        var settings = new LedgerSettings { Kind = LedgerKind.File, Path = folder.File() };
        SimulatorState state = rig.Sim.State;
        var rows = new List<SendRow>();
        foreach (SimParticipant person in state.Participants)
        {
            rows.Add(Row(rows.Count + 2, person.Id, state.StudyId, rows.Count % 2 == 0 ? $"Dear {person.Id}" : "To all of you", null));
        }

        foreach (SimParticipant member in state.Members) rows.Add(Row(rows.Count + 2, member.Id, null, rows.Count % 5 == 0 ? $"Dear {member.Id}" : "To all of you", "oh"));
        var options = new SendOptions { Campaign = "soak", ThrottleLimit = 1 + (seed % 8), BatchSize = 1 + (seed % 11) };
        var last = new Dictionary<string, MessageReceipt>();
        for (int run = 0; run < MostRuns; run++)
        {
            var console = new Sending.FakeConsole();
            await using (var session = new SendSession(options, console, rig.Account, stop => LedgerFactory.OpenAsync(settings, null, null, stop), rig.Gateways))
            {
                await session.SendListAsync(rows, CancellationToken.None);
            }

            Assert.Equal(rows.Count, console.Results.Count);
            Assert.Equal(rows.Select(static r => r.Row), console.Receipts.Select(static r => r.Row));
            foreach (MessageReceipt receipt in console.Receipts) last[receipt.ParticipantId] = receipt;
            foreach (SimParticipant person in state.Participants.Concat(state.Members))
            {
                Assert.True(person.MailboxCount <= 1, $"{person.Id} has {person.MailboxCount} messages after run {run}, seed {seed}.");
                MessageReceipt receipt = last[person.Id];
                if (receipt.Status is MessageStatus.Sent or MessageStatus.Queued or MessageStatus.Skipped) Assert.True(person.MailboxCount == 1, $"{person.Id} is told {receipt.Status} ({receipt.Reason}), seed {seed}.");
                if (receipt.Status == MessageStatus.Failed) Assert.True(person.MailboxCount == 0, $"{person.Id} has a message and is told Failed ({receipt.Reason}), seed {seed}.");
            }

            if (last.Values.All(static r => r.Status != MessageStatus.Failed)) break;
        }

        Assert.DoesNotContain(last.Values, static r => r.Status == MessageStatus.Failed);
        foreach (string file in Directory.GetFiles(folder.Path)) Rig.AssertNoToken(System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
        return last.Values.Count(static r => r.Status == MessageStatus.Unknown);
    }

    private static async Task<(int Good, int Bad)> ReadAsync(Rig rig, CancellationToken stop)
    {
        int good = 0, bad = 0;
        while (!stop.IsCancellationRequested)
        {
            foreach ((string name, Func<ProlificClient, OpenHumansClient, SimulatorState, CancellationToken, Task>? read) in ServiceReads.All)
            {
                if (stop.IsCancellationRequested) break;
                try
                {
                    await read(rig.Prolific, rig.OpenHumans, rig.Sim.State, stop);
                    good++;
                }
                catch (MessagingException error)
                {
                    bad++;
                    Rig.AssertNoToken(error.ToString());
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                }
                catch (Exception error)
                {
                    throw new InvalidOperationException($"'{name}' failed with an exception of its own: {error.Message}", error);
                }
            }
        }

        return (good, bad);
    }

    private static IEnumerable<FaultRule> Faults(Random random)
    {
        FaultRule Rule(FaultKind kind, bool stored = false, int status = 500, int? retryAfter = null) => new()
        {
            PathPrefix = "/api/",
            Kind = kind,
            AfterStored = stored,
            Status = status,
            RetryAfterSeconds = retryAfter,
            DelayMs = kind == FaultKind.Dribble ? 2 : 40,
            Size = 1 << 20,
            Probability = 0.005 + (random.NextDouble() * 0.02),
        };
        yield return Rule(FaultKind.Status, status: 429);
        yield return Rule(FaultKind.Status, status: 429, retryAfter: 0);
        yield return Rule(FaultKind.Status, status: 500);
        yield return Rule(FaultKind.Status, stored: true, status: 500);
        yield return Rule(FaultKind.Status, status: 502);
        yield return Rule(FaultKind.Status, stored: true, status: 504);
        yield return Rule(FaultKind.Status, status: 503, retryAfter: 0);
        yield return Rule(FaultKind.Status, status: 400);
        yield return Rule(FaultKind.Reset);
        yield return Rule(FaultKind.Reset, stored: true);
        yield return Rule(FaultKind.NoAnswer);
        yield return Rule(FaultKind.NoAnswer, stored: true);
        yield return Rule(FaultKind.Slow);
        yield return Rule(FaultKind.Dribble);
        yield return Rule(FaultKind.TruncatedJson);
        yield return Rule(FaultKind.WrongTypes);
        yield return Rule(FaultKind.InvalidUtf8);
        yield return Rule(FaultKind.DeepNesting, stored: true);
        yield return Rule(FaultKind.HugeNumbers, stored: true);
        yield return Rule(FaultKind.GzipBomb, stored: true);
        yield return Rule(FaultKind.EndlessBody, stored: true);
        yield return Rule(FaultKind.Redirect);
    }

    private static SendRow Row(int row, string id, string? study, string body, string? account) => new()
    {
        Row = row,
        Recipient = RowRecipient.Person(id),
        Content = new RowContent { StudyId = study, Body = body, Account = account },
    };

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
