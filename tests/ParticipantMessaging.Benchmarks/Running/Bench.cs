using System.Globalization;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>What a case works with.</summary>
internal sealed class Bench(string module, string? before, string folder, int rounds, Report report)
{
    public string Module => module;

    /// <summary>The manifest of an earlier version, to be measured in the same rounds; null for none.</summary>
    public string? Before => before;

    public string Folder => folder;

    public int Rounds => rounds;

    public Report Report => report;

    public string File(string name) => Path.Combine(folder, name);

    /// <summary>A folder with accounts and a ledger of its own.</summary>
    public string NewHome()
    {
        string home = Path.Combine(folder, Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(home);
        return home;
    }

    public static string Row(Series series, Func<Measurement, double>? of = null)
        => string.Create(CultureInfo.InvariantCulture, $"{Series.Number(series.Median(of ?? (static r => r.WallMs)))} ({series.Spread(of ?? (static r => r.WallMs))})");

    /// <summary>One round: each goes first as often, since whoever does may be a twentieth behind (the same module beside itself was).</summary>
    /// <param name="round">Its number.</param>
    /// <param name="runs">What is measured in it; null is left out.</param>
    public static async Task InTurnAsync(int round, params Func<Task>?[] runs)
    {
        foreach (Func<Task>? run in round % 2 == 1 ? runs.Reverse() : runs)
            if (run is not null) await run().ConfigureAwait(false);
    }

    /// <summary>A run of the version before; null where none is measured.</summary>
    public Func<Task>? OfBefore(Func<string, Task> run) => before is null ? null : () => run(before);

    /// <summary>How the version at hand stands to the one before, where that was measured too.</summary>
    public void BesideBefore(string what, Series now, Series old, Func<Measurement, double> by, string comparison, double bound)
    {
        if (old.Runs.Count > 0) Report.Target($"{what}, times the version before", Series.Ratios(now, old, by), comparison, bound);
    }

    /// <summary>The same of the CPU time that it takes.</summary>
    public void CpuBesideBefore(string what, Series now, Series old) => BesideBefore($"{what}, CPU time", now, old, static r => r.CpuMs, "≤", 1);

    public static void Check(Measurement measurement, long expected, string what)
    {
        if (measurement.Items != expected) throw new InvalidOperationException($"{what}: {measurement.Items} of {expected} came out; the figures would mean nothing.");
    }
}
