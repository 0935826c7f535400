using System.Globalization;
using System.Text.Json;
using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>The webhook event log: time for 50,000 events, memory for 20,000 and 200,000.</summary>
internal sealed class EventsCase : IBenchCase
{
    private const int Events = 50_000;
    private const int FewEvents = 20_000;
    private const int ManyEvents = 200_000;

    public string Name => "events";

    public async Task RunAsync(Bench bench)
    {
        using SimulatorProcess sim = await SimulatorProcess.StartAsync("--events", ManyEvents.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        JsonElement subscriptions = await sim.GetAsync("subscriptions").ConfigureAwait(false);
        string subscription = subscriptions[0].GetProperty("id").GetString()!;
        object Options(int count, string? module = null) => new { module = module ?? bench.Module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, subscription, count };
        Series ceiling = new(), ours = new(), loop = new(), few = new(), many = new(), old = new();
        string home = bench.NewHome();
        for (int round = 0; round < bench.Rounds; round++)
        {
            async Task TakeAsync(Series series, int count, Func<Task<Measurement>> run)
            {
                Measurement measurement = await run().ConfigureAwait(false);
                Bench.Check(measurement, count, "events");
                series.Add(measurement);
            }

            await TakeAsync(ceiling, Events, () => ChildProcess.OwnAsync(home, "ceiling-events", sim.BaseUri.ToString(), subscription, Events.ToString(CultureInfo.InvariantCulture))).ConfigureAwait(false);
            await Bench.InTurnAsync(
                round,
                () => TakeAsync(ours, Events, () => ChildProcess.PowerShellAsync("events-ours", Options(Events), home)),
                bench.OfBefore(before => TakeAsync(old, Events, () => ChildProcess.PowerShellAsync("events-ours", Options(Events, before), home)))).ConfigureAwait(false);
            await TakeAsync(loop, Events, () => ChildProcess.PowerShellAsync("events-loop", Options(Events), home)).ConfigureAwait(false);
            await TakeAsync(few, FewEvents, () => ChildProcess.PowerShellAsync("events-ours", Options(FewEvents), home)).ConfigureAwait(false);
            await TakeAsync(many, ManyEvents, () => ChildProcess.PowerShellAsync("events-ours", Options(ManyEvents), home)).ConfigureAwait(false);
        }

        bench.Report.Section("50,000 webhook events, 1,000 a page", "| Who | Wall, ms (spread) | CPU, ms (spread) | Events/s |");
        Row(bench, "`HttpClient` loop, each event looked at (the ceiling)", ceiling);
        Row(bench, "**`Get-WebhookEvent`**, each a typed object", ours);
        if (old.Runs.Count > 0) Row(bench, "the version before", old);
        Row(bench, "`Invoke-RestMethod` in a paging loop", loop);
        bench.Report.Target("50,000 events, times the ceiling", Series.Ratios(ours, ceiling, static r => r.WallMs), "≤", 1.5);
        bench.Report.Target("50,000 events, how many times faster than the paging loop", Series.Ratios(loop, ours, static r => r.WallMs), "≥", 4);
        bench.BesideBefore("50,000 events", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("50,000 events", ours, old);

        bench.Report.Section("Memory while events stream", "| Events | Peak memory of the process, MB (spread) |");
        bench.Report.Row("20,000", Bench.Row(few, static r => r.PeakMb));
        bench.Report.Row("200,000", Bench.Row(many, static r => r.PeakMb));
        bench.Report.Target("peak memory at 200,000 events, times that at 20,000", Series.Ratios(many, few, static r => r.PeakMb), "≤", 1.3);
    }

    private static void Row(Bench bench, string who, Series series) => bench.Report.Row(
        who, Bench.Row(series), Bench.Row(series, static r => r.CpuMs), Series.Number(series.PerSecond));
}
