using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Sending;

/// <summary>One thing that is wrong with one row, or with several rows alike.</summary>
/// <param name="Row">The row.</param>
/// <param name="Reason">What kind; the stable part of the error id.</param>
/// <param name="Column">The column it is about; empty when it is about none.</param>
/// <param name="Value">The value that is wrong; empty when there is none to show.</param>
/// <param name="Fault">What is wrong, for a researcher: a sentence in small letters that stands behind the row's number.</param>
/// <param name="RecommendedAction">What to do.</param>
public sealed record Finding(
    SendRow Row,
    MessagingErrorReason Reason,
    string Column,
    string Value,
    string Fault,
    string RecommendedAction)
{
    private const int MostRanges = 40;

    /// <summary>What mends it, for those who have their own words for it (the cmdlets name their parameters).</summary>
    public Remedy Remedy { get; init; }

    /// <summary>What the remedy is about: a column, a value, a placeholder; empty when it needs nothing.</summary>
    public string Hint { get; init; } = "";

    /// <summary>True when the fault is none of the row's: an account that cannot be used, a file that is no list.</summary>
    public bool IsOfWholeList { get; init; }

    /// <summary>True when the file was not read as what it is, so that nothing else can be told of its rows.</summary>
    internal bool IsMisread => IsOfWholeList && Remedy is Remedy.Encoding or Remedy.Workbook or Remedy.SepLine or Remedy.Delimiter or Remedy.NoHeader or Remedy.ReadFile or Remedy.ReadLines or Remedy.LeaveOutFormat;

    /// <summary>More rows that the same finding is about.</summary>
    public IReadOnlyList<SendRow> AlsoRows { get; init; } = [];

    /// <summary>What is wrong, with its row or rows, for a researcher.</summary>
    public string Message
    {
        get
        {
            if (IsOfWholeList) return Capital(Fault);
            string column = IsOfIdColumn ? ", column " + ColumnName.Show(Column) : "";
            if (AlsoRows.Count == 0)
            {
                // The value of the id's column is the id: it need not be said twice.
                if (column.Length > 0 && Row.IsListed) return $"Row {Row.Row}{column}: {Fault}";
                return Row.Say(Fault);
            }

            return $"Rows {Numbers([Row, .. AlsoRows])}{column}: {Fault}";
        }
    }

    /// <summary>What is wrong, for where the row stands beside it (a receipt, a preview): without its number, so that what is alike reads alike.</summary>
    public string Why => Capital(IsOfIdColumn && !IsOfWholeList ? $"column {ColumnName.Show(Column)}: {Fault}" : Fault);

    private bool IsOfIdColumn => Column.Length > 0 && Column == Row.Recipient.Column;

    /// <summary>What findings that are alike have in common. A file has one encoding, whichever of its cells show that it is another.</summary>
    internal (MessagingErrorReason Reason, string Column, Remedy Remedy, string Text) Kind => IsOfWholeList && Remedy == Remedy.Encoding
        ? (Reason, "", Remedy, Hint)
        : (Reason, Column, Remedy, Remedy is Remedy.MendId or Remedy.LiteralValue or Remedy.OtherAccount or Remedy.SplitIds or Remedy.StoreAsText ? "" : Fault);

    /// <summary>The numbers of rows, runs drawn together: <c>2 to 13, 15</c>.</summary>
    /// <param name="rows">The rows, in their order.</param>
    /// <returns>The numbers.</returns>
    public static string Numbers(IReadOnlyList<SendRow> rows)
    {
        var text = new StringBuilder();
        int ranges = 0;
        for (int i = 0; i < rows.Count;)
        {
            int end = i;
            while (end + 1 < rows.Count && rows[end + 1].Row == rows[end].Row + 1) end++;
            if (end == i + 1) end = i;
            if (ranges++ == MostRanges) return text.Append(CultureInfo.InvariantCulture, $" and {rows.Count - i:N0} more").ToString();
            if (text.Length > 0) text.Append(", ");
            text.Append(CultureInfo.InvariantCulture, $"{rows[i].Row}");
            if (end > i) text.Append(CultureInfo.InvariantCulture, $" to {rows[end].Row}");
            i = end + 1;
        }

        return text.ToString();
    }

    private static string Capital(string text) => text.Length == 0 ? text : string.Concat(char.ToUpperInvariant(text[0]).ToString(), text.AsSpan(1));
}

/// <summary>What mends a finding.</summary>
public enum Remedy
{
    /// <summary>What <see cref="Finding.RecommendedAction"/> says, nothing else.</summary>
    AsSaid,

    /// <summary>Say which column names the people; the hint is one that holds ids, or empty.</summary>
    IdColumn,

    /// <summary>Say which of two columns is meant; the hint is the first.</summary>
    ChooseColumn,

    /// <summary>Say that this column names the people, if it does; the hint is the column.</summary>
    ThisColumn,

    /// <summary>Mend the id.</summary>
    MendId,

    /// <summary>One row a person; the hint is how many ids there are.</summary>
    SplitIds,

    /// <summary>Store the column as text in the spreadsheet.</summary>
    StoreAsText,

    /// <summary>Give lost zeros back.</summary>
    RestoreZeros,

    /// <summary>Choose the account of the other service; the hint is its name.</summary>
    OtherAccount,

    /// <summary>Leave the first rows out; the hint is how many.</summary>
    SkipRows,

    /// <summary>Leave rows out whose column is blank; the hint is the column.</summary>
    LeaveOutBlank,

    /// <summary>Read the file with another separator; the hint is it.</summary>
    Delimiter,

    /// <summary>Take another list: this one holds no ids; the hint is the column where they should be.</summary>
    OtherList,

    /// <summary>Leave out the line <c>sep=</c>; the hint is the separator.</summary>
    SepLine,

    /// <summary>Save the workbook as CSV.</summary>
    Workbook,

    /// <summary>Read the file first; the hint is its name.</summary>
    ReadFile,

    /// <summary>Read the file, whose lines came as if they were ids.</summary>
    ReadLines,

    /// <summary>Leave out what turns rows into a table to look at.</summary>
    LeaveOutFormat,

    /// <summary>Read the file in its own encoding; the hint is it, or empty.</summary>
    Encoding,

    /// <summary>Read the text in its own encoding, or save its file as UTF-8; the hint is the broken piece.</summary>
    TextEncoding,

    /// <summary>Write it as this library does, or say that it is meant as it stands; the hint is what is written.</summary>
    LiteralText,

    /// <summary>Read the file with names for its columns: it has no header line.</summary>
    NoHeader,

    /// <summary>Give a study.</summary>
    GiveStudy,

    /// <summary>Give a text.</summary>
    GiveText,

    /// <summary>Write another name between the braces; the hint is it, or empty.</summary>
    Placeholder,

    /// <summary>Send the list that the rows came from: what is left of it here has none of its columns.</summary>
    SendList,

    /// <summary>Fill the column in, or give something that stands for nothing; the hint is the column.</summary>
    FillIn,

    /// <summary>Likewise, or say that the value is meant as it stands; the hint is the value.</summary>
    LiteralValue,

    /// <summary>Send to one group after the other.</summary>
    OneGroup,

    /// <summary>Address people.</summary>
    AddressPeople,
}
