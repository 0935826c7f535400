using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>To whom a logged send went and what it said, in few words.</summary>
internal static class RequestPreview
{
    /// <summary>Null twice for what is no send, or cannot be read.</summary>
    public static (string? To, string? Text) Of(SimulatorState state, SimRequestRecord record)
    {
        if (record.Method != "POST" || record.BodyBytes.Length == 0 || record.BodyBytes[0] != '{'
            || !record.Path.Contains("/message", StringComparison.Ordinal) && !record.Path.Contains("/conversations/", StringComparison.Ordinal))
        {
            return (null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(record.BodyBytes);
            JsonElement root = document.RootElement;
            string? text = Text(root, "body") ?? Text(root, "message");
            if (Text(root, "subject") is { Length: > 0 } subject)
                text = $"{subject}: {text}";
            if (text?.Length > 200)
                text = VisibleText.Cut(text, 200) + "…";
            return (To(state, root) is { } to ? VisibleText.Whole(to) : null, text is null ? null : VisibleText.Whole(text));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? To(SimulatorState state, JsonElement root)
    {
        if (root.TryGetProperty("all_members", out JsonElement all) && all.ValueKind == JsonValueKind.True)
            return "all members";
        if (Text(root, "participant_group_id") is { } group)
            return state.FindGroup(group) is { } found ? $"group {found.Name}" : $"group {group}";
        string? to = Text(root, "recipient_id") is { } one ? Name(state, one) : null;
        foreach (string name in new[] { "ids", "project_member_ids" })
        {
            if (!root.TryGetProperty(name, out JsonElement ids))
                continue;
            if (ids.ValueKind == JsonValueKind.String)
                to = Name(state, PythonText.Text(ids));
            else if (ids.ValueKind == JsonValueKind.Array)
                to = ids.GetArrayLength() == 1 && ids[0].ValueKind == JsonValueKind.String
                    ? Name(state, PythonText.Text(ids[0]))
                    : string.Create(CultureInfo.InvariantCulture, $"{ids.GetArrayLength():N0} people");
        }

        return Text(root, "conversation_id") is { } thread && state.FindConversation(thread) is { } conversation
            ? $"{to ?? Name(state, conversation.ParticipantId)}, in “{conversation.Subject ?? "the general thread"}”"
            : to;
    }

    private static string Name(SimulatorState state, string id) =>
        state.Find(id) is { FirstName.Length: > 0 } person ? $"{person.FirstName} ({id})" : id;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? PythonText.Text(value) : null;

    /// <summary>A body for the page: whole while it is short.</summary>
    public static string Brief(byte[] body) => body.Length <= 6_000
        ? Encoding.UTF8.GetString(body)
        : string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(body, 0, 6_000)}\n… ({body.Length:N0} bytes)");
}
