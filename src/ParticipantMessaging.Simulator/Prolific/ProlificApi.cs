using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace ParticipantMessaging.Simulator;

/// <summary>The researcher API under <c>/api/v1/</c>: token check and routing. Documented paths end in a slash; both forms are taken.</summary>
internal sealed partial class ProlificApi(SimulatorOptions options, SimulatorState state)
{
    public SimResponse Handle(SimRequest request)
    {
        string[] path = request.Segments; // api, v1, …
        if (path.Length < 3)
            return NotFound(path);
        if (CheckToken(request) is { } refusal)
            return refusal;

        try
        {
            return Answer(request, path);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a text of the body: it cannot be read as text at all.
            return Error(path, 400, "Not a valid string.");
        }
    }

    private SimResponse Answer(SimRequest request, string[] path)
    {
        return path[2] switch
        {
            "users" when path is [_, _, _, "me"] => Get(request, Me),
            "workspaces" when path.Length == 3 => Get(request, Workspaces),
            "messages" => Messages(request, path),
            "conversations" => options.Conversations ? Conversations(request, path) : NotFound(path),
            "broadcasts" => options.Broadcasts ? Broadcasts(request, path) : NotFound(path),
            "participant-groups" => Groups(request, path),
            "studies" => Studies(request, path),
            "submissions" => Submissions(request, path),
            "hooks" => Hooks(request, path),
            _ => NotFound(path),
        };
    }

    private SimResponse? CheckToken(SimRequest request)
    {
        StringValues header = request.Headers.Authorization;
        string value = header.Count == 1 ? header[0]! : "";
        const string Scheme = "Token ";
        if (!value.StartsWith(Scheme, StringComparison.Ordinal))
            return Error(request.Segments, 401, "Authentication credentials were not provided.");
        string token = value[Scheme.Length..];
        if (token == options.ProlificToken || options.ExtraProlificTokens.Contains(token))
            return null;
        if (token == SimulatorOptions.DefaultProlificForbiddenToken)
        {
            return request.Segments is [_, _, "users", "me"]
                ? null
                : Error(request.Segments, 403, "You do not have permission to perform this action.");
        }

        return Error(request.Segments, 401, "Invalid token.");
    }

    private SimResponse Me(SimRequest request) => SimResponse.Json(200, w =>
    {
        w.WriteStartObject();
        w.WriteString("id", state.ResearcherId);
        w.WriteString("email", "researcher@lab.example");
        w.WriteString("first_name", "Robin");
        w.WriteString("last_name", "Researcher");
        w.WriteString("name", "Robin Researcher");
        w.WriteString("username", "robin");
        w.WriteString("user_type", "researcher");
        w.WriteString("currency_code", "GBP");
        w.WriteNumber("balance", 120_000);
        w.WriteNumber("available_balance", 100_000);
        w.WriteEndObject();
    });

    private SimResponse Workspaces(SimRequest request) =>
        List(request, state.Workspaces, WriteWorkspace, ListManner.Pages | ListManner.Count);

    private void WriteWorkspace(Utf8JsonWriter w, SimWorkspace workspace)
    {
        w.WriteStartObject();
        w.WriteString("id", workspace.Id);
        w.WriteString("title", workspace.Title);
        w.WriteString("description", "");
        w.WriteStartArray("users");
        w.WriteStartObject();
        w.WriteString("id", state.ResearcherId);
        w.WriteString("name", "Robin Researcher");
        w.WriteEndObject();
        w.WriteEndArray();
        w.WriteEndObject();
    }

    private SimResponse Get(SimRequest request, Func<SimRequest, SimResponse> handler) =>
        request.Method == "GET" ? handler(request) : WrongMethod(request);

    private SimResponse WrongMethod(SimRequest request) =>
        Error(request.Segments, 405, $"Method \"{request.Method}\" not allowed.");

    private SimResponse NotFound(string[] path) => Error(path, 404, "Not found");

    private SimResponse Error(string[] path, int status, string detail, string? field = null)
    {
        ProlificErrorShape shape = options.ErrorShape;
        if (shape == ProlificErrorShape.Declared)
        {
            bool bare = path.Length > 2 && path[2] is "messages" or "submissions"
                || path.Length > 4 && path[2] == "studies" && path[4] == "submissions";
            shape = bare && status == 400 ? ProlificErrorShape.Bare : ProlificErrorShape.Wrapped;
        }

        return ProlificErrors.Make(shape, status, detail, field);
    }

    /// <summary>The body as a JSON object; else the answer that says what is wrong with it.</summary>
    private JsonDocument? Body(SimRequest request, out SimResponse? refusal)
    {
        refusal = null;
        JsonDocument? document = request.Json(out string? error);
        if (document is null)
            refusal = Error(request.Segments, 400, "JSON parse error - " + error);
        else if (document.RootElement.ValueKind != JsonValueKind.Object)
            refusal = Error(request.Segments, 400, "Invalid data. Expected a dictionary.");
        if (refusal is not null)
        {
            document?.Dispose();
            return null;
        }

        return document;
    }

    /// <summary>A required text of the body; null together with a refusal when it is missing, blank or no text.</summary>
    private string? Required(SimRequest request, JsonElement body, string name, ref SimResponse? refusal)
    {
        if (refusal is not null)
            return null;
        if (!body.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            refusal = Error(request.Segments, 400, "This field is required.", name);
        else if (value.ValueKind != JsonValueKind.String)
            refusal = Error(request.Segments, 400, "Not a valid string.", name);
        else if (string.IsNullOrWhiteSpace(value.GetString()))
            refusal = Error(request.Segments, 400, "This field may not be blank.", name);
        return refusal is null ? value.GetString() : null;
    }

    /// <summary><c>_links</c> as the official client models them.</summary>
    private static void WriteLinks(Utf8JsonWriter writer, SimRequest request, int offset, int limit, int total)
    {
        string path = request.BaseUrl + request.Path;
        writer.WriteStartObject("_links");
        WriteLink(writer, "self", "Current", $"{path}?limit={limit}&offset={offset}");
        WriteLink(writer, "next", "Next", offset + limit < total ? $"{path}?limit={limit}&offset={offset + limit}" : null);
        WriteLink(writer, "previous", "Previous", offset > 0 ? $"{path}?limit={limit}&offset={Math.Max(0, offset - limit)}" : null);
        WriteLink(writer, "last", "Last", $"{path}?limit={limit}&offset={Math.Max(0, (total - 1) / Math.Max(1, limit) * limit)}");
        writer.WriteEndObject();
    }

    private static void WriteLink(Utf8JsonWriter writer, string name, string title, string? href)
    {
        writer.WriteStartObject(name);
        writer.WriteString("href", href);
        writer.WriteString("title", title);
        writer.WriteEndObject();
    }

    /// <summary>A page by opaque cursor: offset, limit and the absolute URL of the next page.</summary>
    private (int Offset, int Limit, string? Next) CursorPage(SimRequest request, int total, int defaultLimit, int maxLimit)
    {
        int limit = Cut(Math.Clamp(JsonText.Number(request.QueryValue("limit"), defaultLimit), 1, maxLimit));
        int offset = 0;
        if (request.QueryValue("cursor") is { } cursor)
        {
            try
            {
                string text = System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(cursor));
                offset = JsonText.Number(text.StartsWith("o=", StringComparison.Ordinal) ? text[2..] : text, 0);
            }
            catch (FormatException)
            {
                offset = 0;
            }
        }

        if (offset + limit >= total)
            return (offset, limit, null);
        string next = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"o={offset + limit}"));
        IEnumerable<string> rest = request.Query.Where(q => q.Key is not "cursor")
            .Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}");
        return (offset, limit, request.BaseUrl + request.Path + "?" + string.Join('&', rest.Prepend("cursor=" + Uri.EscapeDataString(next))));
    }
}
