using System.Runtime.Versioning;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>Real processes, several at once, killed at random points: nobody gets two messages, and nobody is lost silently.</summary>
[Collection(PostgresServer.Collection)]
public sealed class LedgerProcessTests(PostgresServer server) : IDisposable
{
    // More than can be sent before the last process has killed itself.
    private const int People = 600;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Killed_and_started_again_on_a_file(int seed) => KillAndRestartAsync(_folder.File(), null, processes: 1, seed);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public Task Several_processes_killed_on_a_file(int processes) => KillAndRestartAsync(_folder.File(), null, processes, seed: 10 + processes);

    [PostgresFact]
    public async Task Several_processes_killed_on_PostgreSQL()
    {
        LedgerSettings settings = await server.NewLedgerAsync();
        await KillAndRestartAsync(Text(settings), settings, processes: 4, seed: 20);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public Task Several_processes_share_one_campaign_on_a_file(int processes) => ShareAsync(_folder.File(), processes);

    [PostgresFact]
    public async Task Several_processes_share_one_campaign_on_PostgreSQL()
        => await ShareAsync(Text(await server.NewLedgerAsync()), processes: 4);

    [PostgresFact]
    public async Task The_database_is_restarted_midway_and_the_campaign_goes_on()
    {
        string ledger = Text(await server.NewLedgerAsync());
        string outbox = Outbox();
        using var one = Probe.Start(ledger, outbox, "restart", 4_000, atOnce: 8, seed: 1);
        using var two = Probe.Start(ledger, outbox, "restart", 4_000, atOnce: 8, seed: 2);
        await Probe.GoAsync(one, two);
        await WaitForAsync(outbox, 100, one);
        await server.StopAsync();
        await server.StartAsync();

        (int Sent, int Skipped, int Unknown)?[] results = await Task.WhenAll(one.EndAsync(), two.EndAsync());
        Assert.All(results, static result => Assert.Equal(0, result!.Value.Unknown));
        Assert.Equal(4_000, results.Sum(static result => result!.Value.Sent));
        Assert.Equal(Enumerable.Range(0, 4_000).Select(Claims.Person), Sent(outbox).Order());
    }

    [HiddenProcessesFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Another_users_run_on_a_host_that_hides_processes_takes_no_live_claims_for_gone_on_a_file()
    {
        File.SetUnixFileMode(_folder.Path, EverybodysFolder);
        await LookFromAnotherUserAsync(new LedgerSettings { Path = _folder.File() }, null, _folder.File());
    }

    [HiddenProcessesFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Another_users_run_on_a_host_that_hides_processes_takes_no_live_claims_for_gone_on_PostgreSQL()
    {
        if (PostgresServer.WhyNot is not null)
            return;
        LedgerSettings settings = await server.NewLedgerAsync();
        File.SetUnixFileMode(_folder.Path, EverybodysFolder);
        await LookFromAnotherUserAsync(settings, PostgresServer.Password, Text(settings));
    }

    private const UnixFileMode Everybodys = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private const UnixFileMode EverybodysFolder = Everybodys | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    [UnsupportedOSPlatform("windows")]
    private async Task LookFromAnotherUserAsync(LedgerSettings settings, string? password, string probesLedger)
    {
        // This process is the run that lives, with five calls under way.
        await using IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, password, TimeProvider.System, default);
        IReadOnlyList<ClaimResult> held = await ledger.ClaimAsync([.. Enumerable.Range(0, 5).Select(static person => Claims.Claim(person, "hidden", study: ""))], new ClaimOptions(), default);
        foreach (string file in Directory.EnumerateFiles(_folder.Path))
            File.SetUnixFileMode(file, Everybodys);
        string outbox = Outbox();
        File.SetUnixFileMode(outbox, EverybodysFolder);

        using var probe = Probe.Start(probesLedger, outbox, "hidden", 10, atOnce: 2, seed: 3, launcher: HiddenProcessesFactAttribute.Launcher);
        await Probe.GoAsync(probe);
        Assert.Equal((5, 5, 0), await probe.EndAsync());
        Assert.Equal(Enumerable.Range(5, 5).Select(Claims.Person), Sent(outbox).Order());

        // What it holds is still its own to settle.
        await ledger.SettleAsync([.. held.Select(static one => new MessageOutcome(one.EntryId, MessageStatus.Sent, "", 204, 1))], default);
        Assert.Equal(10, await ledger.CountAsync(new LedgerQuery { Statuses = [MessageStatus.Sent] }, default));
    }

    private static string Text(LedgerSettings settings)
        => $"Host={settings.Host};Port={settings.Port};Database={settings.Database};Username={settings.Username};Password={PostgresServer.Password};SSL Mode=Disable;Search Path={settings.Schema}";

    private static List<string> Sent(string outbox) => [.. Directory.EnumerateFiles(outbox).Select(Path.GetFileName).Select(static name => name!.Split('.')[0])];

    private static async Task WaitForAsync(string outbox, int count, Probe probe)
    {
        while (Sent(outbox).Count < count && !probe.HasEnded)
            await Task.Delay(1);
    }

    private string Outbox() => Directory.CreateDirectory(_folder.File("outbox")).FullName;

    private async Task ShareAsync(string ledger, int processes)
    {
        string outbox = Outbox();
        var probes = Enumerable.Range(0, processes).Select(seed => Probe.Start(ledger, outbox, "share", 1_000, atOnce: 4, seed)).ToList();
        await Probe.GoAsync(probes);
        (int Sent, int Skipped, int Unknown)?[] results = await Task.WhenAll(probes.Select(static probe => probe.EndAsync()));
        probes.ForEach(static probe => probe.Dispose());

        Assert.All(results, static result => Assert.Equal(1_000, result!.Value.Sent + result.Value.Skipped));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(Claims.Person), Sent(outbox).Order());
    }

    private async Task KillAndRestartAsync(string ledger, LedgerSettings? settings, int processes, int seed)
    {
        var random = new Random(seed);
        string outbox = Outbox();
        int kills = 0;
        for (int round = 0; round < 4; round++)
        {
            // At a random step: before the first message is out, between claim and send, between send and outcome, after it.
            var probes = Enumerable.Range(0, processes)
                .Select(_ => Probe.Start(ledger, outbox, "kill", People, atOnce: 3, random.Next(), dieAt: random.Next(1, 60)))
                .ToList();
            await Probe.GoAsync(probes);
            foreach (Probe? probe in probes)
                kills += await probe.EndAsync() is null ? 1 : 0;
            probes.ForEach(static probe => probe.Dispose());
        }

        using var last = Probe.Start(ledger, outbox, "kill", People, atOnce: 3, seed);
        await Probe.GoAsync(last);
        (int Sent, int Skipped, int Unknown) result = (await last.EndAsync())!.Value;
        List<string> sent = Sent(outbox);
        Assert.Equal(4 * processes, kills);
        Assert.Equal(sent.Count, sent.Distinct().Count());
        Assert.Equal(People, result.Sent + result.Skipped + result.Unknown);

        await using IMessageLedger opened = await LedgerFactory.OpenAsync(
            settings ?? new LedgerSettings { Path = ledger }, settings is null ? null : PostgresServer.Password, null, default);
        IReadOnlyDictionary<string, StandingEntry> standing = await opened.GetCampaignAsync("lab", "", "kill", default);
        Assert.Equal(People, standing.Count);
        Assert.All(standing.Values, static entry => Assert.Contains(entry.Status, new[] { MessageStatus.Sent, MessageStatus.Unknown }));
        Assert.Equal(result.Unknown, standing.Values.Count(static entry => entry.Status == MessageStatus.Unknown));

        // Sent implies that it went out; who has none is Unknown.
        Assert.Empty(standing.Values.Where(static entry => entry.Status == MessageStatus.Sent).Select(static entry => entry.ParticipantId).Except(sent));
        Assert.All(Enumerable.Range(0, People).Select(Claims.Person).Except(sent), person => Assert.Equal(MessageStatus.Unknown, standing[person].Status));
    }
}
