using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>Several processes work through one list with one PostgreSQL ledger: 20 ms a call, 4 calls each.</summary>
internal sealed class MachinesCase(string? postgres, string? postgresBefore) : IBenchCase
{
    private const int People = 4_000;

    public string Name => "machines";

    public async Task RunAsync(Bench bench)
    {
        if (postgres is null) return;
        using SimulatorProcess sim = await SimulatorProcess.StartAsync(
            "--participants", (People + 50).ToString(CultureInfo.InvariantCulture), "--latency-min-ms", "20", "--latency-max-ms", "20").ConfigureAwait(false);
        string list = bench.File("machines.csv"), warm = bench.File("machines-warm.csv");
        await sim.WriteListAsync(list, 50, People).ConfigureAwait(false);
        await sim.WriteListAsync(warm, 0, 50).ConfigureAwait(false);
        bench.Report.Section("Several processes, one PostgreSQL ledger: 4,000 people, 20 ms a call, 4 calls at once in each (200 a second each at the most)", "| Processes | Messages a second (spread) | Share of the most |");
        var targets = new List<Action>();
        foreach ((int count, double least) in ((int, double)[])[(1, 190), (2, 375), (4, 720)])
        {
            Series together = new(), old = new(), bare = new();
            for (int round = 0; round < bench.Rounds; round++)
            {
                await BareAsync().ConfigureAwait(false);
                await Bench.InTurnAsync(
                    round,
                    () => RoundAsync(bench.Module, postgres, together),
                    postgresBefore is null ? null : bench.OfBefore(before => RoundAsync(before, postgresBefore, old))).ConfigureAwait(false);
            }

            // The same calls with nothing around them, each process with its share of the list: what the service and the clock let through.
            async Task BareAsync()
            {
                string[] lines = await File.ReadAllLinesAsync(list).ConfigureAwait(false);
                Task<Measurement>[] all = [.. lines[1..].Chunk(People / count).Select(async (share, i) =>
                {
                    string file = bench.File(string.Create(CultureInfo.InvariantCulture, $"machines-{count}-{i}.csv"));
                    await File.WriteAllLinesAsync(file, [lines[0], .. share]).ConfigureAwait(false);
                    return await ChildProcess.OwnAsync(bench.NewHome(), "ceiling-send", sim.BaseUri.ToString(), sim.Study, file, warm, "4").ConfigureAwait(false);
                })];
                Measurement[] runs = await Task.WhenAll(all).ConfigureAwait(false);
                bare.Add(new Measurement(runs.Max(static r => r.WallMs), runs.Sum(static r => r.CpuMs), runs.Max(static r => r.PeakMb), runs.Sum(static r => r.Items)));
            }

            async Task RoundAsync(string module, string database, Series series)
            {
                await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
                var options = new
                {
                    module,
                    baseUri = sim.BaseUri.ToString(),
                    token = SimulatorProcess.Token,
                    study = sim.Study,
                    list,
                    warmList = warm,
                    postgres = database,
                    campaign = $"machines {Guid.NewGuid():N}",
                    processes = count,
                    gate = bench.NewHome(),
                };
                Measurement[] runs = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ChildProcess.PowerShellAsync("machine", options, bench.NewHome()))).ConfigureAwait(false);
                long sent = runs.Sum(static r => r.Items);
                if (sent != People) throw new InvalidOperationException($"{sent} of {People} were sent.");
                series.Add(new Measurement(runs.Max(static r => r.WallMs), runs.Sum(static r => r.CpuMs), runs.Max(static r => r.PeakMb), sent));
            }

            static double Rate(Measurement run) => run.Items / run.WallMs * 1000;
            double most = 200.0 * count;
            bench.Report.Row(count.ToString(CultureInfo.InvariantCulture), Bench.Row(together, Rate), Series.Number(together.Median(Rate) / most));
            bench.Report.Row($"{count}, a bare `HttpClient` loop in each, no ledger", Bench.Row(bare, Rate), Series.Number(bare.Median(Rate) / most));
            if (old.Runs.Count > 0) bench.Report.Row($"{count}, the version before", Bench.Row(old, Rate), Series.Number(old.Median(Rate) / most));
            targets.Add(() => bench.Report.Target($"messages a second with {count} processes", together.Median(Rate), "≥", least));
            targets.Add(() => bench.Report.Target($"messages a second with {count} processes, share of the bare loops", Series.Ratios(together, bare, Rate), "≥", 0.95));
            targets.Add(() => bench.BesideBefore($"messages a second with {count} processes", together, old, Rate, "≥", 1));
            targets.Add(() => bench.CpuBesideBefore($"messages with {count} processes", together, old));
        }

        targets.ForEach(static target => target());
    }
}
