using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class RowReaderTests
{
    private static SendRow Read(object? source, SendDefaults? given = null, params (string Name, string? Value)[] fields)
        => RowReader.Read(2, source, new DictionaryFields(fields.Select(static f => KeyValuePair.Create(f.Name, f.Value))), given ?? new SendDefaults());

    private static SendRow ReadRow(params (string Name, string? Value)[] fields) => Read(new object(), null, fields);

    [Theory]
    [InlineData("participant_id")]
    [InlineData("PROLIFIC_PID")]
    [InlineData("Participant id")]
    [InlineData("project_member_id")]
    [InlineData("Id")]
    public void A_column_names_the_person(string column)
        => Assert.Equal(new RowRecipient(RecipientKind.Person, "abc", ColumnName(column)), ReadRow((column, " abc ")).Recipient);

    [Fact]
    public void Two_columns_with_different_people_are_ambiguous()
    {
        RowRecipient recipient = ReadRow(("Id", "message1"), ("SenderId", "person1")).Recipient;
        Assert.Equal(RecipientKind.Ambiguous, recipient.Kind);
        Assert.Contains("person1", recipient.Column, StringComparison.Ordinal);
        Assert.Contains("message1", recipient.Column, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_columns_with_the_same_person_are_not()
        => Assert.Equal(RecipientKind.Person, ReadRow(("Id", "ABC"), ("participant_id", "abc")).Recipient.Kind);

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
        Assert.Equal("st", row.StudyId);
        Assert.Equal("lab", row.Account);
        Assert.Null(row.Body);
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
            new SendDefaults { Body = "given", StudyId = "study", HasConnection = true, Recipient = RowRecipient.Person("p") },
            ("Body", "row's"), ("study_id", "row's"), ("Account", "row's"), ("Id", "row's"));
        Assert.Equal(("given", "study", null, "p"), (row.Body, row.StudyId, row.Account, row.Recipient.Id));
    }

    private static string ColumnName(string column) => RowReader.RecipientColumns.First(c => c.Equals(column, StringComparison.OrdinalIgnoreCase));
}
