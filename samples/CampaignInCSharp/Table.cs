using System.Globalization;

namespace CampaignInCSharp;

/// <summary>Writes objects as a table of 80 columns or, on a wider console, as wide as that.</summary>
internal static class Table
{
    public static void Write<T>(IReadOnlyList<T> items, params (string Name, Func<T, string> Value)[] columns)
    {
        int total = Console.IsOutputRedirected ? 100 : Math.Max(80, Console.WindowWidth);
        List<string[]> lines =
        [
            columns.Select(c => c.Name).ToArray(),
            columns.Select(c => new string('-', c.Name.Length)).ToArray(),
            .. items.Select(item => columns.Select(c => Line(c.Value(item))).ToArray()),
        ];
        int[] widths = columns.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        widths[^1] = Math.Max(10, total - widths[..^1].Sum(width => width + 1) - 1);
        foreach (string[] line in lines)
        {
            Console.WriteLine(string.Join(' ', line.Select((text, i) => Cut(text, widths[i]).PadRight(widths[i]))).TrimEnd());
        }

        Console.WriteLine();
    }

    public static string Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("MMM dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    // What other people wrote must not steer the terminal.
    private static string Line(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Cut(string text, int width) => text.Length <= width ? text : string.Concat(text.AsSpan(0, width - 1), "…");
}
