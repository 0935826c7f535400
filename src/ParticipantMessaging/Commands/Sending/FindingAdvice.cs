using System.Management.Automation.Language;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>What mends a finding, in the words of the cmdlets: which parameter, which line to type.</summary>
internal static class FindingAdvice
{
    private const string IdPattern = @"-match '^\s*\w{8}'";

    /// <summary>What to do.</summary>
    public static string Of(Finding finding) => finding.Remedy switch
    {
        Remedy.IdColumn when finding.Hint.Length > 0 => $"If that column names the people, say so: Import-Csv … | Send-ParticipantMessage -IdColumn {Quote(finding.Hint)} …",
        Remedy.IdColumn => "Name the column participant_id (project_member_id for Open Humans), or say which one it is: -IdColumn '<name>'.",
        Remedy.ThisColumn => $"If it names the people all the same: -IdColumn {Quote(finding.Hint)}. Otherwise name the column that does.",
        Remedy.ChooseColumn when finding.Row.Recipient.Others is null => $"If {Quote(finding.Hint)} names the people: -IdColumn {Quote(finding.Hint)}. If {Quote(finding.Row.Recipient.Column)} does: -IdColumn {Quote(finding.Row.Recipient.Column)}.",
        Remedy.ChooseColumn => $"If {Quote(finding.Hint)} is meant: -IdColumn {Quote(finding.Hint)}. Otherwise name the other one.",
        Remedy.SkipRows => $"Leave them out: Import-Csv … | Select-Object -Skip {finding.Hint} | Send-ParticipantMessage …",
        Remedy.LeaveOutBlank => $"Fill in the id, or leave such rows out: Import-Csv … | Where-Object {Quote(finding.Hint)} {IdPattern} | Send-ParticipantMessage … (-SkipInvalid sends to the good rows alone.)",
        Remedy.OtherList => "Take a list that holds the ids: Prolific's own export of the study's submissions, or Get-Participant (-StudyId at Prolific; the members of an Open Humans project without it)."
            + (ColumnName.Same(finding.Hint, "participant.label") ? " oTree fills participant.label only from the link: next time end the study's link with ?participant_label={{%PROLIFIC_PID%}}." : ""),
        Remedy.RestoreZeros => $"Send with -RestoreLeadingZero. Better: {Lower(finding.RecommendedAction)}",
        Remedy.OtherAccount => $"It looks like an id of {finding.Hint}: choose that account with -Account.",
        Remedy.Delimiter => $"Read the file with Import-Csv -Delimiter {Delimiter(finding.Hint)}.",
        Remedy.SepLine => $"Read it without that line: Get-Content people.csv | Select-Object -Skip 1 | ConvertFrom-Csv -Delimiter {Delimiter(finding.Hint)} | Send-ParticipantMessage …",
        Remedy.Workbook => "Save it in the spreadsheet as CSV UTF-8 (File, Save as), and read that: Import-Csv people.csv | Send-ParticipantMessage …",
        Remedy.ReadFile when IsBook(finding.Hint) => "Save it in the spreadsheet as CSV UTF-8 (File, Save as), and read that: Import-Csv people.csv | Send-ParticipantMessage …",
        Remedy.ReadFile => $"Read it first: Import-Csv {Quote(finding.Hint)} | Send-ParticipantMessage …",
        Remedy.ReadLines => "Read the file with Import-Csv, not with Get-Content: Import-Csv people.csv | Send-ParticipantMessage … (and with -Header participant_id, … where it has no header line).",
        Remedy.LeaveOutFormat => "Leave out Format-Table (or Format-List, Format-Wide, Format-Custom), which is for the eye: Import-Csv people.csv | Send-ParticipantMessage … Test-ParticipantMessage shows what each person would get.",
        Remedy.SendList => "Send the list itself once more with the same -Campaign: who has the message is skipped. Or, next time, -UnsentPath unsent.csv: the rows that failed stand in that file with all their columns, and Import-Csv unsent.csv | Send-ParticipantMessage … sends to them. ($receipts in the session still have their rows; Export-Csv leaves these behind.)",
        Remedy.Encoding when finding.Hint == "ansi" => "Read it in its own encoding: Import-Csv -Encoding ansi (Excel on Windows), or -Encoding windows-1252, macintosh or unicode.",
        Remedy.Encoding when finding.Hint.Length > 0 => $"Read it in its own encoding: {(finding.Row.Fields.Names.Count > 0 ? "Import-Csv" : "Get-Content")} -Encoding {finding.Hint}.",
        Remedy.Encoding => "Read it in its own encoding, with Import-Csv -Encoding or Get-Content -Encoding; unicode is a common one.",
        Remedy.TextEncoding when finding.Hint == "\uFFFD" => "Save the file of the text as UTF-8 and give it with -BodyPath, or read it in its own encoding: -Body (Get-Content -Raw -Encoding ansi text.txt).",
        Remedy.TextEncoding => $"Save the file of the text as UTF-8 and give it with -BodyPath, or read it as what it is: -Body (Get-Content -Raw -Encoding utf8 text.txt). If it is meant as it stands: -LiteralValue {Quote(finding.Hint)}.",
        Remedy.LiteralText => $"{finding.RecommendedAction} If it is meant as it stands: -LiteralValue {Quote(finding.Hint)}.",
        Remedy.NoHeader => "Give the columns names: Import-Csv people.csv -Header participant_id, first_name | Send-ParticipantMessage … (as many names as the file has columns; project_member_id for Open Humans).",
        Remedy.GiveStudy => "Give -StudyId, or a column study_id.",
        Remedy.GiveText => "Give -Body or -BodyPath, or fill the column Body. The text of a received message is never taken as the text to send.",
        Remedy.FillIn => Fill(finding),
        Remedy.LiteralValue => $"{Fill(finding)} If {Quote(finding.Hint)} is meant as it stands (there are people of that name): -LiteralValue {Quote(finding.Hint)}.",
        Remedy.OneGroup => "Send to one group after the other: '<id>', '<id>' | ForEach-Object { Send-ParticipantMessage -GroupId $_ … } (who is in both gets both).",
        Remedy.AddressPeople => "Choose the account with -Account, or address people with -ParticipantId or rows.",
        _ => finding.RecommendedAction,
    };

    private static string Fill(Finding finding)
        => $"Fill it in, or write {{{{ {ColumnName.Show(finding.Column)} | something }}}} in the text for what stands in its place, or send with -AllowEmptyField when nothing should.";

    private static string Quote(string text) => "'" + CodeGeneration.EscapeSingleQuotedStringContent(text) + "'";

    private static string Delimiter(string mark) => mark == "\t" ? "\"`t\"" : Quote(mark);

    private static bool IsBook(string file) => Path.GetExtension(file).ToUpperInvariant() is ".XLS" or ".XLSX" or ".XLSM" or ".ODS" or ".NUMBERS";

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
