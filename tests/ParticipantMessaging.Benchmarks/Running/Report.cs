using System.Text;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>The table, as it stands in docs/performance.md.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public bool HasMissed { get; private set; }

    public void Section(string title, string columns)
    {
        Line("");
        Line($"### {title}");
        Line("");
        Line(columns);
        Line(string.Concat(Enumerable.Repeat("|---", columns.Count(static c => c == '|') - 1)) + "|");
    }

    public void Row(params string[] cells) => Line("| " + string.Join(" | ", cells) + " |");

    public void Target(string what, double value, string comparison, double target) => Target(what, Series.Number(value), value, comparison, target);

    /// <summary>A ratio of two tasks of one round, round by round: the median counts, the spread stands behind it.</summary>
    public void Target(string what, IReadOnlyList<double> ratios, string comparison, double target)
    {
        double median = Series.Median(ratios);
        Target(what, $"{Series.Number(median)} ({Series.Number(ratios.Min())}–{Series.Number(ratios.Max())})", median, comparison, target);
    }

    private void Target(string what, string measured, double value, string comparison, double target)
    {
        bool met = comparison == "≤" ? value <= target : value >= target;
        HasMissed |= !met;
        Line("");
        Line($"Target: {what} {comparison} {Series.Number(target)}; measured **{measured}**, {(met ? "met" : "missed")}.");
    }

    public void Line(string line)
    {
        Console.WriteLine(line);
        _text.AppendLine(line);
    }

    public override string ToString() => _text.ToString();
}
