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

    public void Target(string what, double value, string comparison, double target)
    {
        bool met = comparison == "≤" ? value <= target : value >= target;
        HasMissed |= !met;
        Line("");
        Line($"Target: {what} {comparison} {Series.Number(target)}; measured **{Series.Number(value)}**, {(met ? "met" : "missed")}.");
    }

    public void Line(string line)
    {
        Console.WriteLine(line);
        _text.AppendLine(line);
    }

    public override string ToString() => _text.ToString();
}
