using System.Globalization;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>The runs of one task: median and spread.</summary>
internal sealed class Series
{
    private readonly List<Measurement> _runs = [];

    public IReadOnlyList<Measurement> Runs => _runs;

    public void Add(Measurement run) => _runs.Add(run);

    public double Wall => Median(static r => r.WallMs);

    public double Cpu => Median(static r => r.CpuMs);

    public double Peak => Median(static r => r.PeakMb);

    public double PerSecond => Median(static r => r.Items / r.WallMs * 1000);

    public string Spread(Func<Measurement, double> of)
    {
        double[] sorted = [.. _runs.Select(of).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{Number(sorted[0])}–{Number(sorted[^1])}");
    }

    public double Median(Func<Measurement, double> of) => Median([.. _runs.Select(of)]);

    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The ratios round by round: what disturbs the machine disturbs both of a round.</summary>
    public static IReadOnlyList<double> Ratios(Series of, Series to, Func<Measurement, double> by) => [.. of._runs.Zip(to._runs, (a, b) => by(a) / by(b))];

    public static string Number(double value) => value.ToString(value switch
    {
        >= 1000 => "N0",
        >= 100 => "0",
        >= 10 => "0.0",
        _ => "0.00",
    }, CultureInfo.InvariantCulture);
}
