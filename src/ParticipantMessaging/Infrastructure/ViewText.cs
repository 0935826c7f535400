using System.Collections;
using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// What the format views call. Bodies, names and ids were written by other people: every text passes <see cref="ShownText"/> before it is
/// shown; the objects themselves stay as they are.
/// </summary>
public static class ViewText
{
    private const string Reset = "\u001b[0m";
    private const string Green = "\u001b[32m";
    private const string Dim = "\u001b[2m";

    [ThreadStatic]
    private static (string Text, int Row, long Tick) _lastReason;

    /// <summary>A time as people read it in a list: <c>11-25 03:10</c>, or the date alone when it is more than ten months away.</summary>
    /// <param name="time">The time; null gives an empty text.</param>
    public static string When(DateTimeOffset? time)
    {
        if (time is not { } value) return "";
        DateTimeOffset local = Local(value);
        string form = (DateTimeOffset.Now - local).Duration() < TimeSpan.FromDays(300) ? "MM-dd HH:mm" : "yyyy-MM-dd";
        return local.ToString(form, CultureInfo.InvariantCulture);
    }

    /// <summary>A time in full, as lists show it: <c>2026-11-25 03:10:12 +01:00</c>, in local time.</summary>
    /// <param name="time">The time; null gives an empty text.</param>
    public static string Time(DateTimeOffset? time) => time is { } value ? Local(value).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture) : "";

    // The last and the first day of the calendar have no local time everywhere.
    private static DateTimeOffset Local(DateTimeOffset time)
        => time.UtcDateTime > DateTime.MaxValue.AddDays(-2) || time.UtcDateTime < DateTime.MinValue.AddDays(2) ? time.ToUniversalTime() : time.ToLocalTime();

    /// <summary>A number; one that is not known is no 0.</summary>
    /// <param name="value">The number; null when it is not known.</param>
    /// <param name="unknown">What stands for that.</param>
    public static object Number(object? value, string unknown) => value ?? unknown;

    /// <summary>A text on one line; of a very long one the beginning.</summary>
    /// <param name="text">The text, or what has one (an address); null is fine.</param>
    public static string Line(object? text) => ShownText.Line(Convert.ToString(text, CultureInfo.InvariantCulture), 4096);

    /// <summary>A text with its lines.</summary>
    /// <param name="text">The text; null is fine.</param>
    public static string Text(string? text) => ShownText.Lines(text);

    /// <summary>At most so many characters; what was cut ends in an ellipsis.</summary>
    /// <param name="text">The text; null is fine.</param>
    /// <param name="most">How many, at least 1.</param>
    public static string Cut(string? text, int most)
    {
        string line = Line(text);
        if (line.Length <= most) return line;
        int end = char.IsHighSurrogate(line[most - 2 < 0 ? 0 : most - 2]) ? most - 2 : most - 1;
        return string.Concat(line.AsSpan(0, Math.Max(end, 0)), "…");
    }

    /// <summary>Breaks lines between words; the formatter itself would break them anywhere.</summary>
    /// <param name="text">The text; null is fine.</param>
    /// <param name="width">Most characters a line; below 16 (a host that has no width) the text stays as it is.</param>
    public static string Fold(string? text, int width)
    {
        // The formatter leaves the last column free.
        width--;
        string shown = ShownText.Lines(text);
        if (shown.Length == 0 || width < 16) return shown;
        var folded = new StringBuilder(shown.Length + 16);
        foreach (string line in shown.Split('\n'))
        {
            ReadOnlySpan<char> rest = line;
            while (rest.Length > width)
            {
                int space = rest[..(width + 1)].LastIndexOf(' ');
                if (space <= 0) space = rest.IndexOf(' ');
                if (space < 0) break;
                folded.Append(rest[..space]).Append('\n');
                rest = rest[(space + 1)..];
            }

            folded.Append(rest).Append('\n');
        }

        return folded.ToString(0, folded.Length - 1);
    }

    /// <summary>
    /// Why, for the table of receipts: in full; of the very text that stands in the row before, only the first line. A view is not told where
    /// its table begins, so what counts as the row before has a smaller number and was shown a moment ago.
    /// </summary>
    /// <param name="row">The receipt's row.</param>
    /// <param name="reason">The reason; null is fine.</param>
    /// <param name="width">Most characters a line, as for <see cref="Fold"/>.</param>
    public static string Reason(int row, string? reason, int width)
    {
        string folded = Fold(reason, width);
        (string text, int lastRow, long tick) = _lastReason;
        _lastReason = (reason ?? "", row, Environment.TickCount64);
        int end = folded.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0 || row <= lastRow || Environment.TickCount64 - tick > 1000 || !string.Equals(text, reason, StringComparison.Ordinal)) return folded;
        return string.Concat(folded.AsSpan(0, Math.Min(end, width - 2)).TrimEnd(), "…");
    }

    /// <summary>Whom a message is for.</summary>
    /// <param name="participantId">The person; empty for a group.</param>
    /// <param name="groupId">The group; <c>*</c> for all members.</param>
    public static string Recipient(string? participantId, string? groupId)
    {
        if (!string.IsNullOrEmpty(participantId)) return Line(participantId);
        return groupId == "*" ? "(all members)" : Line(groupId);
    }

    /// <summary>A status in its colour; the host takes the colour out where it is not wanted.</summary>
    /// <param name="status">The status; null is fine.</param>
    /// <param name="warning">The session's colour of warnings.</param>
    /// <param name="error">The session's colour of errors.</param>
    public static string Status(string? status, string? warning, string? error)
    {
        string line = Line(status);
        string colour = line switch
        {
            "Sent" or "Queued" or "SUCCEEDED" => Green,
            "Failed" or "FAILED" => error ?? "",
            "Unknown" => warning ?? "",
            "Skipped" => Dim,
            _ => "",
        };
        return Coloured(line, colour);
    }

    /// <summary>Yes or no, the no in a colour.</summary>
    /// <param name="value">Which.</param>
    /// <param name="colour">The colour of a no.</param>
    public static string YesNo(bool value, string? colour) => value ? "yes" : Coloured("no", colour ?? "");

    /// <summary>Names and values, one a line.</summary>
    /// <param name="members">A dictionary; null is fine.</param>
    public static string Members(IEnumerable<KeyValuePair<string, object?>>? members)
        => members is null ? "" : string.Join('\n', members.Select(static m => $"{Line(m.Key)}: {Value(m.Value)}"));

    private static string Coloured(string text, string colour) => colour.Length == 0 || text.Length == 0 ? text : colour + text + Reset;

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => Line(text),
        IDictionary members => "{" + string.Join(", ", members.Keys.Cast<object>().Select(key => $"{Line(key.ToString())}: {Value(members[key])}")) + "}",
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Value)) + "]",
        _ => Line(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
