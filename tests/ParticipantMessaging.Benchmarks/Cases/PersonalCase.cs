using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>Personalised messages, one call each, 16 at once, ledger on; beside what people write themselves and the ceiling.</summary>
/// <param name="name">What <c>--only</c> calls it.</param>
/// <param name="people">Messages of one run: of a few thousand, a fresh process spends a good part in the compiler; of many, little.</param>
/// <param name="withScripts">Whether what people write themselves is measured as well.</param>
internal sealed class PersonalCase(string name, int people, bool withScripts) : IBenchCase
{
    private const int Fewer = 600;
    private const int Throttle = 16;

    public string Name => name;

    public async Task RunAsync(Bench bench)
    {
        bench.Report.Section(
            string.Create(CultureInfo.InvariantCulture, $"{people:N0} personalised messages, 16 calls at once (messages a second; CPU of the sending process, ms per 1,000 messages)"),
            "| Latency | Who | Messages/s (spread) | CPU/1,000 (spread) |");
        var targets = new List<Action>();
        foreach (int latency in (int[])[0, 5]) targets.AddRange(await RunAsync(bench, latency).ConfigureAwait(false));

        // Below the table, not in the middle of it.
        targets.ForEach(static target => target());
    }

    private async Task<List<Action>> RunAsync(Bench bench, int latency)
    {
        string ms = latency.ToString(CultureInfo.InvariantCulture);
        using SimulatorProcess sim = await SimulatorProcess.StartAsync(
            "--participants", (people + 100).ToString(CultureInfo.InvariantCulture), "--latency-min-ms", ms, "--latency-max-ms", ms).ConfigureAwait(false);
        string list = bench.File("personal.csv"), fewer = bench.File("personal-few.csv"), warm = bench.File("personal-warm.csv");
        await sim.WriteListAsync(list, 100, people).ConfigureAwait(false);
        await sim.WriteListAsync(fewer, 100, Fewer).ConfigureAwait(false);
        await sim.WriteListAsync(warm, 0, 100).ConfigureAwait(false);
        object Options(string file, string? module = null) => new
        {
            module = module ?? bench.Module,
            baseUri = sim.BaseUri.ToString(),
            token = SimulatorProcess.Token,
            study = sim.Study,
            list = file,
            warmList = warm,
            throttle = Throttle,
        };

        Series ceiling = new(), ours = new(), old = new(), parallel = new(), sequential = new();
        for (int round = 0; round < bench.Rounds; round++)
        {
            string home = bench.NewHome();
            async Task TakeAsync(Series series, int count, string what, Func<Task<Measurement>> run)
            {
                await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
                Measurement measurement = await run().ConfigureAwait(false);
                Bench.Check(measurement, count, what);
                long stored = await sim.CountMessagesAsync().ConfigureAwait(false);
                if (stored != count + 100) throw new InvalidOperationException($"{what}: the simulator has {stored} messages instead of {count + 100}.");
                series.Add(measurement);
            }

            await TakeAsync(ceiling, people, "ceiling", () => ChildProcess.OwnAsync(
                home, "ceiling-send", sim.BaseUri.ToString(), sim.Study, list, warm, Throttle.ToString(CultureInfo.InvariantCulture))).ConfigureAwait(false);
            await Bench.InTurnAsync(
                round,
                () => TakeAsync(ours, people, "ours", () => ChildProcess.PowerShellAsync("send-ours", Options(list), home)),
                bench.OfBefore(before => TakeAsync(old, people, "before", () => ChildProcess.PowerShellAsync("send-ours", Options(list, before), bench.NewHome())))).ConfigureAwait(false);
            if (!withScripts) continue;
            await TakeAsync(parallel, Fewer, "parallel", () => ChildProcess.PowerShellAsync("send-parallel", Options(fewer), home)).ConfigureAwait(false);
            await TakeAsync(sequential, Fewer, "sequential", () => ChildProcess.PowerShellAsync("send-sequential", Options(fewer), home)).ConfigureAwait(false);
        }

        Row(bench, latency, "`HttpClient` loop (the ceiling: no checks, no ledger)", ceiling);
        Row(bench, latency, "**`Send-ParticipantMessage -ThrottleLimit 16`**", ours);
        if (old.Runs.Count > 0) Row(bench, latency, "the version before", old);
        List<Action> targets =
        [
            () => bench.Report.Target($"sends at {latency} ms, share of the ceiling", Series.Ratios(ours, ceiling, Rate), "≥", latency == 0 ? 0.75 : 0.95),
            () => bench.BesideBefore($"sends at {latency} ms", ours, old, Rate, "≥", 1),
            () => bench.CpuBesideBefore($"sends at {latency} ms", ours, old),
        ];
        if (!withScripts) return targets;
        Row(bench, latency, "`ForEach-Object -Parallel -ThrottleLimit 16` with `Invoke-RestMethod`", parallel);
        Row(bench, latency, "`Invoke-RestMethod` one after the other", sequential);
        targets.Add(() => bench.Report.Target($"sends at {latency} ms, times `ForEach-Object -Parallel`", Series.Ratios(ours, parallel, Rate), "≥", 3));
        return targets;
    }

    private static double Rate(Measurement run) => run.Items / run.WallMs * 1000;

    private static void Row(Bench bench, int latency, string who, Series series) => bench.Report.Row(
        $"{latency} ms", who, Bench.Row(series, Rate), Bench.Row(series, static r => r.CpuMs / r.Items * 1000));
}
