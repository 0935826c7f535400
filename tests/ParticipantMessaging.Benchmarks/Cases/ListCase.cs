using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>100,000 rows of a CSV file with one text: rehearsed, sent in bulk with the ledger on, and skipped because all have it already.</summary>
internal sealed class ListCase : IBenchCase
{
    private const int People = 100_000;
    private const int FewPeople = 10_000;

    public string Name => "list";

    public async Task RunAsync(Bench bench)
    {
        string list = bench.File("list.csv");
        string few = bench.File("list-few.csv");
        string warm = bench.File("list-warm.csv");
        using SimulatorProcess sim = await SimulatorProcess.StartAsync("--participants", (People + 50).ToString(System.Globalization.CultureInfo.InvariantCulture)).ConfigureAwait(false);
        await sim.WriteListAsync(list, 50, People).ConfigureAwait(false);
        await sim.WriteListAsync(few, 50, FewPeople).ConfigureAwait(false);
        await sim.WriteListAsync(warm, 0, 50).ConfigureAwait(false);
        object Options(string file, int count, string campaign = "none", string? module = null) => new
        {
            module = module ?? bench.Module,
            baseUri = sim.BaseUri.ToString(),
            token = SimulatorProcess.Token,
            study = sim.Study,
            list = file,
            warmList = warm,
            count,
            campaign,
        };
        Series nothing = new(), kept = new(), whatIf = new(), bulk = new(), skip = new(), fewSkip = new(), fewWhatIf = new();
        Series oldWhatIf = new(), oldBulk = new(), oldSkip = new();
        string home = bench.NewHome();
        for (int round = 0; round < bench.Rounds; round++)
        {
            nothing.Add(await ChildProcess.PowerShellAsync("csv-null", Options(list, People), home).ConfigureAwait(false));
            kept.Add(await ChildProcess.PowerShellAsync("csv-keep", Options(list, People), home).ConfigureAwait(false));
            fewWhatIf.Add(await ChildProcess.PowerShellAsync("csv-whatif", Options(few, FewPeople), home).ConfigureAwait(false));
            await Bench.InTurnAsync(round, OursAsync, bench.OfBefore(BeforeAsync)).ConfigureAwait(false);
        }

        async Task OursAsync()
        {
            whatIf.Add(await ChildProcess.PowerShellAsync("csv-whatif", Options(list, People), home).ConfigureAwait(false));
            string campaignHome = bench.NewHome();
            await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
            bulk.Add(await ChildProcess.PowerShellAsync("csv-bulk", Options(list, People, "wave 2"), campaignHome).ConfigureAwait(false));
            long stored = await sim.CountMessagesAsync().ConfigureAwait(false);
            if (stored != People + 50) throw new InvalidOperationException($"The simulator has {stored} messages.");
            Measurement skipped = await ChildProcess.PowerShellAsync("skip", Options(list, People, "wave 2"), campaignHome).ConfigureAwait(false);
            Bench.Check(skipped, People, "skip");
            skip.Add(skipped);
            Measurement fewSkipped = await ChildProcess.PowerShellAsync("skip", Options(few, FewPeople, "wave 2"), campaignHome).ConfigureAwait(false);
            Bench.Check(fewSkipped, FewPeople, "skip");
            fewSkip.Add(fewSkipped);
            if (await sim.CountMessagesAsync().ConfigureAwait(false) != stored + 50) throw new InvalidOperationException("Somebody got a second message.");
        }

        async Task BeforeAsync(string module)
        {
            oldWhatIf.Add(await ChildProcess.PowerShellAsync("csv-whatif", Options(list, People, module: module), bench.NewHome()).ConfigureAwait(false));
            string campaignHome = bench.NewHome();
            await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
            oldBulk.Add(await ChildProcess.PowerShellAsync("csv-bulk", Options(list, People, "wave 2", module), campaignHome).ConfigureAwait(false));
            oldSkip.Add(await ChildProcess.PowerShellAsync("skip", Options(list, People, "wave 2", module), campaignHome).ConfigureAwait(false));
        }

        bench.Report.Section("A list of 100,000 rows with one text (`Import-Csv` included)", "| What | Wall, ms (spread) | CPU, ms (spread) | Rows/s | Peak memory, MB |");
        Row(bench, "`Import-Csv \\| Out-Null`", nothing);
        Row(bench, "`$rows = Import-Csv` (kept, as a list that is checked as a whole has to be)", kept);
        Row(bench, "`… \\| Send-ParticipantMessage -WhatIf`", whatIf);
        Row(bench, "the same, 10,000 rows", fewWhatIf);
        Row(bench, "`… \\| Send-ParticipantMessage -Campaign` (25 bulk calls, ledger on)", bulk);
        Row(bench, "all 100,000 sent already: skipped", skip);
        Row(bench, "10,000 sent already: skipped", fewSkip);
        if (oldWhatIf.Runs.Count > 0)
        {
            Row(bench, "the version before: `-WhatIf`", oldWhatIf);
            Row(bench, "the version before: sent in bulk", oldBulk);
            Row(bench, "the version before: all skipped", oldSkip);
        }

        bench.Report.Target("100,000 rows with -WhatIf, times `Import-Csv | Out-Null`", Series.Ratios(whatIf, nothing, static r => r.WallMs), "≤", 2.2);
        bench.Report.Target("100,000 rows sent in bulk, times `Import-Csv | Out-Null`", Series.Ratios(bulk, nothing, static r => r.WallMs), "≤", 4);
        bench.Report.Target("seconds to skip 100,000 rows", skip.Wall / 1000, "≤", 2);
        bench.Report.Target("100,000 rows skipped, times `Import-Csv | Out-Null`", Series.Ratios(skip, nothing, static r => r.WallMs), "≤", 3.5);
        if (oldWhatIf.Runs.Count == 0) return;
        foreach ((string what, Series now, Series old, double most) in ((string, Series, Series, double)[])
            [("-WhatIf", whatIf, oldWhatIf, 1.15), ("sent in bulk", bulk, oldBulk, 1), ("skipped", skip, oldSkip, 1)])
        {
            bench.BesideBefore($"100,000 rows {what}", now, old, static r => r.WallMs, "≤", most);
            bench.CpuBesideBefore($"100,000 rows {what}", now, old);
            bench.BesideBefore($"100,000 rows {what}, peak memory", now, old, static r => r.PeakMb, "≤", 1);
        }
    }

    private static void Row(Bench bench, string what, Series series) => bench.Report.Row(
        what, Bench.Row(series), Bench.Row(series, static r => r.CpuMs), Series.Number(series.PerSecond), Series.Number(series.Peak));
}
