namespace ParticipantMessaging.Sending;

/// <summary>
/// Whom an object means. Blind binding by property name would be dangerous: a message has an Id and a Body of its own, a group and an
/// event have an Id, and all of them look like a participant's id. So the row is looked at as a whole.
/// </summary>
public static class RowReader
{
    /// <summary>Columns that name a person, the first that is there counts; <c>Id</c> only when none of the others is there.</summary>
    public static readonly IReadOnlyList<string> RecipientColumns =
    [
        "ParticipantId", "participant_id", "PROLIFIC_PID", "project_member_id", "ProjectMemberId", "recipient_id",
        "SenderId", "sender_id", "Participant id", "Id",
    ];

    private static readonly string[] GroupColumns = ["GroupId", "participant_group_id"];
    private static readonly string[] StudyColumns = ["StudyId", "study_id"];
    private static readonly string[] BodyColumns = ["Body", "Message", "Text"];
    private static readonly string[] SubjectColumns = ["Subject"];
    private static readonly string[] AccountColumns = ["Account"];

    /// <summary>Reads an object that came down a pipeline.</summary>
    /// <param name="row">Row number, the first is 2.</param>
    /// <param name="source">The object; one of this library's own types, or anything.</param>
    /// <param name="fields">Its columns or properties.</param>
    /// <param name="given">What the caller gave for all rows; it wins over what stands in the row.</param>
    /// <returns>The row.</returns>
    public static SendRow Read(int row, object? source, IRowFields fields, SendDefaults given)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(given);
        return source switch
        {
            null => Make(row, source, fields, given, new RowRecipient(RecipientKind.Person, "", ""), null, null),
            string id => Make(row, source, NoFields.Instance, given, RowRecipient.Person(id), null, null),
            ParticipantMessage m => Make(row, m, fields, given, Own(m.SenderId, nameof(m.SenderId)), m.StudyId, m.Account),
            Participant p => Make(row, p, fields, given, Own(p.ParticipantId, nameof(p.ParticipantId)), p.StudyId, p.Account),
            WebhookEvent e => Make(row, e, fields, given, Own(e.ParticipantId, nameof(e.ParticipantId)), null, e.Account),
            SentMessage s => Make(row, s, fields, given, PersonOrGroup(s.ParticipantId, s.GroupId), s.StudyId, s.Account),
            MessageReceipt r => Make(row, r, fields, given, PersonOrGroup(r.ParticipantId, r.GroupId), r.StudyId, r.Account),
            ParticipantGroup g => Make(row, g, fields, given, new RowRecipient(RecipientKind.Group, g.Id, nameof(g.Id)), null, g.Account),
            _ => ReadColumns(row, source, fields, given),
        };
    }

    // Only what is needed is looked up: a column that is not there costs PowerShell far more than one that is.
    private static SendRow ReadColumns(int row, object? source, IRowFields fields, SendDefaults given) => new()
    {
        Row = row,
        Source = source,
        Fields = fields,
        Recipient = given.Recipient ?? FindRecipient(fields),
        StudyId = given.StudyId ?? First(fields, StudyColumns)?.Trim(),
        Account = given.HasConnection ? null : First(fields, AccountColumns)?.Trim(),
        Body = given.Body ?? First(fields, BodyColumns),
        Subject = given.Subject ?? First(fields, SubjectColumns),
    };

    private static SendRow Make(int row, object? source, IRowFields fields, SendDefaults given, RowRecipient recipient, string? study, string? account) => new()
    {
        Row = row,
        Source = source,
        Fields = fields,
        Recipient = given.Recipient ?? recipient,
        StudyId = given.StudyId ?? NullIfBlank(study),
        Account = given.HasConnection ? null : NullIfBlank(account),
        Body = given.Body,
        Subject = given.Subject,
    };

    private static RowRecipient Own(string id, string property) => new(RecipientKind.Person, id.Trim(), property);

    private static RowRecipient PersonOrGroup(string participantId, string groupId)
        => participantId.Length == 0 && groupId.Length > 0
            ? groupId == "*" ? RowRecipient.AllMembers : new RowRecipient(RecipientKind.Group, groupId, "GroupId")
            : Own(participantId, "ParticipantId");

    private static RowRecipient FindRecipient(IRowFields fields)
    {
        string? firstColumn = null, firstBlank = null, value = null;
        foreach (string column in RecipientColumns)
        {
            if (!fields.TryGetValue(column, out string? raw)) continue;
            string id = raw?.Trim() ?? "";
            if (id.Length == 0)
            {
                firstBlank ??= column;
                continue;
            }

            // An Id beside a blank participant column is the id of something else.
            if (column == "Id" && firstColumn is null && firstBlank is not null) break;
            if (firstColumn is null)
            {
                firstColumn = column;
                value = id;
            }
            else if (!string.Equals(value, id, StringComparison.OrdinalIgnoreCase))
            {
                return new RowRecipient(RecipientKind.Ambiguous, value!, $"{firstColumn} ({value}) and {column} ({id})");
            }
        }

        if (firstColumn is not null) return new RowRecipient(RecipientKind.Person, value!, firstColumn);
        if (firstBlank is not null) return new RowRecipient(RecipientKind.Person, "", firstBlank);
        return First(fields, GroupColumns) is { } group
            ? new RowRecipient(RecipientKind.Group, group.Trim(), GroupColumns[0])
            : new RowRecipient(RecipientKind.None, "", "");
    }

    private static string? First(IRowFields fields, string[] columns)
    {
        foreach (string column in columns)
        {
            if (fields.TryGetValue(column, out string? value) && !string.IsNullOrWhiteSpace(value)) return value;
        }

        return null;
    }

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
