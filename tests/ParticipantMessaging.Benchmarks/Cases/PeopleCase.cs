using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>The people of a study: 20,000 submissions, each person once.</summary>
internal sealed class PeopleCase : IBenchCase
{
    private const int People = 20_000;

    public string Name => "people";

    public async Task RunAsync(Bench bench)
    {
        using SimulatorProcess sim = await SimulatorProcess.StartAsync(
            "--participants", People.ToString(CultureInfo.InvariantCulture), "--submissions", People.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        object Options(string module) => new { module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, study = sim.Study };
        Series ours = new(), loop = new(), old = new();
        string home = bench.NewHome();
        for (int round = 0; round < bench.Rounds + 1; round++)
        {
            // The first round warms the simulator up.
            bool counts = round > 0;
            async Task TakeAsync(Series series, string script, string module)
            {
                Measurement measurement = await ChildProcess.PowerShellAsync(script, Options(module), home).ConfigureAwait(false);
                Bench.Check(measurement, People, "people");
                if (counts) series.Add(measurement);
            }

            await Bench.InTurnAsync(
                round,
                () => TakeAsync(ours, "people-ours", bench.Module),
                () => TakeAsync(loop, "people-loop", bench.Module),
                bench.OfBefore(before => TakeAsync(old, "people-ours", before))).ConfigureAwait(false);
        }

        bench.Report.Section("The people of 20,000 submissions, 200 a page", "| Who | Wall, ms (spread) | CPU, ms (spread) | People/s |");
        Row(bench, "**`Get-Participant -StudyId`**, each person once, with the latest submission", ours);
        if (old.Runs.Count > 0) Row(bench, "the version before", old);
        Row(bench, "`Invoke-RestMethod` in a paging loop, every submission", loop);
        bench.Report.Target("20,000 submissions, times the paging loop", Series.Ratios(ours, loop, static r => r.WallMs), "≤", 1);
        bench.BesideBefore("20,000 submissions", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("20,000 submissions", ours, old);
    }

    private static void Row(Bench bench, string who, Series series) => bench.Report.Row(
        who, Bench.Row(series), Bench.Row(series, static r => r.CpuMs), Series.Number(series.PerSecond));
}
