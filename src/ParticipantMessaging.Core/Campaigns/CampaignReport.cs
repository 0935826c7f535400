using System.Globalization;
using System.Net;
using System.Text;

namespace ParticipantMessaging.Campaigns;

/// <summary>
/// A campaign on one page of HTML, for the lab's records and the ethics board: figures, sends and replies over time, who got it when and
/// with what outcome. Everything is in the page itself: no script, no font and no picture from elsewhere.
/// </summary>
public sealed class CampaignReport
{
    private const string TimeForm = "yyyy-MM-dd HH:mm:ss";

    /// <summary>Name of the campaign.</summary>
    public required string Campaign { get; init; }

    /// <summary>Its entries: of each person what stands, else the latest; trials are not among them.</summary>
    public required IReadOnlyList<SentMessage> Entries { get; init; }

    /// <summary>Whether <see cref="SentMessage.RepliedAt"/> was looked up; false where the service could not be asked.</summary>
    public bool HasReplies { get; init; }

    /// <summary>What is to be said about the replies; empty for nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>How many different texts there were.</summary>
    public long Texts { get; init; }

    /// <summary>When the page was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The zone that times are shown in.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    /// <summary>Of each person, account and study the entry that stands, else the latest.</summary>
    /// <param name="entries">Entries of one campaign.</param>
    /// <returns>The entries that a report is about, by time.</returns>
    public static IReadOnlyList<SentMessage> Choose(IEnumerable<SentMessage> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return
        [
            .. entries.Where(static entry => !entry.IsTrial)
                .GroupBy(static entry => (entry.Identity, entry.StudyId, entry.ParticipantId, entry.GroupId))
                .Select(static group => group
                    .OrderBy(static entry => entry.SupersededBy is null && entry.Status != MessageStatus.Failed ? 0 : 1)
                    .ThenByDescending(static entry => entry.Id)
                    .First())
                .OrderBy(TimeOf)
                .ThenBy(static entry => entry.Id),
        ];
    }

    /// <summary>Writes the page.</summary>
    /// <param name="writer">Where to; UTF-8.</param>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(CampaignReportPage.Head.Replace("{title}", Text($"Campaign {Campaign}"), StringComparison.Ordinal));
        writer.Write($"<header><p class=\"kind\">Campaign report</p><h1>{Text(Campaign)}</h1><p class=\"sub\">{Text(Accounts())}</p></header>\n<main>\n");
        WriteFigures(writer);
        if (Note.Length > 0) writer.Write($"<p class=\"note\">{Text(Note)}</p>\n");
        if (Entries.Count > 0) writer.Write(new CampaignPlot(this).Draw());
        WriteTable(writer);
        writer.Write("</main>\n<footer><p>");
        writer.Write(Text(string.Create(
            CultureInfo.InvariantCulture,
            $"Made on {Show(CreatedAt)} from the ledger of sent messages. All times are {ZoneName()}. The ledger holds no texts: a text is known by its SHA-256 and its length.")));
        writer.Write("</p></footer>\n</body>\n</html>\n");
    }

    internal static DateTimeOffset TimeOf(SentMessage entry) => entry.SettledAt ?? entry.ClaimedAt;

    internal static bool WasSent(SentMessage entry) => entry.Status is MessageStatus.Sent or MessageStatus.Queued;

    /// <summary>Text as it may stand in the page: cleaned as everything that is shown, and escaped.</summary>
    internal static string Text(string text) => WebUtility.HtmlEncode(ShownText.Line(text));

    internal DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);

    internal string ZoneName()
    {
        TimeSpan offset = Zone.GetUtcOffset(CreatedAt);
        return Zone.BaseUtcOffset == TimeSpan.Zero && !Zone.SupportsDaylightSavingTime
            ? "UTC"
            : string.Create(CultureInfo.InvariantCulture, $"local ({Zone.Id}, UTC{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm} when this page was made)");
    }

    private string Show(DateTimeOffset time) => Local(time).ToString(TimeForm, CultureInfo.InvariantCulture);

    private string Accounts()
    {
        IEnumerable<string> accounts = Entries
            .Select(static entry => (entry.Account, entry.Provider, entry.StudyId))
            .Distinct()
            .Select(static one => $"{one.Account} ({(one.Provider == nameof(MessagingProvider.OpenHumans) ? "Open Humans" : one.Provider)}{(one.StudyId.Length > 0 ? $", study {one.StudyId}" : "")})");
        return string.Join(" · ", accounts.Take(8));
    }

    private void WriteFigures(TextWriter writer)
    {
        PeopleCount Count(Func<SentMessage, bool> which) => PeopleCount.Of(Entries.Where(which));
        PeopleCount people = Count(static _ => true);
        PeopleCount sent = Count(static entry => entry.Status == MessageStatus.Sent);
        PeopleCount queued = Count(static entry => entry.Status == MessageStatus.Queued);
        PeopleCount failed = Count(static entry => entry.Status == MessageStatus.Failed);
        PeopleCount unknown = Count(static entry => entry.Status is MessageStatus.Unknown or MessageStatus.Sending);
        PeopleCount replied = Count(static entry => entry.RepliedAt is not null);
        writer.Write("<section class=\"figures\" aria-label=\"Figures\">\n");
        Figure("people", people.Text, "");
        if (sent.IsAny || !queued.IsAny) Figure("sent", sent.Text, "sent");
        if (queued.IsAny) Figure("queued", queued.Text, "sent");
        if (HasReplies) Figure("replied", replied.Text, "reply", sent is { IsWhole: true, Known: > 0 } ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * replied.Known / sent.Known:0.#} %") : "");
        Figure("failed", failed.Text, failed.IsAny ? "failed" : "");
        Figure("unknown", unknown.Text, unknown.IsAny ? "unknown" : "");
        Figure(Texts == 1 ? "text" : "different texts", Texts.ToString("N0", CultureInfo.InvariantCulture), "");
        writer.Write("</section>\n");
        if (Entries.Count == 0) return;
        writer.Write($"<p class=\"span\">First message {Text(Show(Entries.Min(TimeOf)))}, last {Text(Show(Entries.Max(TimeOf)))}.{(people.IsWhole ? "" : " Of a group the service did not say how many it has: where it belongs, a number has ≥ before it or is a question mark.")}</p>\n");

        void Figure(string label, string value, string kind, string more = "")
            => writer.Write($"<div class=\"figure {kind}\"><b>{value}</b><span>{label}{(more.Length > 0 ? $" · {more}" : "")}</span></div>\n");
    }

    private void WriteTable(TextWriter writer)
    {
        bool manyAccounts = Entries.Select(static entry => (entry.Account, entry.StudyId)).Distinct().Skip(1).Any();
        writer.Write("<h2>Who, when, with what outcome</h2>\n<table>\n<thead><tr><th>Participant</th>");
        if (manyAccounts) writer.Write("<th>Account</th><th>Study</th>");
        writer.Write("<th>Time</th><th>Outcome</th>");
        if (HasReplies) writer.Write("<th>Replied</th>");
        writer.Write("<th>Text</th></tr></thead>\n<tbody>\n");
        var row = new StringBuilder(512);
        foreach (SentMessage entry in Entries)
        {
            row.Clear();
            row.Append("<tr><td class=\"id\">").Append(Text(Recipient(entry))).Append("</td>");
            if (manyAccounts) row.Append("<td>").Append(Text(entry.Account)).Append("</td><td class=\"id\">").Append(Text(entry.StudyId)).Append("</td>");
            row.Append("<td class=\"time\">").Append(Show(TimeOf(entry))).Append("</td><td><span class=\"status ").Append(Kind(entry.Status)).Append("\">").Append(Text(entry.Status)).Append("</span>");
            if (entry.Reason.Length > 0) row.Append(" <span class=\"why\">").Append(Text(entry.Reason)).Append("</span>");
            row.Append("</td>");
            if (HasReplies) row.Append("<td class=\"time\">").Append(entry.RepliedAt is { } replied ? Show(replied) : "").Append("</td>");
            row.Append("<td class=\"hash\" title=\"SHA-256 ").Append(Text(entry.BodyHash)).Append("\">").Append(Text(entry.BodyHash.Length > 8 ? entry.BodyHash[..8] : entry.BodyHash))
                .Append(CultureInfo.InvariantCulture, $"</td></tr>\n");
            writer.Write(row);
        }

        writer.Write("</tbody>\n</table>\n");
    }

    private static string Recipient(SentMessage entry)
    {
        if (entry.ParticipantId.Length > 0) return entry.ParticipantId;
        string whom = entry.GroupId == "*" ? "all members" : $"group {entry.GroupId}";
        return entry.Recipients is { } people
            ? string.Create(CultureInfo.InvariantCulture, $"{whom}, {people:N0} people")
            : $"{whom}, an unknown number of people";
    }

    private static string Kind(string status) => status switch
    {
        MessageStatus.Sent or MessageStatus.Queued => "sent",
        MessageStatus.Failed => "failed",
        _ => "unknown",
    };
}

/// <summary>A number of people, to which a group can belong whose head count is not known.</summary>
/// <param name="Known">How many there are without such groups.</param>
/// <param name="IsWhole">There is none of them.</param>
internal readonly record struct PeopleCount(long Known, bool IsWhole)
{
    public bool IsAny => Known > 0 || !IsWhole;

    public string Text => IsWhole ? Known.ToString("N0", CultureInfo.InvariantCulture) : Known == 0 ? "?" : string.Create(CultureInfo.InvariantCulture, $"≥ {Known:N0}");

    public static PeopleCount Of(IEnumerable<SentMessage> entries)
    {
        long known = 0;
        bool isWhole = true;
        foreach (SentMessage entry in entries)
        {
            known += entry.Recipients ?? 0;
            isWhole &= entry.Recipients is not null;
        }

        return new PeopleCount(known, isWhole);
    }
}
