using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.Core.Tests.Sending;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Simulator;
using ParticipantMessaging.Tests.Ledger;
using Xunit.Abstractions;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>
/// Several sending processes, as on several machines, with one PostgreSQL ledger and one list. PM_MACHINES_PEOPLE sets its length (2,000);
/// the figures of docs/performance.md are what it prints.
/// </summary>
[Collection(PostgresServer.Campaigns)]
public sealed class SeveralMachinesTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Latency = 20;
    private static readonly int _people = int.TryParse(Environment.GetEnvironmentVariable("PM_MACHINES_PEOPLE"), out int people) ? people : 2_000;

    [PostgresTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task One_list_is_shared_and_nobody_gets_two(int processes)
    {
        await using SimulatorHost sim = await StartAsync(_people);
        using var folder = new TempFolder();
        string[] ledger = await LedgerAsync();
        string ids = await WriteIdsAsync(folder, sim);
        var watch = Stopwatch.StartNew();
        List<ProbeProcess> running = [.. Enumerable.Range(0, processes).Select(_ => Start(sim, ids, ledger))];
        await Task.WhenAll(running.Select(static p => p.EndAsync()));
        TimeSpan all = watch.Elapsed;

        Assert.All(running, static p => Assert.True(p.HasFinished, string.Join('\n', p.Lines.TakeLast(5))));
        foreach (SimParticipant person in sim.State.Participants) Assert.Equal(1, person.MailboxCount);
        List<Dictionary<string, string>> receipts = running.ConvertAll(static p => p.Receipts);
        Assert.All(receipts, r => Assert.Equal(_people, r.Count));
        foreach (SimParticipant person in sim.State.Participants) Assert.Equal(1, receipts.Count(r => r[person.Id] == MessageStatus.Sent));

        TimeSpan sending = sim.State.Requests.All is { Count: > 1 } log ? log[^1].Time - log[0].Time : all;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{processes} processes, {_people} people, {Latency} ms latency: {sending.TotalSeconds:0.0} s of sending, {_people / sending.TotalSeconds:0} messages a second; shares {string.Join(", ", receipts.Select(r => r.Values.Count(static s => s == MessageStatus.Sent)))}."));
        running.ForEach(static p => p.Dispose());
    }

    [PostgresFact]
    public async Task A_database_that_is_restarted_midway_loses_nothing()
    {
        const int People = 1_500;
        await using SimulatorHost sim = await StartAsync(People);
        using var folder = new TempFolder();
        string[] ledger = await LedgerAsync();
        string ids = await WriteIdsAsync(folder, sim);
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sim.State.Stored = count =>
        {
            if (count >= People / 3) third.TrySetResult();
        };
        List<ProbeProcess> running = [.. Enumerable.Range(0, 2).Select(_ => Start(sim, ids, ledger))];
        await third.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await server.StopAsync();
        long whileDown = sim.State.SentCount;
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1)), Task.WhenAll(running.Select(static p => p.EndAsync())));

        // Without its ledger nothing new leaves; what had left before may still have been answered.
        Assert.InRange(sim.State.SentCount, whileDown, whileDown + (2 * 4));
        await server.StartAsync();
        await Task.WhenAll(running.Select(static p => p.EndAsync())).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.All(running, static p => Assert.True(p.HasFinished, string.Join('\n', p.Lines.TakeLast(5))));
        foreach (ProbeProcess one in running) Assert.Equal(People, one.Receipts.Count);
        running.ForEach(static p => p.Dispose());

        using ProbeProcess last = Start(sim, ids, ledger);
        await last.EndAsync();
        Assert.True(last.HasFinished, string.Join('\n', last.Lines.TakeLast(5)));
        Dictionary<string, string> receipts = last.Receipts;
        foreach (SimParticipant person in sim.State.Participants)
        {
            Assert.InRange(person.MailboxCount, 0, 1);
            if (person.MailboxCount == 0) Assert.Equal(MessageStatus.Unknown, receipts[person.Id]);
        }
    }

    private static Task<SimulatorHost> StartAsync(int people)
        => SimulatorHost.StartAsync(new SimulatorOptions { Participants = people, Members = 1, LatencyMinMs = Latency, LatencyMaxMs = Latency, RequestLogCapacity = 2 * people });

    private static ProbeProcess Start(SimulatorHost sim, string ids, string[] ledger)
        => new(sim.BaseUri, sim.Options.ProlificToken, sim.State.StudyId, ids, "wave 2", 4, ledger);

    private async Task<string[]> LedgerAsync()
    {
        LedgerSettings ledger = await server.NewLedgerAsync();
        return ["postgres", ledger.Port.ToString(CultureInfo.InvariantCulture), ledger.Username!, ledger.Schema!];
    }

    private static async Task<string> WriteIdsAsync(TempFolder folder, SimulatorHost sim)
    {
        string path = folder.File("ids.txt");
        await File.WriteAllLinesAsync(path, sim.State.Participants.Select(static p => p.Id));
        return path;
    }
}
