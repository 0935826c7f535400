using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class ListCheckTests
{
    private static CheckReport Check(SendOptions options, params SendRow[] rows) => new ListCheck(options, Make.Account).CheckAll(rows);

    private static Finding Single(SendRow row, SendOptions? options = null) => Assert.Single(Check(options ?? new SendOptions(), row).Findings);

    [Fact]
    public void A_stream_is_compared_as_a_list_is()
    {
        var check = new ListCheck(new SendOptions(), Make.Account);
        Assert.Equal(
            [(null, null), (2, null), (null, 2), (4, null), (2, null), (null, null)],
            new[]
            {
                Make.Row(2, Make.Id(1)),
                Make.Row(3, Make.Id(1)),
                Make.Row(4, Make.Id(1), body: "Another"),
                Make.Row(5, Make.Id(1), body: "Another"),
                Make.Row(6, Make.Id(1)),
                Make.Row(7, Make.Id(1), study: Make.Id(99)),
            }.Select(check.CheckStreamed).Select(static row => (row.DuplicateOf, row.OtherTextInRow)));

        var campaign = new ListCheck(new SendOptions { Campaign = "wave" }, Make.Account);
        Assert.Empty(campaign.CheckStreamed(Make.Row(2, Make.Id(1))).Findings);
        Finding conflict = Assert.Single(campaign.CheckStreamed(Make.Row(3, Make.Id(1), body: "Another")).Findings);
        Assert.Equal(MessagingErrorReason.ConflictingText, conflict.Reason);
        Assert.Contains("row 2", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_with_every_fault_reports_all_of_them_with_their_rows()
    {
        CheckReport report = Check(
            new SendOptions { Campaign = "wave" },
            Make.Row(2, Make.Id(1)),
            Make.Row(3, ""),
            Make.Row(4, "123"),
            Make.Row(5, "1234567", account: "oh"),
            Make.Row(6, Make.Id(2), study: null),
            Make.Row(7, Make.Id(3), study: "wave 1"),
            Make.Row(8, Make.Id(4), body: "Dear {{ fristname }}", fields: ("first_name", "Ada")),
            Make.Row(9, Make.Id(5), body: "Dear {{ first_name }}", fields: ("first_name", " ")),
            Make.Row(10, Make.Id(6), body: "  "),
            Make.Row(11, Make.Id(7), body: new string('x', 10_001)),
            Make.Row(12, "12345678", body: "a {% b", account: "oh"),
            Make.Row(13, "12345679", account: "oh", subject: "two\nlines"),
            Make.Row(14, Make.Id(8), body: "one"),
            Make.Row(15, Make.Id(8), body: "another"),
            Make.Row(16, Make.Id(9), account: "nobody"),
            Make.Row(17, Make.Id(10), body: "Dear {{ first_name }"));

        Assert.Equal(
            [
                (3, MessagingErrorReason.InvalidRecipient),
                (4, MessagingErrorReason.InvalidRecipient),
                (5, MessagingErrorReason.LostLeadingZero),
                (6, MessagingErrorReason.MissingStudy),
                (7, MessagingErrorReason.MissingStudy),
                (8, MessagingErrorReason.MissingColumn),
                (9, MessagingErrorReason.EmptyField),
                (10, MessagingErrorReason.BlankText),
                (11, MessagingErrorReason.TextTooLong),
                (12, MessagingErrorReason.UnsafeTemplate),
                (13, MessagingErrorReason.InvalidSubject),
                (14, MessagingErrorReason.ConflictingText),
                (15, MessagingErrorReason.ConflictingText),
                (16, MessagingErrorReason.AccountNotFound),
                (17, MessagingErrorReason.UnsafeTemplate),
            ],
            report.Findings.Select(static f => (f.Row.Row, f.Reason)));
        Assert.All(report.Findings, static f =>
        {
            Assert.Contains($"ow {f.Row.Row}", f.Message, StringComparison.Ordinal);
            Assert.EndsWith(".", f.Message, StringComparison.Ordinal);
            Assert.NotEmpty(f.RecommendedAction);
        });
        Assert.Equal(2, Assert.Single(report.Rows, static r => r.Message is not null).Row.Row);
    }

    [Fact]
    public void A_misspelt_column_is_answered_with_the_nearest()
    {
        Finding finding = Single(Make.Row(8, Make.Id(4), body: "Dear {{ fristname }}", fields: [("id", "1"), ("First Name", "Ada")]));
        Assert.Contains("Perhaps 'First Name' is meant.", finding.Message, StringComparison.Ordinal);
        // What is said to be written is found, and does not lead in a circle.
        Assert.Equal("first_name", Single(Make.Row(8, Make.Id(4), body: "Dear {{ frist_name }}", fields: ("first_name\u00A0 ", "Ada"))).Hint);
    }

    [Fact]
    public void The_lost_leading_zero_is_restored_on_request()
    {
        CheckReport report = Check(new SendOptions { RestoreLeadingZero = true }, Make.Row(2, "1234567", account: "oh"));
        Assert.Equal("01234567", report.Rows[0].Message!.ParticipantId);
    }

    [Theory]
    [InlineData("Hi {{ PROJECT_MEMBER_ID }}", "Hi {{ PROJECT_MEMBER_ID }}")]
    [InlineData("Hi {{PROJECT_MEMBER_ID}}", "Hi {{PROJECT_MEMBER_ID}}")]
    [InlineData("Hi {{ PARTICIPANT_ID }}", "Hi {{ PROJECT_MEMBER_ID }}")]
    public void Open_Humans_fills_its_own_placeholder(string body, string sent)
        => Assert.Equal(sent, Check(new SendOptions(), Make.Row(2, "12345678", body, account: "oh")).Rows[0].Message!.Text.Body);

    [Fact]
    public void Prolific_gets_the_id_filled_in()
        => Assert.Equal("Hi " + Make.Id(5), Check(new SendOptions(), Make.Row(2, Make.Id(5), "Hi {{ PARTICIPANT_ID }}")).Rows[0].Message!.Text.Body);

    [Theory]
    [InlineData("{{ other }}")]
    [InlineData("{% if x %}")]
    [InlineData("{# note #}")]
    [InlineData("a }} b")]
    public void Template_syntax_in_a_column_never_reaches_Open_Humans(string value)
        => Assert.Equal(MessagingErrorReason.UnsafeTemplate, Single(Make.Row(2, "12345678", "Dear {{ name }}", account: "oh", fields: ("name", value))).Reason);

    [Fact]
    public void What_looks_like_a_placeholder_in_a_column_is_sent_as_it_is()
        => Assert.Equal(
            "Dear {{ name }}",
            Check(new SendOptions(), Make.Row(2, Make.Id(1), "Dear {{ first }}", fields: ("first", "{{ name }}"))).Rows[0].Message!.Text.Body);

    [Fact]
    public void Empty_fields_are_allowed_on_request_but_a_column_that_no_row_has_is_not()
    {
        var options = new SendOptions { AllowEmptyField = true };
        CheckReport mixed = Check(
            options,
            Make.Row(2, Make.Id(1), "Dear {{ name }}", fields: ("name", "Ada")),
            Make.Row(3, Make.Id(2), "Dear {{ name }}", fields: ("name", "")),
            Make.Row(4, Make.Id(3), "Dear {{ name }}"));
        Assert.True(mixed.IsClean);
        Assert.Equal(["Dear Ada", "Dear ", "Dear "], mixed.Rows.Select(static r => r.Message!.Text.Body));
        Assert.Equal(MessagingErrorReason.MissingColumn, Single(Make.Row(2, Make.Id(1), "Dear {{ nmae }}", fields: ("name", "Ada")), options).Reason);
    }

    [Fact]
    public void The_same_person_with_the_same_text_is_one_send()
    {
        CheckReport report = Check(new SendOptions(), Make.Row(2, Make.Id(0xa)), Make.Row(3, Make.Id(0xa).ToUpperInvariant()), Make.Row(4, " " + Make.Id(0xa)));
        Assert.True(report.IsClean);
        Assert.Equal([null, 2, 2], report.Rows.Select(static r => r.DuplicateOf));
    }

    [Fact]
    public void The_same_person_with_different_texts_is_named_without_a_campaign()
    {
        CheckReport report = Check(new SendOptions(), Make.Row(2, Make.Id(1), "a"), Make.Row(3, Make.Id(1), "b"), Make.Row(4, Make.Id(1), "b"));
        Assert.True(report.IsClean);
        Assert.Equal([(2, 3)], report.DifferentTexts);
        Assert.Equal(3, report.Rows[2].DuplicateOf);
    }

    [Fact]
    public void An_account_that_is_not_there_is_reported_once()
    {
        CheckReport report = Check(new SendOptions(), Make.Row(2, Make.Id(1), account: "x"), Make.Row(3, Make.Id(2), account: "x"), Make.Row(4, Make.Id(3)));
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal(3, Assert.Single(finding.AlsoRows).Row);
        Assert.Equal(2, report.InvalidRows);
    }
}
