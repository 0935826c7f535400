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
        ("GET", [_, _, _, string id, "participants"]) => state.FindGroup(id) is { } group ? GroupMembers(request, group) : NotFound(path),
        ("POST" or "DELETE", [_, _, _, string id, "participants"]) => state.FindGroup(id) is { } group
            ? ChangeMembers(request, group)
            : NotFound(path),
        (_, [_, _, _]) or (_, [_, _, _, _]) or (_, [_, _, _, _, "participants"]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse ListGroups(SimRequest request)
    {
        // Documented as an object "filter", live as a parameter of its own; one of the two is required.
        string? workspaceId = request.QueryValue("workspace_id") ?? request.QueryValue("filter[workspace_id]");
        string? projectId = request.QueryValue("project_id") ?? request.QueryValue("filter[project_id]");
        if (string.IsNullOrEmpty(workspaceId) && string.IsNullOrEmpty(projectId))
            return Error(request.Segments, 400, "Either workspace_id or project_id is required.", "filter");
        bool? active = null;
        if (request.QueryValue("active") is { } text)
        {
            if (text is not ("true" or "false"))
                return NotAChoice(request, "active", text);
            active = text == "true";
        }

        SimGroup[] found = [.. state.Groups.Where(g => (string.IsNullOrEmpty(workspaceId) ? projectId is null : g.WorkspaceId == workspaceId)
            && (active is null || g.IsDeleted != active.Value))];
        return List(request, found, WriteGroup, ListManner.Pages | ListManner.Count | ListManner.Links);
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
        if (!options.NoParticipantCount)
            w.WriteNumber("participant_count", group.ParticipantIds.Count);
        w.WriteBoolean("is_deleted", group.IsDeleted);
        w.WriteStartArray("feeder_studies");
        w.WriteEndArray();
        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private SimResponse GroupMembers(SimRequest request, SimGroup group)
    {
        KeyValuePair<string, DateTimeOffset>[] members;
        lock (group.Members)
            members = [.. group.Members];
        return List(request, members, static (w, member) =>
        {
            w.WriteStartObject();
            w.WriteString("participant_id", member.Key);
            w.WriteTime("datetime_created", member.Value);
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
        return GroupMembers(request, group);
    }
}
