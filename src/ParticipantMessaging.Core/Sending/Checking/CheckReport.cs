using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>What the check made of a list.</summary>
public sealed class CheckReport
{
    /// <summary>So many rows with one fault are told one by one; more share one finding.</summary>
    private const int ToldSingly = 5;

    /// <summary>Sums a check up.</summary>
    /// <param name="rows">The rows, in their order.</param>
    public CheckReport(IReadOnlyList<CheckedRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Rows = rows;
        Findings = Collect(rows);
        InvalidRows = rows.Count(static r => r.Message is null && r.Block is null);
    }

    /// <summary>The rows, in their order.</summary>
    public IReadOnlyList<CheckedRow> Rows { get; }

    /// <summary>All findings in the order of the rows; what more than five rows have in common is one finding, and so is what is the fault of no row.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>How many rows have findings.</summary>
    public int InvalidRows { get; }

    /// <summary>True when nothing is wrong.</summary>
    public bool IsClean => InvalidRows == 0;

    /// <summary>Row numbers of people who get more than one text, without a campaign.</summary>
    public IEnumerable<(int First, int Later)> DifferentTexts
        => Rows.Where(static r => r.OtherTextInRow is not null).Select(static r => (r.OtherTextInRow!.Value, r.Row.Row));

    /// <summary>The message that a trial shows: the first good one of the service that knows such ids; a group's without a study cannot go to one person.</summary>
    /// <param name="testTo">Whom the trial goes to.</param>
    /// <returns>Null when there is none.</returns>
    public PreparedMessage? TrialFor(string testTo) => Rows.Select(static row => row.Message).FirstOrDefault(message =>
        message is not null && (message.Connection.Provider == MessagingProvider.Prolific ? RecipientId.IsProlific(testTo) && message.StudyId.Length > 0 : RecipientId.IsOpenHumans(testTo)));

    private static List<Finding> Collect(IReadOnlyList<CheckedRow> rows)
    {
        var all = new List<Finding>();
        foreach (CheckedRow row in rows)
        {
            if (row.Notes is not null) all.AddRange(row.Findings);
        }

        if (all.Count <= 1) return all;
        var shares = new Dictionary<(MessagingErrorReason, string, Remedy, string), List<Finding>>();
        foreach (Finding finding in all)
        {
            if (!shares.TryGetValue(finding.Kind, out List<Finding>? share)) shares.Add(finding.Kind, share = []);
            share.Add(finding);
        }

        var told = new List<Finding>();
        foreach (Finding finding in all)
        {
            List<Finding> share = shares[finding.Kind];
            if (share.Count <= ToldSingly && !finding.IsOfWholeList && !IsOfAccount(finding)) told.Add(finding);
            else if (ReferenceEquals(share[0], finding)) told.Add(Together(share));
        }

        return told;
    }

    private static Finding Together(List<Finding> share)
    {
        Finding first = share[0];
        // A text that names one column twice is one row all the same.
        List<SendRow> also = [.. share.Skip(1).Select(static f => f.Row).Where(r => r != first.Row).Distinct()];
        bool isOneFault = first.IsOfWholeList || share.TrueForAll(f => f.Fault == first.Fault);
        return first with { AlsoRows = also, Fault = isOneFault ? first.Fault : $"{first.Fault} (That is row {first.Row.Row}; the others are alike.)" };
    }

    private static bool IsOfAccount(Finding finding) => finding.Column == ListCheck.AccountColumn;
}

/// <summary>What the check made of one row. A value of three references: of 100,000 rows, nearly all have a message and no notes.</summary>
/// <param name="Row">The row.</param>
/// <param name="Message">What goes out; null when there are findings, or when the person is blocked.</param>
/// <param name="Notes">What else there is to say; null when there is nothing.</param>
public readonly record struct CheckedRow(SendRow Row, PreparedMessage? Message, CheckNotes? Notes = null)
{
    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<Finding> Findings => Notes?.Findings ?? [];

    /// <summary>The earlier row with the same person, study and text; null when there is none.</summary>
    public int? DuplicateOf => Notes?.DuplicateOf;

    /// <summary>The block of this person; null when there is none.</summary>
    public BlockedParticipant? Block => Notes?.Block;

    /// <summary>An earlier row with another text for the same person (sent all the same, without a campaign); null when there is none.</summary>
    public int? OtherTextInRow => Notes?.OtherTextInRow;
}

/// <summary>What a check has to say of a row that is not simply in order.</summary>
public sealed record CheckNotes
{
    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The earlier row with the same person, study and text; null when there is none.</summary>
    public int? DuplicateOf { get; init; }

    /// <summary>An earlier row with another text for the same person; null when there is none.</summary>
    public int? OtherTextInRow { get; init; }

    /// <summary>The block of this person; null when there is none.</summary>
    public BlockedParticipant? Block { get; init; }

    /// <summary>The account, as far as it is known, for the receipt of a row with findings.</summary>
    public ServiceConnection? Connection { get; init; }

    /// <summary>The id, as far as it is known.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>The study, as far as it is known.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The text, as far as it could be rendered.</summary>
    public RenderedText? Text { get; init; }
}
