using System.Text;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>What people's files hold where an id should be, named for what it is.</summary>
public sealed class RecipientCheckTests
{
    private static readonly string A = Make.Id(0xa1);
    private static readonly string B = Make.Id(0xb2);

    private static CheckReport Check(SendOptions options, SendDefaults given, params (string Name, string? Value)[][] rows)
    {
        var reader = new RowReader(given with { Body = given.Body ?? "Hello", StudyId = Make.Study });
        return new ListCheck(options, Make.Account).CheckAll(
            [.. rows.Select((row, i) => reader.Read(i + 2, new object(), new DictionaryFields(row.Select(static f => KeyValuePair.Create(f.Name, f.Value)))))]);
    }

    private static SendRow Read((string Name, string? Value)[] fields, string? account = null)
        => new RowReader(new SendDefaults { Body = "Hello", StudyId = Make.Study }).Read(2, new object(), new DictionaryFields([.. fields.Select(static f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("Account", account)]));

    private static Finding Prolific(params (string Name, string? Value)[] fields) => Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([Read(fields)]).Findings);

    private static Finding OpenHumans(string id) => Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([Read([("project_member_id", id)], "oh")]).Findings);

    [Theory]
    [InlineData("@email.prolific.com")]
    [InlineData("@EMAIL.prolific.co")]
    [InlineData("@prolific.com")]
    [InlineData("@email.prolific.ac")]
    public void The_mail_form_of_an_id_is_the_id(string domain)
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults(), [("participant_id", A.ToUpperInvariant() + domain)], [("participant_id", $"mailto:{B}{domain}")]);
        Assert.Equal([A, B], report.Rows.Select(static r => r.Message!.ParticipantId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("id")]
    public void A_file_without_a_header_line_is_told_so_and_nobody_is_lost(string? column)
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults { IdColumn = column is null ? null : A }, [(A, B), ("Ann", "Ben")], [(A, Make.Id(3)), ("Ann", "Cem")]);
        Assert.All(report.Rows, static row => Assert.Null(row.Message));
        Finding finding = report.Findings[0];
        Assert.Equal((Remedy.NoHeader, true), (finding.Remedy, finding.IsOfWholeList));
        Assert.Contains("no header line", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=\"", "\"")]
    [InlineData("'", "")]
    [InlineData("\"", "\"")]
    public void An_id_that_a_spreadsheet_protects_is_the_id(string before, string behind)
        => Assert.Equal(A, Check(new SendOptions(), new SendDefaults(), [("participant_id", before + A + behind)]).Rows[0].Message!.ParticipantId);

    [Fact]
    public void The_address_of_a_page_is_named_for_it()
        => Assert.Contains("address of a page", Prolific(("participant_id", "https://app.prolific.com/messages/" + A)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("@email.prolific.com.example.org")]
    [InlineData("@example.org")]
    public void Another_mail_address_is_none(string domain)
        => Assert.Contains("mail address", Prolific(("participant_id", A + domain)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("6.12E+23", "spreadsheet")]
    [InlineData("6,12E+23", "spreadsheet")]
    [InlineData("5.5684e+23", "spreadsheet")]
    [InlineData("NA", "stands for nothing")]
    [InlineData("#N/A", "stands for nothing")]
    [InlineData("{\"ImportId\":\"PROLIFIC_PID\"}", "Qualtrics")]
    [InlineData("participant_id", "header line")]
    [InlineData("END OF FILE", "end row")]
    [InlineData("(3 rows affected)", "end row")]
    [InlineData("Total", "end row")]
    [InlineData("people.xlsx", "name of a file")]
    public void What_is_no_id_is_named(string value, string words)
        => Assert.Contains(words, Prolific(("participant_id", value), ("n", "1"), ("m", "2")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("61638818.0", "spreadsheet", "61638818")]
    [InlineData("61638818,0", "spreadsheet", "61638818")]
    [InlineData("61,638,818", "spreadsheet", "61638818")]
    [InlineData("61.638.818", "spreadsheet", "61638818")]
    [InlineData("1638818.0", "spreadsheet", "01638818")]
    [InlineData("6.16E+07", "spreadsheet", "digits are gone")]
    [InlineData("6,16E+07", "spreadsheet", "digits are gone")]
    public void A_number_that_a_spreadsheet_made_is_named(string value, string words, string meant)
    {
        Finding finding = OpenHumans(value);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
        Assert.Contains(meant, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1234567", "01234567")]
    [InlineData("810111", "00810111")]
    [InlineData("123456789012345", "0123456789012345")]
    public void Lost_zeros_are_named_and_restored(string value, string meant)
    {
        Finding finding = OpenHumans(value);
        Assert.Equal(MessagingErrorReason.LostLeadingZero, finding.Reason);
        Assert.Contains(meant, finding.Message, StringComparison.Ordinal);
        var check = new ListCheck(new SendOptions { RestoreLeadingZero = true }, Make.Account);
        Assert.Equal(meant, check.CheckAll([Read([("project_member_id", value)], "oh")]).Rows[0].Message!.ParticipantId);
    }

    [Theory]
    [InlineData("\u200B", "U+200B")]
    [InlineData("\uFEFF", "U+FEFF")]
    [InlineData("\u00AD", "U+00AD")]
    [InlineData("\u202A", "U+202A")]
    public void An_invisible_character_is_named(string unseen, string name)
    {
        Finding finding = Prolific(("participant_id", A[..5] + unseen + A[5..]));
        Assert.Contains("invisible", finding.Message, StringComparison.Ordinal);
        Assert.Contains(name, finding.Message, StringComparison.Ordinal);
        Assert.Contains("place 6", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_ids_in_one_cell_are_counted()
        => Assert.Contains("2 ids in one cell", Prolific(("participant_id", $"{A}; {B}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_letter_that_is_none_of_an_id_is_named()
        => Assert.Contains("'O' at place 3", Prolific(("participant_id", A[..2] + "O" + A[3..])).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_several_columns_those_lose_that_hold_no_id()
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults(), [("Subject ID", "S-17"), ("prolific_id", A), ("Id", "17")]);
        Assert.Equal(A, report.Rows[0].Message!.ParticipantId);
    }

    [Fact]
    public void Two_right_ones_that_differ_are_a_finding_and_alike_ones_are_not()
    {
        Finding finding = Prolific(("participant_id", A), ("SenderId", B));
        Assert.Equal(MessagingErrorReason.AmbiguousRecipient, finding.Reason);
        Assert.Contains(A, finding.Message, StringComparison.Ordinal);
        Assert.Contains(B, finding.Message, StringComparison.Ordinal);
        Assert.Equal((Remedy.ChooseColumn, "participant_id"), (finding.Remedy, finding.Hint));
        Assert.True(Check(new SendOptions(), new SendDefaults(), [("participant_id", A), ("SenderId", A.ToUpperInvariant())]).IsClean);
    }

    [Theory]
    [InlineData("6.1E+23")]
    [InlineData("5b1bd1f92f6c1b00c9a1f6")]
    public void An_Id_beside_a_spoilt_id_is_not_taken_for_the_person(string spoilt)
        => Assert.Equal(MessagingErrorReason.InvalidRecipient, Prolific(("participant_id", spoilt), ("Id", A)).Reason);

    [Fact]
    public void The_one_column_that_holds_ids_is_named()
    {
        Finding finding = Check(
            new SendOptions(),
            new SendDefaults(),
            [("Timestamp", "1"), ("Please enter your prolific ID", A), ("study_id", Make.Study)],
            [("Timestamp", "2"), ("Please enter your prolific ID", B + "@email.prolific.com"), ("study_id", Make.Study)],
            [("Timestamp", "3"), ("Please enter your prolific ID", "test1"), ("study_id", Make.Study)]).Findings[0];
        Assert.Contains("'Please enter your prolific ID' holds ids", finding.Message, StringComparison.Ordinal);
        Assert.Equal((Remedy.IdColumn, "Please enter your prolific ID"), (finding.Remedy, finding.Hint));
        Assert.Contains("Timestamp", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", Remedy.OtherList, "participant.label")]
    [InlineData("NA", "", Remedy.OtherList, "participant.label")]
    [InlineData("", "id", Remedy.IdColumn, "who")]
    public void A_list_that_names_nobody_is_told_so_once_and_not_to_leave_rows_out(string label, string who, Remedy remedy, string hint)
    {
        CheckReport report = Check(
            new SendOptions(),
            new SendDefaults(),
            [.. Enumerable.Range(1, 3).Select(i => new (string, string?)[] { ("participant.code", "0gn6d0ac"), ("participant.label", i == 3 ? "" : label), ("who", who.Length == 0 ? "x" : Make.Id(i)) })]);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((remedy, hint), (finding.Remedy, finding.Hint));
        Assert.StartsWith("The column participant.label holds no id in any row", finding.Message, StringComparison.Ordinal);
        Assert.Equal(2, finding.AlsoRows.Count);
        Assert.Equal(3, report.InvalidRows);
    }

    [Fact]
    public void One_id_in_a_list_is_enough_for_a_blank_one_to_be_its_rows_fault()
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults(), [("participant.label", ""), ("a", "1"), ("b", "2")], [("participant.label", A), ("a", "1"), ("b", "2")]);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((Remedy.LeaveOutBlank, false), (finding.Remedy, finding.IsOfWholeList));
        Assert.StartsWith("Row 2, column participant.label: the id is empty.", finding.Message, StringComparison.Ordinal);
        Assert.Equal("Column participant.label: the id is empty.", finding.Why);
    }

    [Fact]
    public void Of_two_columns_with_ids_none_is_chosen()
    {
        Finding finding = Prolific(("Wave 1", A), ("Wave 2", B));
        Assert.Contains("'Wave 1' and in 'Wave 2'", finding.Message, StringComparison.Ordinal);
        Assert.Empty(finding.Hint);
    }

    [Fact]
    public void A_recipient_column_without_ids_is_answered_with_the_column_that_has_them()
        => Assert.Equal((Remedy.IdColumn, "who"), Prolific(("participant_id", "P01"), ("who", A)) is var f ? (f.Remedy, f.Hint) : default);

    [Fact]
    public void An_id_column_that_is_not_there_is_answered_with_those_that_are()
    {
        Finding finding = Check(new SendOptions(), new SendDefaults { IdColumn = "prolifc" }, [("prolific", A), ("n", "1")]).Findings[0];
        Assert.Equal(MessagingErrorReason.MissingColumn, finding.Reason);
        Assert.Contains("perhaps 'prolific' is meant", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("participant_id;first_name", Remedy.Delimiter, ";")]
    [InlineData("participant_id\tfirst_name", Remedy.Delimiter, "\t")]
    [InlineData("sep=;", Remedy.SepLine, ";")]
    [InlineData("PK\u0003\u0004\u0014\u0000", Remedy.Workbook, "")]
    [InlineData("\uFFFD\uFFFD\u0011\uFFFD", Remedy.Workbook, "")]
    [InlineData("p\0a\0r\0t\0", Remedy.Encoding, "unicode")]
    public void A_file_that_is_no_list_is_named(string column, Remedy remedy, string hint)
    {
        Finding finding = Prolific((column, "x"));
        if (remedy is Remedy.Delimiter or Remedy.SepLine)
        {
            // Read takes one more column, for the account.
            var reader = new RowReader(new SendDefaults { Body = "Hello", StudyId = Make.Study });
            finding = Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([reader.Read(2, new object(), new DictionaryFields([KeyValuePair.Create(column, (string?)"x")]))]).Findings);
        }

        Assert.Equal((remedy, hint), (finding.Remedy, finding.Hint));
    }

    [Fact]
    public void The_header_rows_of_Qualtrics_are_named_whatever_the_question_says()
    {
        CheckReport report = Check(
            new SendOptions(),
            new SendDefaults(),
            [("StartDate", "Start Date"), ("PROLIFIC_PID", "What is your Prolific ID?")],
            [("StartDate", "{\"ImportId\":\"startDate\"}"), ("PROLIFIC_PID", "{\"ImportId\":\"QID2\"}")],
            [("StartDate", "2026-03-02"), ("PROLIFIC_PID", A)]);
        Assert.Equal([2, 3], report.Findings.Select(static f => f.Row.Row));
        Assert.All(report.Findings, static f => Assert.Equal((Remedy.SkipRows, "2"), (f.Remedy, f.Hint)));
    }

    [Fact]
    public void What_more_than_five_rows_share_is_one_finding_with_their_numbers()
    {
        CheckReport report = Check(
            new SendOptions(),
            new SendDefaults { Body = "Dear {{ fist_name }} {{ fist_name }}" },
            [.. Enumerable.Range(1, 8).Select(static i => new (string, string?)[] { ("participant_id", i == 4 ? "x" : Make.Id(i)), ("first_name", "Ada") })]);
        Assert.Equal([MessagingErrorReason.MissingColumn, MessagingErrorReason.InvalidRecipient], report.Findings.Select(static f => f.Reason));
        Assert.StartsWith("Rows 2 to 9: the text names {{ fist_name }}", report.Findings[0].Message, StringComparison.Ordinal);
        Assert.Equal(7, report.Findings[0].AlsoRows.Count);
        Assert.Equal(8, report.InvalidRows);
    }

    [Fact]
    public void Ids_that_are_wrong_in_their_own_ways_share_a_finding_too()
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults(), [.. Enumerable.Range(1, 300).Select(static i => new (string, string?)[] { ("participant_id", $"P{i}") })]);
        Finding finding = Assert.Single(report.Findings);
        Assert.StartsWith("Rows 2 to 301, column participant_id: 'P1' is not a Prolific id.", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("participant_id;first_name", "The list has no column")]
    [InlineData("sep=;", "The file begins with the line")]
    [InlineData("PK\u0003\u0004\u0014", "The file is an Excel workbook")]
    [InlineData("p\0a\0r\0t\0", "The file is saved as UTF-16")]
    [InlineData("first_name", "The list has no column that says whom the message is for. There are: first_name.")]
    public void What_is_wrong_with_the_file_names_no_row_and_hides_what_cannot_be_told(string column, string words)
    {
        var reader = new RowReader(new SendDefaults { Body = "Dear {{ first_name }}" });
        CheckReport report = new ListCheck(new SendOptions(), Make.Account).CheckAll(
            [.. Enumerable.Range(2, 3).Select(row => reader.Read(row, new object(), new DictionaryFields([KeyValuePair.Create(column, (string?)"x")])))]);
        Finding finding = report.Findings[0];
        Assert.StartsWith(words, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Row", finding.Message, StringComparison.Ordinal);
        Assert.Equal((true, 2, 3), (finding.IsOfWholeList, finding.AlsoRows.Count, report.InvalidRows));
        // Of a list that was read as what it is, the study that is missing is told as well.
        Assert.Equal(column == "first_name" ? 4 : 1, report.Findings.Count);
    }

    [Fact]
    public void A_row_without_the_column_that_others_have_is_told_as_a_row()
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults(), [("participant_id", A)], [("first_name", "Ann")]);
        Assert.StartsWith("Row 3: there is no column that says whom the message is for.", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_column_that_no_row_has_is_the_lists_fault()
    {
        CheckReport report = Check(new SendOptions(), new SendDefaults { IdColumn = "who" }, [("name", A)], [("name", B)]);
        Assert.StartsWith("The list has no column 'who'", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_letters_are_the_files_fault_whichever_cells_have_them()
    {
        CheckReport report = Check(
            new SendOptions(),
            new SendDefaults { Body = "Dear {{ first }} {{ last }}" },
            [("participant_id", A), ("first", "J\uFFFDrg"), ("last", "M\uFFFDller")],
            [("participant_id", B), ("first", "Zo\uFFFD"), ("last", "Smith")],
            [("participant_id", Make.Id(3)), ("first", "Ann"), ("last", "Jones")]);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal("The file was read in another encoding than it was written in: column first has broken letters ('J\uFFFDrg').", finding.Message);
        Assert.Equal([2, 3], finding.AlsoRows.Prepend(finding.Row).Select(static row => row.Row));
        Assert.Equal(2, report.InvalidRows);
    }

    [Theory]
    [InlineData("unicode", false)]
    [InlineData("bigendianunicode", true)]
    public void A_text_file_of_ids_in_UTF16_is_named_for_it_once(string hint, bool isBigEndian)
    {
        // As it is read as UTF-8, line by line: half of each line's end stands before the next one.
        string[] lines = Encoding.UTF8.GetString(new UnicodeEncoding(isBigEndian, false).GetBytes($"{A}\n{B}\n")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var reader = new RowReader(new SendDefaults { Body = "Hello", StudyId = Make.Study });
        Finding finding = Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([.. lines.Select((line, i) => reader.Read(i + 2, line, NoFields.Instance))]).Findings);
        Assert.StartsWith("The file is saved as UTF-16", finding.Message, StringComparison.Ordinal);
        Assert.Equal((Remedy.Encoding, hint), (finding.Remedy, finding.Hint));
    }

    [Theory]
    [InlineData("  ", " ")]
    [InlineData("\u00A0", "\u200B")]
    public void Ids_with_blanks_around_them_and_between_empty_cells_are_ids(string before, string behind)
    {
        (string, string?)[] Row(string? id) => [("When", "1"), ("Who are you?", id)];
        (string, string?)[][] rows = [.. Enumerable.Range(0, 60).Select(i => Row(i % 2 == 0 ? "" : null)), Row(before + A + behind), Row(" "), Row(B + behind), Row("-"), Row("-"), Row("")];
        Finding finding = Check(new SendOptions(), new SendDefaults(), rows).Findings[0];
        Assert.Contains("The column 'Who are you?' holds ids", finding.Message, StringComparison.Ordinal);
        Assert.Equal((Remedy.IdColumn, "Who are you?"), (finding.Remedy, finding.Hint));
    }

    [Fact]
    public void A_row_is_named_with_its_id_and_a_command_without_a_list_names_none()
    {
        Assert.StartsWith($"Row 2 ({A}): ", Prolific(("participant_id", A), ("Account", "nobody")).Message, StringComparison.Ordinal);
        SendRow alone = new RowReader(new SendDefaults { Body = "{{ x }}", StudyId = Make.Study }).Make(2, null, RowRecipient.Person(A));
        Assert.StartsWith($"{A}: the text names", Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([alone]).Findings).Message, StringComparison.Ordinal);
    }
}
