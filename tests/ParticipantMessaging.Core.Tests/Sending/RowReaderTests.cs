using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class RowReaderTests
{
    private static SendRow Read(object? source, SendDefaults? given = null, params (string Name, string? Value)[] fields)
        => new RowReader(given ?? new SendDefaults()).Read(2, source, new DictionaryFields(fields.Select(static f => KeyValuePair.Create(f.Name, f.Value))));

    private static SendRow ReadRow(params (string Name, string? Value)[] fields) => Read(new object(), null, fields);

    [Theory]
    [InlineData("participant_id")]
    [InlineData("PROLIFIC_PID")]
    [InlineData("Participant id")]
    [InlineData("project_member_id")]
    [InlineData("Id")]
    [InlineData("prolific_id")]
    [InlineData("ProlificID")]
    [InlineData("Prolific_ID ")]
    [InlineData("prolific-pid")]
    [InlineData("Participant.id")]
    [InlineData("Participant Public ID")]
    [InlineData("participant.label")]
    [InlineData("SUBJECT_ID")]
    [InlineData("participant_id\u00A0")]
    [InlineData("\uFEFFparticipant_id")]
    [InlineData("participant\u200B_id")]
    [InlineData("recipient\u2011id")]
    public void A_column_names_the_person(string column)
        => Assert.Equal(new RowRecipient(RecipientKind.Person, "abc", column), ReadRow((column, " abc ")).Recipient);

    [Theory]
    [InlineData("Submission id")]
    [InlineData("participant.code")]
    [InlineData("participant.id_in_session")]
    [InlineData("Participant Private ID")]
    [InlineData("ResponseId")]
    public void A_column_that_means_something_else_does_not(string column)
        => Assert.Equal(RecipientKind.None, ReadRow((column, Make.Id(1))).Recipient.Kind);

    [Theory]
    [InlineData(MessageStatus.Failed, "m1", "c1")]
    [InlineData(MessageStatus.Sent, null, null)]
    public void An_answer_that_failed_is_still_an_answer(string status, string? answered, string? conversation)
    {
        SendRow row = Read(new SentMessage { ParticipantId = "p", StudyId = "s", ConversationId = "c1", ReplyTo = ["m1"], Status = status });
        Assert.Equal((answered, conversation), (row.Content.ReplyTo, row.Content.ConversationId));
    }

    [Fact]
    public void The_id_column_of_the_command_line_wins_and_is_found_loosely()
        => Assert.Equal("b", Read(new object(), new SendDefaults { IdColumn = "who wrote" }, ("participant_id", "a"), ("Who Wrote ", "b")).Recipient.Id);

    [Fact]
    public void A_text_comes_whole_from_one_place()
    {
        (string, string?)[] survey = [("participant_id", "a"), ("subject", "Biology"), ("text", "I liked it"), ("Message", "none")];
        SendRow given = Read(new object(), new SendDefaults { Body = "Thank you" }, survey);
        Assert.Equal(("Thank you", null), (given.Content.Body, given.Content.Subject));
        SendRow brought = Read(new object(), null, survey);
        Assert.Equal(("none", "Biology"), (brought.Content.Body, brought.Content.Subject));
    }

    [Fact]
    public void An_exported_message_means_its_sender_and_never_brings_its_text()
    {
        SendRow row = ReadRow(
            ("Id", Make.Id(1)), ("Account", "lab"), ("Provider", "Prolific"), ("SenderId", Make.Id(2)), ("ParticipantId", Make.Id(3)), ("Direction", "In"), ("Body", "question"),
            ("SentAt", "2026-03-02"), ("Type", "message"), ("ConversationId", "c"), ("StudyId", "st"), ("Category", ""), ("Answer", "yes"));
        Assert.Equal((Make.Id(2), "SenderId", null), (row.Recipient.Id, row.Recipient.Column, row.Recipient.Others));
        Assert.Equal((null, "st", "c", Make.Id(1)), (row.Content.Body, row.Content.StudyId, row.Content.ConversationId, row.Content.ReplyTo));
    }

    [Fact]
    public void An_exported_receipt_means_its_participant_or_group()
    {
        (string, string?)[] columns = [("Row", "2"), ("StudyId", "st"), ("ConversationId", "c"), ("Status", "Failed"), ("Recipients", "1"), ("BodyHash", "x")];
        Assert.Equal("p", ReadRow([.. columns, ("ParticipantId", "p"), ("GroupId", "")]).Recipient.Id);
        Assert.Null(ReadRow([.. columns, ("ParticipantId", "p"), ("GroupId", "")]).Content.ConversationId);
        Assert.Equal(RowRecipient.Group("g") with { Column = "GroupId" }, ReadRow([.. columns, ("ParticipantId", ""), ("GroupId", "g")]).Recipient);
    }

    [Theory]
    [InlineData("Prolific@127.0.0.1:8089", null)]
    [InlineData("openhumans@www.openhumans.org", null)]
    [InlineData("lab@home", "lab@home")]
    public void An_exported_receipt_of_a_token_names_no_account(string written, string? account)
    {
        Assert.Equal(account, ReadRow(("ParticipantId", "p"), ("Account", written), ("Status", "Failed"), ("Recipients", "1"), ("BodyHash", "x")).Content.Account);
        Assert.Equal(account, Read(new MessageReceipt { ParticipantId = "p", Account = written }).Content.Account);
    }

    [Fact]
    public void A_long_list_is_read_as_its_first_rows_are_spelt_and_other_rows_are_noticed()
    {
        var reader = new RowReader(new SendDefaults());
        SendRow ReadOne(int row, params (string Name, string? Value)[] fields)
            => reader.Read(row, new object(), new DictionaryFields(fields.Select(static f => KeyValuePair.Create(f.Name, f.Value))));
        for (int i = 0; i < 500; i++) Assert.Equal($"p{i}", ReadOne(i + 2, ("Participant Public ID ", $"p{i}"), ("study id", "s")).Recipient.Id);
        Assert.Equal("s", ReadOne(502, ("Participant Public ID ", "p"), ("study id", "s")).Content.StudyId);
        Assert.Equal("q", ReadOne(503, ("Prolific.PID", "q")).Recipient.Id);
        RowRecipient two = ReadOne(504, ("Participant Public ID ", "q"), ("SenderId", "r")).Recipient;
        Assert.Equal(("r", "q"), (two.Id, Assert.Single(two.Others!).Id));
    }

    [Fact]
    public void Two_columns_that_may_name_the_person_are_both_kept()
    {
        RowRecipient recipient = ReadRow(("Id", "message1"), ("SenderId", "person1")).Recipient;
        Assert.Equal("person1", recipient.Id);
        Assert.Equal([new IdCandidate("Id", "message1")], recipient.Others);
    }

    [Fact]
    public void An_id_beside_a_blank_participant_is_not_taken_for_one()
        => Assert.Equal(new RowRecipient(RecipientKind.Person, "", "ParticipantId"), ReadRow(("Id", "abc"), ("ParticipantId", "")).Recipient);

    [Fact]
    public void A_group_is_never_taken_when_the_participant_is_blank()
        => Assert.Equal(RecipientKind.Person, ReadRow(("GroupId", "g"), ("ParticipantId", "")).Recipient.Kind);

    [Fact]
    public void A_row_without_any_recipient_says_so()
        => Assert.Equal(RecipientKind.None, ReadRow(("Name", "Ada")).Recipient.Kind);

    [Fact]
    public void A_received_message_means_its_sender_and_never_brings_its_text()
    {
        SendRow row = Read(new ParticipantMessage { Id = "m", SenderId = "s", Body = "question", StudyId = "st", Account = "lab" }, null, ("Body", "question"), ("Id", "m"));
        Assert.Equal("s", row.Recipient.Id);
        Assert.Equal("st", row.Content.StudyId);
        Assert.Equal("lab", row.Content.Account);
        Assert.Null(row.Content.Body);
    }

    [Fact]
    public void A_group_object_means_the_group_and_an_event_its_participant()
    {
        Assert.Equal(new RowRecipient(RecipientKind.Group, "g", "Id"), Read(new ParticipantGroup { Id = "g" }).Recipient);
        Assert.Equal("p", Read(new WebhookEvent { Id = "e", ResourceId = "r", ParticipantId = "p" }).Recipient.Id);
    }

    [Fact]
    public void What_is_given_for_all_rows_wins()
    {
        SendRow row = Read(
            new object(),
            new SendDefaults { Body = "given", StudyId = "study", HasConnection = true, IdColumn = "who" },
            ("who", "p"), ("Body", "row's"), ("study_id", "row's"), ("Account", "row's"), ("Id", "row's"));
        Assert.Equal(("given", "study", null, "p"), (row.Content.Body, row.Content.StudyId, row.Content.Account, row.Recipient.Id));
    }
}
