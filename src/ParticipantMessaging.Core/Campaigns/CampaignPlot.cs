using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Campaigns;

/// <summary>How many have the message, and how many have replied, over time: two curves in an SVG of the page itself.</summary>
internal sealed class CampaignPlot(CampaignReport report)
{
    private const double Width = 960, Height = 320, Left = 56, Right = 116, Top = 18, Bottom = 40;
    private const int MostPoints = 400;

    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromDays(1), TimeSpan.FromDays(2),
        TimeSpan.FromDays(7), TimeSpan.FromDays(14), TimeSpan.FromDays(30), TimeSpan.FromDays(91), TimeSpan.FromDays(365),
    ];

    private DateTimeOffset _first;
    private TimeSpan _span;
    private double _most;

    /// <summary>The plot; empty when nothing was sent.</summary>
    public string Draw()
    {
        List<(DateTimeOffset Time, long Count)> sends = Add(report.Entries.Where(CampaignReport.WasSent).Select(static entry => (CampaignReport.TimeOf(entry), entry.Recipients ?? 0)));
        List<(DateTimeOffset Time, long Count)> replies = Add(report.Entries.Where(static entry => entry.RepliedAt is not null).Select(static entry => (entry.RepliedAt!.Value, entry.Recipients ?? 0)));
        if (sends.Count == 0 || sends[^1].Count == 0) return "";
        string sent = PeopleCount.Of(report.Entries.Where(CampaignReport.WasSent)).Text;
        // Replies have the service's time, sends this computer's: one may seem to be older than what it answers.
        _first = replies.Count > 0 && replies[0].Time < sends[0].Time ? replies[0].Time : sends[0].Time;
        DateTimeOffset last = replies.Count > 0 && replies[^1].Time > sends[^1].Time ? replies[^1].Time : sends[^1].Time;
        _span = last - _first > TimeSpan.FromSeconds(30) ? last - _first : TimeSpan.FromSeconds(30);
        _first -= _span * 0.01;
        _span *= 1.03;
        double step = NiceStep(Math.Max(sends[^1].Count, replies.Count > 0 ? replies[^1].Count : 0));
        _most = Math.Max(step, Math.Ceiling(Math.Max(sends[^1].Count, replies.Count > 0 ? replies[^1].Count : 0) / step) * step);

        string sum = Invariant($"{sent} sent{(report.HasReplies ? Invariant($", {(replies.Count > 0 ? replies[^1].Count : 0):N0} replied") : "")}");
        var svg = new StringBuilder(16_384);
        svg.Append("<h2>Sends and replies over time</h2>\n<figure>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Sends and replies over time: {sum}\">\n");
        for (double value = 0; value <= _most; value += step)
        {
            double y = Y(value);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"{(value == 0 ? "axis" : "grid")}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{value:N0}</text>\n");
        }

        DrawTimes(svg);
        string line = Line(sends);
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"area\" d=\"{line}H{Width - Right:0.#}V{Y(0):0.#}H{X(sends[0].Time):0.#}Z\"/><path class=\"sends\" d=\"{line}H{Width - Right:0.#}\"/>\n");
        double sentLabel = Y(sends[^1].Count);
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"label-sent\" x=\"{Width - Right + 8}\" y=\"{sentLabel + 4:0.#}\">{sent} sent</text>\n");
        if (replies.Count > 0)
        {
            double replyLabel = Y(replies[^1].Count);
            if (Math.Abs(replyLabel - sentLabel) < 14) replyLabel = sentLabel + 14;
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"replies\" d=\"{Line(replies)}H{Width - Right:0.#}\"/>\n<text class=\"label-reply\" x=\"{Width - Right + 8}\" y=\"{replyLabel + 4:0.#}\">{replies[^1].Count:N0} replied</text>\n");
        }

        svg.Append("</svg>\n</figure>\n");
        return svg.ToString();
    }

    /// <summary>How many until when.</summary>
    private static List<(DateTimeOffset Time, long Count)> Add(IEnumerable<(DateTimeOffset Time, long People)> events)
    {
        var sums = new List<(DateTimeOffset Time, long Count)>();
        long count = 0;
        foreach ((DateTimeOffset time, long people) in events.OrderBy(static one => one.Time))
        {
            count += people;
            if (sums.Count > 0 && sums[^1].Time == time) sums[^1] = (time, count);
            else sums.Add((time, count));
        }

        return sums;
    }

    private void DrawTimes(StringBuilder svg)
    {
        TimeSpan step = Steps.FirstOrDefault(step => _span / step <= 8, Steps[^1]);
        DateTimeOffset local = report.Local(_first);

        // Ticks stand at whole hours and days of the zone that times are shown in.
        long ticks = (local.DateTime.Ticks / step.Ticks + 1) * step.Ticks;
        string form = step >= TimeSpan.FromDays(1) ? "d MMM" : step >= TimeSpan.FromMinutes(1) ? "HH:mm" : "HH:mm:ss";
        int shownDay = -1;
        for (; ; ticks += step.Ticks)
        {
            var wall = new DateTime(ticks, DateTimeKind.Unspecified);
            var time = new DateTimeOffset(wall, report.Zone.GetUtcOffset(wall));
            if (time > _first + _span) break;
            if (time < _first) continue;
            double x = X(time);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text x=\"{x:0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{wall.ToString(form, CultureInfo.InvariantCulture)}</text>\n");
            if (step < TimeSpan.FromDays(1) && wall.DayOfYear != shownDay)
            {
                shownDay = wall.DayOfYear;
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{Height - Bottom + 32}\" text-anchor=\"middle\">{wall.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}</text>\n");
            }
        }

        if (step >= TimeSpan.FromDays(1))
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right}\" y=\"{Height - Bottom + 32}\" text-anchor=\"end\">{report.Local(_first + _span).Year}</text>\n");
    }

    /// <summary>Steps: the number holds until the next one comes. Of very many points those that can be told apart.</summary>
    private string Line(List<(DateTimeOffset Time, long Count)> points)
    {
        var path = new StringBuilder();
        path.Append(CultureInfo.InvariantCulture, $"M{X(points[0].Time):0.#} {Y(0):0.#}");
        double every = Math.Max(1, (double)points.Count / MostPoints);
        for (double at = 0; at < points.Count; at += every) Append((int)at);
        Append(points.Count - 1);
        return path.ToString();

        void Append(int index) => path.Append(CultureInfo.InvariantCulture, $"H{X(points[index].Time):0.#}V{Y(points[index].Count):0.#}");
    }

    private double X(DateTimeOffset time) => Left + ((time - _first) / _span * (Width - Left - Right));

    private double Y(double count) => Height - Bottom - (count / _most * (Height - Top - Bottom));

    private static double NiceStep(long most)
    {
        double rough = Math.Max(1, most / 4.0);
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
        return Math.Max(1, step);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
