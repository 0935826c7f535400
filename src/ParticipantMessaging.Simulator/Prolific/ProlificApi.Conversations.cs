using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private SimResponse Conversations(SimRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [_, _, _]) => ListConversations(request),
        ("POST", [_, _, _]) => StartConversation(request),
        ("GET", [_, _, _, string id, "messages"]) => ConversationMessages(request, id),
        (_, [_, _, _]) or (_, [_, _, _, _, "messages"]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse ListConversations(SimRequest request)
    {
        string? workspaceId = request.QueryValue("workspace_id");
        string? studyId = request.QueryValue("study_id");
        string? broadcastId = request.QueryValue("broadcast_id");
        SimConversation[] found = [.. state.Conversations
            .Where(c => (workspaceId is null || c.WorkspaceId == workspaceId)
                && (studyId is null || c.StudyId == studyId)
                && (broadcastId is null || c.BroadcastId == broadcastId))
            .OrderByDescending(c => c.UpdatedAt).ThenByDescending(c => c.Id, StringComparer.Ordinal)];
        (int offset, int limit, string? next) = CursorPage(request, found.Length, 25, 50);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteString("next", next);
            w.WriteStartArray("results");
            foreach (SimConversation conversation in found.Skip(offset).Take(limit))
                WriteConversation(w, conversation);
            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    /// <summary>Only subject, topic and study are documented; the other names are guesses.</summary>
    private void WriteConversation(Utf8JsonWriter w, SimConversation conversation)
    {
        w.WriteStartObject();
        w.WriteString("id", conversation.Id);
        w.WriteString("subject", conversation.Subject);
        w.WriteString("topic", conversation.Topic);
        w.WriteString("study_id", conversation.StudyId);
        w.WriteString("workspace_id", conversation.WorkspaceId);
        w.WriteStartArray("members");
        w.WriteStringValue(state.ResearcherId);
        w.WriteStringValue(conversation.ParticipantId);
        w.WriteEndArray();
        w.WriteTime("datetime_created", conversation.CreatedAt);
        w.WriteTime("datetime_updated", conversation.UpdatedAt);
        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private SimResponse StartConversation(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        string? recipientId = Required(request, root, "recipient_id", ref refusal);
        string? subject = Required(request, root, "subject", ref refusal);
        string? topic = Required(request, root, "topic", ref refusal);
        if (refusal is not null)
            return refusal;
        if (subject!.Length > 500)
            return Error(request.Segments, 400, "Ensure this field has no more than 500 characters.", "subject");
        string? body = root.Text("body");
        if (body?.Length > 10_000)
            return Error(request.Segments, 400, "Ensure this field has no more than 10000 characters.", "body");
        string? studyId = root.Text("study_id");
        if (studyId is not null && CheckStudy(request, studyId) is { } noStudy)
            return noStudy;
        string? workspaceId = root.Text("workspace_id");
        if (workspaceId is not null && state.Workspaces.All(w => w.Id != workspaceId))
            return NotFound(request.Segments);
        if (state.FindParticipant(recipientId!) is not { } recipient)
            return Error(request.Segments, 400, "Invalid participant ID", "recipient_id");

        SimConversation conversation = state.AddConversation(recipient.Id, subject, topic!, studyId, workspaceId);
        int stored = string.IsNullOrWhiteSpace(body)
            ? 0
            : state.Store(SimProvider.Prolific, [recipient], body, "conversation", request.Number, studyId,
                conversationId: conversation.Id);
        return SimResponse.Json(201, w => WriteConversation(w, conversation), stored);
    }

    private SimResponse ConversationMessages(SimRequest request, string id)
    {
        SimConversation? conversation = state.FindConversation(id);
        if (conversation is null)
            return NotFound(request.Segments);
        SimMessage[] thread = [.. (state.FindParticipant(conversation.ParticipantId)?.Thread ?? [])
            .Where(m => m.ConversationId == id).OrderBy(m => m.SentAt)];
        (int offset, int limit, string? next) = CursorPage(request, thread.Length, 25, 50);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteString("next", next);
            if (thread.Length == 0 && options.NullResults)
            {
                w.WriteNull("results");
            }
            else
            {
                w.WriteStartArray("results");
                foreach (SimMessage message in thread.Skip(offset).Take(limit))
                    WriteMessage(w, message, unread: false);
                w.WriteEndArray();
            }

            w.WriteEndObject();
        });
    }

    private SimResponse Broadcasts(SimRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [_, _, _]) => ListBroadcasts(request),
        ("POST", [_, _, _]) => SendBroadcast(request),
        ("GET", [_, _, _, string id]) => OneBroadcast(request, id),
        (_, [_, _, _]) or (_, [_, _, _, _]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse ListBroadcasts(SimRequest request)
    {
        string? workspaceId = request.QueryValue("workspace_id");
        string? studyId = request.QueryValue("study_id");
        SimBroadcast[] found = [.. state.Broadcasts.Reverse()
            .Where(b => (workspaceId is null || b.WorkspaceId == workspaceId) && (studyId is null || b.StudyId == studyId))];
        (int offset, int limit, string? next) = CursorPage(request, found.Length, 25, 50);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteString("next", next);
            w.WriteStartArray("results");
            foreach (SimBroadcast broadcast in found.Skip(offset).Take(limit))
                WriteBroadcast(w, broadcast);
            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    private SimResponse OneBroadcast(SimRequest request, string id)
    {
        SimBroadcast? broadcast = state.Broadcasts.FirstOrDefault(b => b.Id == id);
        string? workspaceId = request.QueryValue("workspace_id");
        // One that was sent from a workspace is only found when that workspace is named.
        return broadcast is null || broadcast.WorkspaceId != workspaceId
            ? NotFound(request.Segments)
            : SimResponse.Json(200, w => WriteBroadcast(w, broadcast));
    }

    /// <summary>Sends to everybody with a submission for the study: how an audience is named in the request is not documented.</summary>
    private SimResponse SendBroadcast(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        string? studyId = Required(request, root, "study_id", ref refusal);
        string? subject = Required(request, root, "subject", ref refusal);
        string? body = Required(request, root, "body", ref refusal);
        if (refusal is not null)
            return refusal;
        string? id = root.Text("id");
        if (id is not null && state.Broadcasts.FirstOrDefault(b => b.Id == id) is { } first)
            return SimResponse.Json(200, w => WriteBroadcast(w, first));
        if (state.FindStudy(studyId!) is null)
            return NotFound(request.Segments);

        SimParticipant[] audience = [.. state.Submissions(studyId!).Select(s => s.ParticipantId).Distinct()
            .Select(state.FindParticipant).OfType<SimParticipant>()];
        if (audience.Length > options.BulkLimit)
        {
            return Error(request.Segments, 400,
                $"A broadcast can be sent to at most {options.BulkLimit} recipients; {audience.Length} were given.");
        }

        SimBroadcast broadcast = state.AddBroadcast(new SimBroadcast(id ?? state.NextBroadcastId(), studyId!, root.Text("workspace_id"),
            subject!, root.Text("topic"), body!, "study", audience.Length, state.Now));
        int stored = 0;
        foreach (SimParticipant person in audience)
        {
            SimConversation conversation = state.AddConversation(
                person.Id, subject!, root.Text("topic") ?? "other", studyId, root.Text("workspace_id"), broadcast.Id);
            stored += state.Store(SimProvider.Prolific, [person], body!, "broadcast", request.Number, studyId,
                conversationId: conversation.Id);
        }

        return SimResponse.Json(201, w => WriteBroadcast(w, broadcast), stored);
    }

    private void WriteBroadcast(Utf8JsonWriter w, SimBroadcast broadcast)
    {
        HashSet<string> replied = [.. state.Unread.Select(m => m.ConversationId ?? "")];
        int replies = state.Conversations.Count(c => c.BroadcastId == broadcast.Id && replied.Contains(c.Id));
        w.WriteStartObject();
        w.WriteString("id", broadcast.Id);
        w.WriteString("study_id", broadcast.StudyId);
        w.WriteString("subject", broadcast.Subject);
        w.WriteString("topic", broadcast.Topic);
        w.WriteString("body", broadcast.Body);
        w.WriteString("audience_source", broadcast.AudienceSource);
        w.WriteNumber("recipient_count", broadcast.RecipientCount);
        w.WriteTime("datetime_created", broadcast.CreatedAt);
        w.WriteNumber("replied_count", replies);
        WriteUnknownFields(w);
        w.WriteEndObject();
    }
}
