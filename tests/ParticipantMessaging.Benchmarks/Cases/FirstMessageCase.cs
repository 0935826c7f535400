using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>The first message of a fresh process, import included, beside one call of Invoke-RestMethod: what a runbook that sends one message waits for.</summary>
internal sealed class FirstMessageCase : IBenchCase
{
    private const int People = 200;

    public string Name => "first";

    public async Task RunAsync(Bench bench)
    {
        using SimulatorProcess sim = await SimulatorProcess.StartAsync("--participants", People.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        string list = bench.File("first.csv");
        await sim.WriteListAsync(list, 0, People).ConfigureAwait(false);
        Series ours = new(), direct = new(), old = new();
        for (int round = 0; round < (bench.Rounds * 2) + 1; round++)
        {
            // The first round reads the files from the disk and warms the simulator up.
            bool counts = round > 0;
            async Task TakeAsync(Series series, string task, string module)
            {
                Measurement run = await ChildProcess.PowerShellAsync(
                    task, new { module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, study = sim.Study, list, index = round }, bench.NewHome()).ConfigureAwait(false);
                Bench.Check(run, 1, task);
                if (counts) series.Add(run);
            }

            await Bench.InTurnAsync(
                round,
                () => TakeAsync(ours, "first-ours", bench.Module),
                () => TakeAsync(direct, "first-direct", bench.Module),
                bench.OfBefore(before => TakeAsync(old, "first-ours", before))).ConfigureAwait(false);
        }

        bench.Report.Section("The first message of a fresh process", "| What | Wall, ms (spread) | CPU, ms (spread) |");
        Row(bench, "`Import-Module` and `Send-ParticipantMessage` to one person: a new ledger, who the account is, one message", ours);
        if (old.Runs.Count > 0) Row(bench, "the same, the version before", old);
        Row(bench, "`Invoke-RestMethod`, one message", direct);
        bench.Report.Target("first message, times `Invoke-RestMethod`", Series.Ratios(ours, direct, static r => r.WallMs), "≤", 1);
        bench.BesideBefore("first message", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("first message", ours, old);
    }

    private static void Row(Bench bench, string what, Series series) => bench.Report.Row(what, Bench.Row(series), Bench.Row(series, static r => r.CpuMs));
}
