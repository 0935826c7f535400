using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private SimResponse Groups(SimRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [_, _, _]) => ListGroups(request),
        ("GET", [_, _, _, string id]) => state.FindGroup(id) is { } group
            ? SimResponse.Json(200, w => WriteGroup(w, group))
            : NotFound(path),
        ("GET", [_, _, _, string id, "participants"]) => state.FindGroup(id) is { } group ? GroupMembers(group) : NotFound(path),
        ("POST" or "DELETE", [_, _, _, string id, "participants"]) => state.FindGroup(id) is { } group
            ? ChangeMembers(request, group)
            : NotFound(path),
        (_, [_, _, _]) or (_, [_, _, _, _]) or (_, [_, _, _, _, "participants"]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse ListGroups(SimRequest request)
    {
        string? workspaceId = request.QueryValue("workspace_id");
        bool? active = JsonText.Flag(request.QueryValue("active"));
        SimGroup[] found = [.. state.Groups.Where(g =>
            (workspaceId is null || g.WorkspaceId == workspaceId) && (active is null || g.IsDeleted != active.Value))];
        int offset = JsonText.Number(request.QueryValue("offset"), 0);
        int limit = Math.Max(1, JsonText.Number(request.QueryValue("limit"), Math.Max(1, found.Length)));
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach (SimGroup group in found.Skip(offset).Take(limit))
                WriteGroup(w, group);
            w.WriteEndArray();
            WriteLinks(w, request, offset, limit, found.Length);
            WriteCount(w, found.Length);
            w.WriteEndObject();
        });
    }

    private void WriteGroup(Utf8JsonWriter w, SimGroup group)
    {
        w.WriteStartObject();
        w.WriteString("id", group.Id);
        w.WriteString("name", group.Name);
        w.WriteNull("project_id");
        w.WriteString("workspace_id", group.WorkspaceId);
        w.WriteNull("organisation_id");
        w.WriteString("description", group.Description);
        w.WriteNumber("participant_count", group.ParticipantIds.Count);
        w.WriteBoolean("is_deleted", group.IsDeleted);
        w.WriteNull("feeder_studies");
        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private static SimResponse GroupMembers(SimGroup group)
    {
        KeyValuePair<string, DateTimeOffset>[] members;
        lock (group.Members)
            members = [.. group.Members];
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach ((string id, DateTimeOffset added) in members)
            {
                w.WriteStartObject();
                w.WriteString("participant_id", id);
                w.WriteTime("datetime_created", added);
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    private SimResponse ChangeMembers(SimRequest request, SimGroup group)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        if (!document.RootElement.TryGetProperty("participant_ids", out JsonElement ids) || ids.ValueKind != JsonValueKind.Array)
            return Error(request.Segments, 400, "This field is required.", "participant_ids");
        string[] named = [.. ids.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.String ? i.GetString()! : "")];
        DateTimeOffset now = state.Now;
        bool add = request.Method == "POST";
        state.ChangeGroup(group, members =>
        {
            foreach (string id in named)
            {
                if (!add)
                    members.Remove(id);
                else if (state.FindParticipant(id) is not null)
                    members.TryAdd(id, now);
            }
        });
        return GroupMembers(group);
    }
}
