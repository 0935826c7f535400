using System.Collections;
using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// What the format views call. Bodies and names were written by other people: whatever could steer a terminal (control characters,
/// marks that turn the direction of writing round) is taken out before it is shown; the objects themselves stay as they are.
/// </summary>
public static class ViewText
{
    private const string Reset = "\u001b[0m";
    private const string Green = "\u001b[32m";
    private const string Dim = "\u001b[2m";

    /// <summary>A time as people read it in a list: <c>11-25 03:10</c>, or the date alone when it is more than ten months away.</summary>
    /// <param name="time">The time; null gives an empty text.</param>
    public static string When(DateTimeOffset? time)
    {
        if (time is not { } value) return "";
        DateTimeOffset local = value.ToLocalTime();
        string form = (DateTimeOffset.Now - local).Duration() < TimeSpan.FromDays(300) ? "MM-dd HH:mm" : "yyyy-MM-dd";
        return local.ToString(form, CultureInfo.InvariantCulture);
    }

    /// <summary>A text on one line.</summary>
    /// <param name="text">The text; null is fine.</param>
    public static string Line(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var line = new StringBuilder(Math.Min(text.Length, 1024));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, 1024)))
        {
            if (Steers(c) || char.IsWhiteSpace(c))
            {
                if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
            }
            else
            {
                line.Append(c);
            }
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>A text with its lines.</summary>
    /// <param name="text">The text; null is fine.</param>
    public static string Text(string? text)
        => string.IsNullOrEmpty(text) ? "" : string.Concat(text.Where(static c => c is '\n' or '\t' || !Steers(c)));

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
        if (string.IsNullOrEmpty(text) || width < 16) return text ?? "";
        var folded = new StringBuilder(text.Length + 16);
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
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

    private static bool Steers(char c) => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u2028' or '\u2029';
}
