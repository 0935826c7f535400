using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private static readonly TimeSpan OldestCreatedAfter = TimeSpan.FromDays(30);

    private SimResponse Messages(SimRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [_, _, _]) => ReadMessages(request),
        ("POST", [_, _, _]) => SendOne(request),
        ("GET", [_, _, _, "unread"]) => MessageList(request, state.Unread, unread: true),
        ("POST", [_, _, _, "bulk"]) => SendBulk(request),
        ("POST", [_, _, _, "participant-group"]) => SendGroup(request),
        (_, [_, _, _]) or (_, [_, _, _, "unread" or "bulk" or "participant-group"]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse ReadMessages(SimRequest request)
    {
        string? userId = request.QueryValue("user_id");
        string? after = request.QueryValue("created_after");
        if (string.IsNullOrEmpty(userId) && string.IsNullOrEmpty(after))
            return Error(request.Segments, 400, "Either user_id or created_after is required.");

        DateTimeOffset? createdAfter = null;
        if (!string.IsNullOrEmpty(after))
        {
            // A plus sign that was not encoded arrives as a blank.
            if (!DateTimeOffset.TryParse(after.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                    out DateTimeOffset parsed)
                && !DateTimeOffset.TryParse(after, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out parsed))
            {
                return Error(request.Segments, 400, "Enter a valid date/time.", "created_after");
            }

            if (parsed < state.Now - OldestCreatedAfter)
                return Error(request.Segments, 400, "created_after can not be more than 30 days ago.", "created_after");
            createdAfter = parsed;
        }

        string[] excluded = (request.QueryValue("excluded_sender_ids") ?? "").Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (excluded.Length > 10)
            return Error(request.Segments, 400, "At most 10 sender ids can be excluded.", "excluded_sender_ids");

        IEnumerable<SimMessage> found = string.IsNullOrEmpty(userId)
            ? state.ProlificMessages(createdAfter)
            : (state.FindParticipant(userId)?.Thread ?? []).Where(m => createdAfter is null || m.SentAt > createdAfter.Value);
        // The newest first; the service's order is not documented.
        return MessageList(request,
            [.. found.Where(m => !excluded.Contains(m.SenderId)).OrderByDescending(m => m.SentAt).ThenByDescending(m => m.Id)]);
    }

    private SimResponse MessageList(SimRequest request, IReadOnlyList<SimMessage> messages, bool unread = false) =>
        messages.Count == 0 && options.NullResults
            ? SimResponse.Json(200, w =>
            {
                w.WriteStartObject();
                w.WriteNull("results");
                EndList(w, request, 0, tellsCount: false);
            })
            : List(request, messages, (w, message) => WriteMessage(w, message, unread));

    private void WriteMessage(Utf8JsonWriter w, SimMessage message, bool unread)
    {
        w.WriteStartObject();
        w.WriteString("id", message.Id);
        // The live service differs from its documentation in two names: the time everywhere, the sender in the unread list.
        w.WriteString(unread && !options.DocumentedSpelling ? "sender" : "sender_id", message.SenderId);
        w.WriteString("body", options.SanitiseBodies
            ? WebUtility.HtmlEncode(message.Body.ReplaceLineEndings("\n").Trim())
            : message.Body);
        w.WriteString(options.DocumentedSpelling ? "sent_at" : "datetime_created", JsonText.Time(message.SentAt));
        w.WriteString("type", "message");
        w.WriteString("channel_id", message.ConversationId);
        if (message.StudyId is not null || message.Category is not null)
        {
            w.WriteStartObject("data");
            if (message.StudyId is not null)
                w.WriteString("study_id", message.StudyId);
            if (message.Category is not null)
                w.WriteString("category", message.Category);
            w.WriteEndObject();
        }

        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private void WriteUnknownFields(Utf8JsonWriter w)
    {
        if (!options.UnknownFields)
            return;
        w.WriteString("sim_new_text", "later");
        w.WriteNumber("sim_new_number", 12);
        w.WriteStartObject("sim_new_object");
        w.WriteBoolean("nested", true);
        w.WriteEndObject();
    }

    private SimResponse SendOne(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        if (root.Text("conversation_id") is { Length: > 0 } conversationId)
            return SendIntoConversation(request, root, conversationId);

        string? recipientId = Required(request, root, "recipient_id", ref refusal);
        string? body = Required(request, root, "body", ref refusal);
        string? studyId = Required(request, root, "study_id", ref refusal);
        refusal ??= CheckBody(request, body!) ?? CheckStudy(request, studyId!);
        if (refusal is not null)
            return refusal;
        SimParticipant? recipient = state.FindParticipant(recipientId!);
        if (recipient is null)
            return Error(request.Segments, 400, "Invalid participant ID", "recipient_id");
        return SimResponse.NoContent(
            state.Store(SimProvider.Prolific, [recipient], body!, "single", request.Number, studyId));
    }

    private SimResponse SendIntoConversation(SimRequest request, JsonElement root, string conversationId)
    {
        SimResponse? refusal = null;
        string? body = Required(request, root, "body", ref refusal);
        refusal ??= CheckBody(request, body!);
        if (refusal is not null)
            return refusal;
        SimConversation? conversation = state.FindConversation(conversationId);
        if (conversation is null || state.FindParticipant(conversation.ParticipantId) is not { } recipient)
            return NotFound(request.Segments);
        if (root.Text("recipient_id") is { } named && named != recipient.Id)
            return Error(request.Segments, 400, "The recipient is not a member of the conversation.", "recipient_id");
        return SimResponse.NoContent(state.Store(SimProvider.Prolific, [recipient], body!, "conversation", request.Number,
            root.Text("study_id") ?? conversation.StudyId, conversationId: conversationId));
    }

    private SimResponse SendBulk(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        string? body = Required(request, root, "body", ref refusal);
        string? studyId = Required(request, root, "study_id", ref refusal);
        refusal ??= CheckBody(request, body!) ?? CheckStudy(request, studyId!);
        if (refusal is not null)
            return refusal;
        if (!root.TryGetProperty("ids", out JsonElement ids) || ids.ValueKind == JsonValueKind.Null)
            return Error(request.Segments, 400, "This field is required.", "ids");
        if (ids.ValueKind != JsonValueKind.Array)
            return Error(request.Segments, 400, "Expected a list of items.", "ids");
        int count = ids.GetArrayLength();
        if (count == 0)
            return Error(request.Segments, 400, "This list may not be empty.", "ids");
        if (count > options.BulkLimit)
        {
            return Error(request.Segments, 400,
                $"A bulk message can be sent to at most {options.BulkLimit} recipients; {count} were given.", "ids");
        }

        // An id that is there twice gets the text twice: the real behaviour is unknown, and this one finds careless clients out.
        var people = new List<SimParticipant>(count);
        var unknown = new List<string>();
        foreach (JsonElement id in ids.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.String)
                return Error(request.Segments, 400, "Not a valid string.", "ids");
            if (state.FindParticipant(id.GetString()!) is { } person)
                people.Add(person);
            else
                unknown.Add(id.GetString()!);
        }

        if (unknown.Count > 0 && !options.PartialBulk)
            return Error(request.Segments, 400, "Invalid participant ID(s): " + string.Join(", ", unknown.Take(20)), "ids");
        return SimResponse.NoContent(
            state.Store(SimProvider.Prolific, people, body!, "bulk", request.Number, studyId, bulkKind: "bulk"));
    }

    private SimResponse SendGroup(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        string? groupId = Required(request, root, "participant_group_id", ref refusal);
        string? body = Required(request, root, "body", ref refusal);
        string? studyId = null;
        // Optional here alone, but not null and not empty when it is there.
        if (root.TryGetProperty("study_id", out _))
            studyId = Required(request, root, "study_id", ref refusal);
        refusal ??= CheckBody(request, body!) ?? (studyId is null ? null : CheckStudy(request, studyId));
        if (refusal is not null)
            return refusal;
        SimGroup? group = state.FindGroup(groupId!);
        if (group is null || group.IsDeleted)
            return Error(request.Segments, 400, "Invalid participant group ID", "participant_group_id");
        var people = new List<SimParticipant>();
        foreach (string id in group.ParticipantIds)
        {
            if (state.FindParticipant(id) is { } person)
                people.Add(person);
        }

        return SimResponse.NoContent(state.Store(
            SimProvider.Prolific, people, body!, "group", request.Number, studyId, group.Id, bulkKind: "group"));
    }

    private SimResponse? CheckBody(SimRequest request, string body) =>
        options.BodyLimit > 0 && body.Length > options.BodyLimit
            ? Error(request.Segments, 400, $"Ensure this field has no more than {options.BodyLimit} characters.", "body")
            : null;

    private SimResponse? CheckStudy(SimRequest request, string studyId) =>
        options.CheckStudies && state.FindStudy(studyId) is null
            ? Error(request.Segments, 400, "Study not found.", "study_id")
            : null;
}
