using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>What is filled in, what counts as empty, and what may not go out.</summary>
public sealed class TextRulesTests
{
    private static CheckedRow Check(string body, string? value, SendOptions? options = null, string? account = null, string? subject = null)
        => new ListCheck(options ?? new SendOptions(), Make.Account).CheckAll(
            [Make.Row(2, account == "oh" ? "12345678" : Make.Id(1), body, account: account, subject: subject, fields: [("first_name", value), ("Bonus ", "1.50")])]).Rows[0];

    private static string Text(string body, string? value, SendOptions? options = null) => Check(body, value, options).Message!.Text.Body;

    private static Finding Finding(string body, string? value, string? account = null, string? subject = null) => Assert.Single(Check(body, value, null, account, subject).Findings);

    [Theory]
    [InlineData("Ann ", "Dear Ann,")]
    [InlineData("\u00A0Ann\u200B", "Dear Ann,")]
    [InlineData("\uFEFFAnn\t", "Dear Ann,")]
    [InlineData("Ann Marie", "Dear Ann Marie,")]
    [InlineData("O'Neill", "Dear O'Neill,")]
    public void Values_are_trimmed(string value, string sent) => Assert.Equal(sent, Text("Dear {{ first_name }},", value));

    [Theory]
    [InlineData("{{ First Name }}")]
    [InlineData("{{ first-name }}")]
    [InlineData("{{FIRST.NAME}}")]
    [InlineData("{{ first_name\u00A0}}")]
    public void Columns_are_named_loosely(string placeholder) => Assert.Equal("Dear Ann", Text("Dear " + placeholder, "Ann"));

    [Fact]
    public void A_header_with_a_blank_behind_it_is_found() => Assert.Equal("1.50", Text("{{ bonus }}", "Ann"));

    [Theory]
    [InlineData("NA")]
    [InlineData("n/a")]
    [InlineData("#N/A")]
    [InlineData("NULL")]
    [InlineData("None")]
    [InlineData(" nan ")]
    [InlineData("undefined")]
    [InlineData("#REF!")]
    [InlineData("#VALUE!")]
    [InlineData("#DIV/0!")]
    [InlineData("#NAME?")]
    [InlineData("#BEZUG!")]
    [InlineData("<NA>")]
    [InlineData("DATA_EXPIRED")]
    [InlineData("consent_revoked")]
    [InlineData("")]
    [InlineData(" \u200B")]
    [InlineData(null)]
    public void What_programs_write_for_nothing_counts_as_empty(string? value)
    {
        Assert.Equal(MessagingErrorReason.EmptyField, Finding("Dear {{ first_name }}", value).Reason);
        Assert.Equal("Dear participant", Text("Dear {{ first_name | participant }}", value));
        Assert.Equal("Dear ", Text("Dear {{ first_name }}", value, new SendOptions { AllowEmptyField = true }));
    }

    [Theory]
    [InlineData("Nana")]
    [InlineData("Nullmeyer")]
    [InlineData("#1 fan!")]
    [InlineData("Na")]
    [InlineData("0")]
    public void A_name_that_only_looks_like_it_does_not(string value)
    {
        if (value == "Na") value = "Na Li";
        Assert.Equal("Dear " + value, Text("Dear {{ first_name | participant }}", value));
    }

    [Fact]
    public void A_value_that_is_meant_as_it_stands_is_said_to_be()
    {
        Finding finding = Finding("Dear {{ first_name }}", "Null");
        Assert.Equal((Remedy.LiteralValue, "Null"), (finding.Remedy, finding.Hint));
        Assert.Equal("Dear Null", Text("Dear {{ first_name }}", "Null", new SendOptions { LiteralValues = ["null"] }));
    }

    [Theory]
    [InlineData("{{ first_name | dear participant }}", "dear participant")]
    [InlineData("{{ first_name|x }}", "x")]
    [InlineData("{{ first_name | \"\" }}", "")]
    [InlineData("{{ first_name | \"a|b\" }}", "a|b")]
    [InlineData("{{ first_name | \"you\" }}", "you")]
    [InlineData("{{ first_name | default: 'you' }}", "you")]
    [InlineData("{{ first_name | default('you') }}", "you")]
    public void A_fallback_stands_for_an_empty_value(string placeholder, string sent) => Assert.Equal($"Dear {sent}.", Text($"Dear {placeholder}.", ""));

    [Fact]
    public void A_missing_column_stays_a_finding_with_a_fallback_too()
        => Assert.Equal(MessagingErrorReason.MissingColumn, Finding("Dear {{ firstnam | participant }}", "Ann").Reason);

    [Theory]
    [InlineData("{{ first_name | }}", "Ann")]
    [InlineData("{{ first_name | }}", "")]
    [InlineData("{{ first_name || you }}", "Ann")]
    [InlineData("{{ first_name || you }}", "")]
    [InlineData("{{ first_name | you | they }}", "")]
    public void A_bar_without_a_fallback_or_twice_says_how_it_is_written(string placeholder, string value)
    {
        Finding finding = Finding($"Dear {placeholder}.", value);
        Assert.Equal(MessagingErrorReason.UnsafeTemplate, finding.Reason);
        Assert.Contains("{{ first_name | participant }}", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GrÃ¼ÃŸe")]
    [InlineData("Weâ€™re here")]
    [InlineData("We€™re here")]
    [InlineData("9â€“10")]
    [InlineData("Gr\uFFFD\uFFFDe")]
    public void Broken_letters_of_the_text_are_the_whole_lists(string text)
    {
        Finding finding = Finding(text, "Ann");
        Assert.Equal((MessagingErrorReason.UnsafeTemplate, Remedy.TextEncoding, true), (finding.Reason, finding.Remedy, finding.IsOfWholeList));
        Assert.Equal((MessagingErrorReason.InvalidSubject, Remedy.TextEncoding), (Finding("Hello", "Ann", "oh", text).Reason, Finding("Hello", "Ann", "oh", text).Remedy));
        Assert.Equal("It costs 5 € (Grüße) – we’re", Text("It costs 5 € (Grüße) – we’re", "Ann"));
    }

    [Fact]
    public void Broken_letters_of_a_text_that_the_row_brings_are_its_files()
    {
        Finding finding = Assert.Single(new ListCheck(new SendOptions(), Make.Account).CheckAll([Make.Row(2, Make.Id(1), "GrÃ¼e", fields: [("Body", "GrÃ¼e")])]).Findings);
        Assert.Equal((Remedy.Encoding, true), (finding.Remedy, finding.IsOfWholeList));
        Assert.StartsWith("The file was read in another encoding than it was written in: the text has broken letters", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{name}")]
    [InlineData("[Name]")]
    [InlineData("[Vorname]")]
    [InlineData("{0}")]
    [InlineData("{ participant }")]
    [InlineData("<<link>>")]
    [InlineData("«code»")]
    [InlineData("%name%")]
    [InlineData("${id}")]
    public void A_word_for_a_persons_data_between_brackets_is_a_finding_unless_it_is_meant(string written)
    {
        Finding finding = Finding($"Dear {written}, hello", "Ann");
        Assert.Equal((MessagingErrorReason.UnsafeTemplate, Remedy.LiteralText, written), (finding.Reason, finding.Remedy, finding.Hint));
        Assert.Contains("{{ column }}", finding.Message, StringComparison.Ordinal);
        Assert.Equal($"Dear {written}, hello", Text($"Dear {written}, hello", "Ann", new SendOptions { LiteralValues = [written] }));
    }

    [Theory]
    [InlineData("see [1], [optional] and (see below); the set {} or {1, 2}, x_{0}, [link](https://example.org), <code>x</code>")]
    [InlineData("(bonus) and @bonus, 5 %bonus; a@first_name.org")]
    public void Ordinary_brackets_are_text(string body) => Assert.Equal(body, Text(body, "Ann"));

    [Theory]
    [InlineData("(first_name)")]
    [InlineData("@first_name")]
    [InlineData("%first_name")]
    [InlineData("&laquo;first_name&raquo;")]
    public void A_columns_very_name_is_answered_with_ours(string written)
        => Assert.Contains("written {{ first_name }}", Finding($"Dear {written}, 5% of you", "Ann").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("J\uFFFDrg", "ansi")]
    [InlineData("JÃ¶rg", "utf8")]
    [InlineData("ZoÃ«", "utf8")]
    public void Broken_letters_name_the_encoding(string value, string encoding)
    {
        Finding finding = Finding("Dear {{ first_name }}", value);
        Assert.Equal((MessagingErrorReason.UnsafeTemplate, Remedy.Encoding, encoding), (finding.Reason, finding.Remedy, finding.Hint));
        Assert.Contains("first_name", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Jörg")]
    [InlineData("Zoë")]
    [InlineData("São Tomé")]
    [InlineData("JOÃO")]
    [InlineData("Âme")]
    [InlineData("Léa 👩‍🔬")]
    public void Letters_that_are_whole_go_out(string value) => Assert.Equal(value, Text("{{ first_name }}", value));

    [Theory]
    [InlineData("{first_name}")]
    [InlineData("{ First Name }")]
    [InlineData("[first_name]")]
    [InlineData("[[first_name]]")]
    [InlineData("<first_name>")]
    [InlineData("<<first_name>>")]
    [InlineData("«first_name»")]
    [InlineData("{%first_name%}")]
    [InlineData("<%= first_name %>")]
    [InlineData("\\{\\{first_name\\}\\}")]
    [InlineData("%first_name%")]
    [InlineData("%%first_name%%")]
    [InlineData("${first_name}")]
    [InlineData("${e://Field/first_name}")]
    [InlineData("$first_name")]
    [InlineData("$($_.first_name)")]
    [InlineData("$_.first_name")]
    [InlineData("{$first_name}")]
    [InlineData("*|FIRST_NAME|*")]
    [InlineData("#first_name#")]
    [InlineData("__first_name__")]
    [InlineData("@first_name@")]
    [InlineData("{PARTICIPANT_ID}")]
    public void Brackets_of_other_programs_are_answered_with_ours(string written)
    {
        Finding finding = Finding($"Dear {written}, hello", "Ann");
        Assert.Equal(MessagingErrorReason.UnsafeTemplate, finding.Reason);
        Assert.Matches(@"written \{\{ (first_name|PARTICIPANT_ID|First Name|FIRST_NAME) \}\}", finding.Message);
    }

    [Theory]
    [InlineData("{\"a\": 1} [see below] <b>now</b> 5% or 10% #1 and #2")]
    [InlineData("Your code is {A-17}; cost $5.")]
    [InlineData("a@example.org, b@example.org")]
    public void Brackets_that_name_no_column_are_text(string body) => Assert.Equal(body, Text(body, "Ann"));

    [Fact]
    public void A_brace_too_many_behind_it_would_go_out() => Assert.Equal(MessagingErrorReason.UnsafeTemplate, Finding("Dear {{ first_name }}}, hello", "Ann").Reason);

    [Fact]
    public void Three_braces_are_another_programs() => Assert.Equal(MessagingErrorReason.UnsafeTemplate, Finding("Dear {{{ first_name }}}", "Ann").Reason);

    [Theory]
    [InlineData("{{{ PROJECT_MEMBER_ID }}", null)]
    [InlineData("{{{ PROJECT_MEMBER_ID }}}", null)]
    [InlineData("{{ first_name }}{{ PROJECT_MEMBER_ID }}", "a{")]
    [InlineData("{{{ PARTICIPANT_ID }}", null)]
    public void A_brace_before_the_placeholder_never_reaches_Open_Humans(string body, string? value)
        => Assert.Equal(MessagingErrorReason.UnsafeTemplate, Finding(body, value, "oh").Reason);

    [Fact]
    public void A_brace_behind_it_is_harmless() => Assert.True(Check("{{ PROJECT_MEMBER_ID }} }", null, account: "oh").Message is not null);

    [Theory]
    [InlineData("\u000B", "U+000B")]
    [InlineData("\u000C", "U+000C")]
    [InlineData("\u001C", "U+001C")]
    [InlineData("\u001D", "U+001D")]
    [InlineData("\u001E", "U+001E")]
    [InlineData("\r", "line break")]
    [InlineData("\n", "line break")]
    [InlineData("\u2028", "line break")]
    [InlineData("\0", "null character")]
    [InlineData("\uFFFD", "broken letters")]
    public void What_breaks_a_mails_header_is_refused(string piece, string words)
    {
        Finding finding = Finding("Hello", null, "oh", $"To{piece}you");
        Assert.Equal(MessagingErrorReason.InvalidSubject, finding.Reason);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(997, "a ", "", true)]
    [InlineData(998, "a ", " b", false)]
    [InlineData(998, "", "", false)]
    [InlineData(998, "é", "", true)]
    public void A_subject_that_no_line_of_a_mail_can_hold_is_refused(int length, string before, string behind, bool isGood)
    {
        string subject = before + new string('x', length) + behind;
        if (isGood) Assert.Empty(Check("Hello", null, account: "oh", subject: subject).Findings);
        else Assert.Contains("998 characters without a blank", Finding("Hello", null, "oh", subject).Message, StringComparison.Ordinal);
    }

    // As numbers: a test's name cannot carry half a character.
    [Theory]
    [InlineData(0xD83D, "oh")]
    [InlineData(0xDE00, null)]
    [InlineData(0, null)]
    public void Half_a_character_and_null_are_refused(int half, string? account)
    {
        Assert.Equal(MessagingErrorReason.UnsafeTemplate, Finding($"a{(char)half}b", null, account).Reason);
        Assert.Equal(MessagingErrorReason.InvalidSubject, Finding("a", null, "oh", $"a{(char)half}b").Reason);
    }

    [Theory]
    [InlineData("\u001C")]
    [InlineData(" \u200B\n")]
    [InlineData("\uFEFF")]
    public void A_text_that_nobody_sees_is_blank(string body) => Assert.Equal(MessagingErrorReason.BlankText, Finding(body, null, "oh").Reason);

    [Fact]
    public void A_text_that_its_columns_leave_blank_is_blank()
        => Assert.Equal(MessagingErrorReason.BlankText, Assert.Single(Check("{{ first_name }}", "", new SendOptions { AllowEmptyField = true }).Findings).Reason);

    [Fact]
    public void Two_messages_with_one_answer_are_one_send_that_answers_both()
    {
        SendRow Answer(int row, string message) => new()
        {
            Row = row,
            Recipient = RowRecipient.Person(Make.Id(1)),
            Content = new RowContent { Body = "Thanks", StudyId = Make.Study, ConversationId = "c", ReplyTo = message },
        };
        CheckReport report = new ListCheck(new SendOptions(), Make.Account).CheckAll([Answer(2, "m1"), Answer(3, "m2")]);
        Assert.Equal(("c", 2), (report.Rows[0].Message!.ConversationId, report.Rows[1].DuplicateOf));
        Assert.Equal(["m1", "m2"], report.Rows[0].Message!.ReplyTo);
    }
}
