namespace ParticipantMessaging.Sending;

/// <summary>What the check made of a list.</summary>
public sealed class CheckReport
{
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

    /// <summary>All findings in the order of the rows; an account that cannot be used is one finding for all its rows.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>How many rows have findings.</summary>
    public int InvalidRows { get; }

    /// <summary>True when nothing is wrong.</summary>
    public bool IsClean => InvalidRows == 0;

    /// <summary>Row numbers of people who get more than one text, without a campaign.</summary>
    public IEnumerable<(int First, int Later)> DifferentTexts
        => Rows.Where(static r => r.OtherTextInRow is not null).Select(static r => (r.OtherTextInRow!.Value, r.Row.Row));

    private static List<Finding> Collect(IReadOnlyList<CheckedRow> rows)
    {
        var all = new List<Finding>();
        var accounts = new Dictionary<(string, MessagingErrorReason), int>();
        foreach (Finding finding in rows.Where(static r => r.Notes is not null).SelectMany(static r => r.Findings))
        {
            if (finding.Column != "Account")
            {
                all.Add(finding);
                continue;
            }

            if (accounts.TryGetValue((finding.Value, finding.Reason), out int at))
            {
                all[at] = all[at] with { AlsoRows = [.. all[at].AlsoRows, finding.Row] };
            }
            else
            {
                accounts[(finding.Value, finding.Reason)] = all.Count;
                all.Add(finding);
            }
        }

        return all;
    }
}
