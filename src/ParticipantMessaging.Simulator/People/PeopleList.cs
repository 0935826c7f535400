using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>One person of a researcher's list.</summary>
/// <param name="Row">The row as a spreadsheet shows it; the first one below the names of the columns is 2.</param>
/// <param name="Id">24 hex digits, or 8 or 16 digits.</param>
/// <param name="Provider">Where a person with such an id is.</param>
/// <param name="FirstName">The name to show; null when the list has none.</param>
/// <param name="StudyId">The study, if the list names one.</param>
/// <param name="Status">The submission's status, if the list names one that exists.</param>
/// <param name="GroupId">The participant group, if the list names one.</param>
internal sealed record ListedPerson(
    int Row, string Id, SimProvider Provider, string? FirstName, string? StudyId, string? Status, string? GroupId);

/// <summary>A researcher's own list as the people of a rehearsal: the columns that mean a person are those that the module takes.</summary>
internal sealed partial record PeopleList(IReadOnlyList<ListedPerson> People, IReadOnlyList<int> RowsWithoutId)
{
    // In the order in which they win; compared without case, blanks, "_", "-" and ".".
    private static readonly string[] IdColumns =
    [
        "participantid", "prolificpid", "prolificid", "projectmemberid", "recipientid", "senderid", "participantpublicid",
        "participantlabel", "subjectid", "id",
    ];

    private static readonly string[] NameColumns = ["firstname", "givenname", "forename", "vorname", "name"];

    /// <summary>Reads CSV with commas, semicolons or tabs, as UTF-8, UTF-16 or Windows-1252.</summary>
    /// <exception cref="ArgumentException">It is no such file, or nobody is in it; the message says what is missing.</exception>
    public static PeopleList Read(byte[] content, string? idColumn = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.AsSpan().StartsWith("PK"u8))
            throw new ArgumentException("This is an Excel workbook. Save it as CSV (Save as, CSV UTF-8) and take that file.");
        List<string[]> rows = Csv.Read(Decode(content));
        if (rows.Count == 0)
            throw new ArgumentException("The list is empty.");
        string[] names = [.. rows[0].Select(Plain)];
        int[] idColumns = Columns(names, idColumn is null ? IdColumns : [Plain(idColumn)]);
        if (idColumns.Length == 0)
        {
            throw new ArgumentException(idColumn is null
                ? $"No column names a person; the list has {string.Join(", ", rows[0])}. Name the column with --id-column."
                : $"There is no column '{idColumn}'; the list has {string.Join(", ", rows[0])}.");
        }

        int[] nameColumns = Columns(names, NameColumns);
        int study = Array.IndexOf(names, "studyid");
        int status = Array.IndexOf(names, "status");
        int group = Array.IndexOf(names, "groupid");
        var people = new List<ListedPerson>();
        var without = new List<int>();
        for (int i = 1; i < rows.Count; i++)
        {
            string[] row = rows[i];
            string Cell(int column) => column >= 0 && column < row.Length ? row[column].Trim() : "";
            if (row.All(string.IsNullOrWhiteSpace))
                continue;
            if (idColumns.Select(c => Id(Cell(c))).FirstOrDefault(found => found is not null) is not { } id)
            {
                without.Add(i + 1);
                continue;
            }

            string? name = nameColumns.Select(Cell).FirstOrDefault(n => n.Length > 0);
            people.Add(new ListedPerson(i + 1, id, id.Length == 24 ? SimProvider.Prolific : SimProvider.OpenHumans, name,
                ProlificId().IsMatch(Cell(study)) ? Cell(study).ToLowerInvariant() : null, SimulatorState.StatusOrNull(Cell(status)),
                ProlificId().IsMatch(Cell(group)) ? Cell(group).ToLowerInvariant() : null));
        }

        return people.Count > 0 ? new PeopleList(people, without) : throw new ArgumentException(
            $"No row of the column '{rows[0][idColumns[0]]}' holds an id (24 hex digits on Prolific, 8 or 16 digits on Open Humans).");
    }

    /// <summary>What became of the rows, in a sentence or two.</summary>
    public static string Summary(int added, int known, IReadOnlyList<int> rowsWithoutId)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{added} {(added == 1 ? "person" : "people")} added");
        if (known > 0)
            text.Append(CultureInfo.InvariantCulture, $", {known} {(known == 1 ? "was" : "were")} there already");
        text.Append('.');
        if (rowsWithoutId.Count > 0)
        {
            text.Append(rowsWithoutId.Count == 1 ? " Row " : " Rows ").AppendJoin(", ", rowsWithoutId.Take(10))
                .Append(rowsWithoutId.Count > 10 ? $" and {rowsWithoutId.Count - 10} more hold" : rowsWithoutId.Count == 1 ? " holds" : " hold")
                .Append(" no id.");
        }

        return text.ToString();
    }

    private static int[] Columns(string[] names, string[] wanted) =>
        [.. wanted.Select(w => Array.IndexOf(names, w)).Where(c => c >= 0)];

    /// <summary>A column's name as it is compared.</summary>
    private static string Plain(string name) => Separators().Replace(name, "").ToLowerInvariant();

    /// <summary>The id in a cell, also as Prolific writes it for mail; null when it is none.</summary>
    private static string? Id(string cell)
    {
        int at = cell.IndexOf('@', StringComparison.Ordinal);
        if (at == 24 && cell.Contains("prolific", StringComparison.OrdinalIgnoreCase))
            cell = cell[..at];
        return ProlificId().IsMatch(cell) ? cell.ToLowerInvariant() : MemberId().IsMatch(cell) ? cell : null;
    }

    private static string Decode(byte[] content)
    {
        if (content is [0xFF, 0xFE, ..])
            return Encoding.Unicode.GetString(content.AsSpan(2));
        if (content is [0xFE, 0xFF, ..])
            return Encoding.BigEndianUnicode.GetString(content.AsSpan(2));
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
            return text.TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(content); // what Excel writes as plain CSV in western Europe, but for a few marks
        }
    }

    [GeneratedRegex(@"[\s\p{Cf}_.\-\u00A0]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();

    [GeneratedRegex("^[0-9a-fA-F]{24}$", RegexOptions.CultureInvariant)]
    private static partial Regex ProlificId();

    [GeneratedRegex("^([0-9]{8}|[0-9]{16})$", RegexOptions.CultureInvariant)]
    private static partial Regex MemberId();
}
