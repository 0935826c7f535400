using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>How cost grows: 1,000 to 1,000,000 rows, looked at and sent in bulk, time and memory. The largest once.</summary>
internal sealed class GrowthCase : IBenchCase
{
    private static readonly int[] _sizes = [1_000, 10_000, 100_000, 1_000_000];

    public string Name => "growth";

    public async Task RunAsync(Bench bench)
    {
        bench.Report.Section("How cost grows", "| Rows | `Import-Csv`, ms | `-WhatIf`, ms (spread) | Peak, MB | Sent in bulk, ms (spread) | Peak, MB | µs a row, sent |");
        foreach (int rows in _sizes)
        {
            // Of a process each: a million people of before would be in the way of the next thousand.
            using SimulatorProcess sim = await SimulatorProcess.StartAsync("--participants", (rows + 50).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
            string list = bench.File($"growth-{rows}.csv"), warm = bench.File($"growth-{rows}-warm.csv");
            await sim.WriteListAsync(list, 50, rows).ConfigureAwait(false);
            await sim.WriteListAsync(warm, 0, 50).ConfigureAwait(false);
            var options = new { module = bench.Module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, study = sim.Study, list, warmList = warm, count = rows, campaign = "growth" };
            Series nothing = new(), whatIf = new(), bulk = new();
            for (int round = 0; round < (rows < 1_000_000 ? bench.Rounds : 1); round++)
            {
                nothing.Add(await ChildProcess.PowerShellAsync("csv-null", options, bench.NewHome()).ConfigureAwait(false));
                whatIf.Add(await ChildProcess.PowerShellAsync("csv-whatif", options, bench.NewHome()).ConfigureAwait(false));
                await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
                bulk.Add(await ChildProcess.PowerShellAsync("csv-bulk", options, bench.NewHome()).ConfigureAwait(false));
                long stored = await sim.CountMessagesAsync().ConfigureAwait(false);
                if (stored != rows + 50) throw new InvalidOperationException($"The simulator has {stored} messages instead of {rows + 50}.");
            }

            bench.Report.Row(
                rows.ToString("N0", CultureInfo.InvariantCulture), Bench.Row(nothing), Bench.Row(whatIf), Series.Number(whatIf.Peak), Bench.Row(bulk), Series.Number(bulk.Peak),
                Series.Number(bulk.Wall * 1000 / rows));
        }
    }
}
