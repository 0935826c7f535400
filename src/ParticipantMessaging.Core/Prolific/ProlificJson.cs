using System.Text.Json;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <summary>Reads Prolific's objects: documented and live spellings, unknown fields kept.</summary>
internal static class ProlificJson
{
    private const string Provider = nameof(MessagingProvider.Prolific);

    /// <summary>A message that somebody else wrote.</summary>
    public static ParticipantMessage Received(ref Utf8JsonReader reader, ItemContext context)
    {
        ParticipantMessage message = Message(ref reader, context);
        message.ParticipantId = message.SenderId;
        message.Direction = MessageDirection.In;
        return message;
    }

    /// <summary>A message between the account and this person.</summary>
    public static ItemReader<ParticipantMessage> MessageWith(string person) => (ref Utf8JsonReader reader, ItemContext context) =>
    {
        ParticipantMessage message = Message(ref reader, context);
        message.ParticipantId = person;
        if (message.SenderId.Length > 0) message.Direction = string.Equals(message.SenderId.Trim(), person, StringComparison.OrdinalIgnoreCase) ? MessageDirection.In : MessageDirection.Out;
        return message;
    };

    public static ParticipantMessage Message(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", body = "", type = "", channel = "", study = "", category = "";
        string? senderId = null, sender = null;
        DateTimeOffset? sentAt = null, created = null;
        Dictionary<string, object?>? more = null;
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "sender_id": senderId = JsonFields.Text(ref reader, context.Texts); break;

                // The live service calls them so, whatever its documentation says.
                case "sender": sender = JsonFields.Text(ref reader, context.Texts); break;
                case "datetime_created": created = JsonFields.Time(ref reader, name, ref more); break;
                case "sent_at": sentAt = JsonFields.Time(ref reader, name, ref more); break;
                case "body": body = JsonFields.Text(ref reader); break;
                case "type": type = JsonFields.Text(ref reader, context.Texts); break;
                case "channel_id": channel = JsonFields.Text(ref reader, context.Texts); break;
                case "data" when reader.TokenType == JsonTokenType.StartObject:
                    Dictionary<string, object?>? inner = null;
                    while (Next(ref reader, out string member))
                    {
                        switch (member)
                        {
                            case "study_id": study = JsonFields.Text(ref reader, context.Texts); break;
                            case "category": category = JsonFields.Text(ref reader, context.Texts); break;
                            default: JsonFields.Keep(ref reader, member, ref inner); break;
                        }
                    }

                    if (inner is not null) (more ??= new KeptFields())["data"] = inner;
                    break;
                case "data" when reader.TokenType == JsonTokenType.Null: break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new ParticipantMessage
        {
            Id = id,
            Account = context.Account,
            Provider = Provider,
            SenderId = string.IsNullOrEmpty(senderId) ? sender ?? "" : senderId,
            Body = body,
            SentAt = sentAt ?? created,
            Type = type,
            ConversationId = channel,
            StudyId = study,
            Category = category,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }

    /// <summary>Its fields are not documented; what is understood besides subject, topic and study are the names that the service uses elsewhere.</summary>
    public static MessageConversation Conversation(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", subject = "", topic = "", study = "", person = "";
        DateTimeOffset? updated = null;
        Dictionary<string, object?>? more = null;
        var members = new List<string>();
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "subject" when IsText(ref reader): subject = JsonFields.Text(ref reader, context.Texts); break;
                case "topic" when IsText(ref reader): topic = JsonFields.Text(ref reader, context.Texts); break;
                case "study_id" when IsText(ref reader): study = JsonFields.Text(ref reader, context.Texts); break;
                case "study" when IsText(ref reader):
                    string plain = JsonFields.Text(ref reader, context.Texts);
                    if (study.Length == 0) study = plain;
                    break;
                case "study" when reader.TokenType == JsonTokenType.StartObject:
                    JsonFields.Keep(ref reader, name, ref more);
                    if (study.Length == 0) study = IdIn(more!["study"]);
                    break;
                case "participant_id" or "recipient_id" or "user_id" when IsText(ref reader):
                    string one = JsonFields.Text(ref reader);
                    if (person.Length == 0 || name == "participant_id") person = one;
                    break;
                case "members" or "participants" or "users" when reader.TokenType == JsonTokenType.StartArray:
                    JsonFields.Keep(ref reader, name, ref more);
                    if (more![name] is List<object?> list) members.AddRange(list.Select(IdIn).Where(static m => m.Length > 0));
                    break;
                case "datetime_updated" or "updated_at" or "last_message_at": updated = JsonFields.Time(ref reader, name, ref more) ?? updated; break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new MessageConversation
        {
            Id = id,
            Account = context.Account,
            Provider = Provider,
            ParticipantId = person,
            Members = members,
            Subject = subject,
            Topic = topic,
            StudyId = study,
            UpdatedAt = updated,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }

    public static MessageBroadcast Broadcast(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", study = "", subject = "", topic = "", body = "", audience = "";
        long recipients = 0, replied = 0;
        DateTimeOffset? created = null;
        Dictionary<string, object?>? more = null;
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "study_id": study = JsonFields.Text(ref reader, context.Texts); break;
                case "subject": subject = JsonFields.Text(ref reader); break;
                case "topic": topic = JsonFields.Text(ref reader, context.Texts); break;
                case "body": body = JsonFields.Text(ref reader); break;
                case "audience_source": audience = JsonFields.Text(ref reader, context.Texts); break;
                case "recipient_count": recipients = JsonFields.Number(ref reader) ?? 0; break;
                case "replied_count": replied = JsonFields.Number(ref reader) ?? 0; break;
                case "datetime_created": created = JsonFields.Time(ref reader, name, ref more); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new MessageBroadcast
        {
            Id = id,
            Account = context.Account,
            Provider = Provider,
            StudyId = study,
            Subject = subject,
            Topic = topic,
            Body = body,
            AudienceSource = audience,
            RecipientCount = recipients,
            RepliedCount = replied,
            CreatedAt = created,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }

    public static ParticipantGroup Group(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", title = "", description = "", workspace = "";
        long? count = null;
        bool deleted = false;
        Dictionary<string, object?>? more = null;
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "name": title = JsonFields.Text(ref reader); break;
                case "description": description = JsonFields.Text(ref reader); break;
                case "workspace_id": workspace = JsonFields.Text(ref reader, context.Texts); break;
                case "participant_count": count = JsonFields.Number(ref reader); break;
                case "is_deleted": deleted = JsonFields.Flag(ref reader); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new ParticipantGroup
        {
            Id = id,
            Account = context.Account,
            Provider = Provider,
            Name = title,
            Description = description,
            WorkspaceId = workspace,
            ParticipantCount = count,
            IsDeleted = deleted,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }

    public static ItemReader<Participant> GroupMember(string groupId) => (ref Utf8JsonReader reader, ItemContext context) =>
    {
        string id = "";
        DateTimeOffset? joined = null;
        Dictionary<string, object?>? more = null;
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "participant_id": id = JsonFields.Text(ref reader); break;
                case "datetime_created": joined = JsonFields.Time(ref reader, name, ref more); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        if (id.Length == 0) throw JsonFields.Nobody();
        return new Participant
        {
            ParticipantId = id,
            Account = context.Account,
            Provider = Provider,
            GroupId = groupId,
            JoinedAt = joined,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    };

    /// <summary>A submission of a list: one that names nobody is no participant.</summary>
    public static ItemReader<Participant> SubmissionOf(string studyId)
    {
        ItemReader<Participant> read = Submission(studyId);
        return (ref Utf8JsonReader reader, ItemContext context) => read(ref reader, context) is { ParticipantId.Length: > 0 } person ? person : throw JsonFields.Nobody();
    }

    public static ItemReader<Participant> Submission(string studyId) => (ref Utf8JsonReader reader, ItemContext context) =>
    {
        string id = "", participant = "", status = "", code = "", study = studyId;
        DateTimeOffset? started = null, completed = null;
        Dictionary<string, object?>? more = null;
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "participant_id": participant = JsonFields.Text(ref reader); break;

                // A single submission names the person so.
                case "participant" when reader.TokenType == JsonTokenType.String: participant = JsonFields.Text(ref reader); break;
                case "status": status = JsonFields.Text(ref reader, context.Texts); break;
                case "started_at": started = JsonFields.Time(ref reader, name, ref more); break;
                case "completed_at": completed = JsonFields.Time(ref reader, name, ref more); break;
                case "study_code" or "entered_code": code = JsonFields.Text(ref reader, context.Texts); break;
                case "study_id" when reader.TokenType == JsonTokenType.String: study = JsonFields.Text(ref reader, context.Texts); break;

                // Personal data that messaging does not need is not carried along.
                case "ip" or "strata": reader.Skip(); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new Participant
        {
            ParticipantId = participant,
            Account = context.Account,
            Provider = Provider,
            StudyId = study,
            SubmissionId = id,
            Status = status,
            StartedAt = started,
            CompletedAt = completed,
            StudyCode = code,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    };

    /// <summary>The sum of all statuses.</summary>
    public static Total SubmissionTotal(ref Utf8JsonReader reader, ItemContext context)
    {
        long? total = null;
        while (Next(ref reader, out string name))
        {
            if (name == "TOTAL") total = JsonFields.Number(ref reader);
            else reader.Skip();
        }

        return new Total(total);
    }

    /// <summary>A number, if the service said it.</summary>
    public readonly record struct Total(long? Value);

    public static ProlificUser User(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", email = "";
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "email": email = JsonFields.Text(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        // 200 with something else in it is a proxy's answer: a token that is nobody's is no token that works.
        if (id.Length == 0) throw new JsonException("The answer has no id.");
        return new ProlificUser { Id = id, Email = email };
    }

    public static ProlificWorkspace Workspace(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", title = "", description = "";
        while (Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "title": title = JsonFields.Text(ref reader); break;
                case "description": description = JsonFields.Text(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        return new ProlificWorkspace { Id = id, Title = title, Description = description };
    }

    /// <summary>Goes to the next member of the object; the reader then stands on its value.</summary>
    internal static bool Next(ref Utf8JsonReader reader, out string name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            name = "";
            return false;
        }

        name = Names.Get(ref reader);
        reader.Read();
        return true;
    }

    /// <summary>An id that stands by itself or in an object.</summary>
    private static string IdIn(object? value) => value switch
    {
        string id => id,
        Dictionary<string, object?> members => (members.GetValueOrDefault("id") ?? members.GetValueOrDefault("user_id") ?? members.GetValueOrDefault("participant_id")) as string ?? "",
        _ => "",
    };

    // For objects whose fields are not documented: what is not a text is kept as it is.
    private static bool IsText(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.String or JsonTokenType.Null;

    // Names of members are few; without a pool each object would make a dozen new texts of them.
    [ThreadStatic]
    private static TextPool? _names;

    private static TextPool Names => _names ??= new TextPool();
}
