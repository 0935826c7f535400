using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace ParticipantMessaging.Simulator;

/// <summary>Open Humans' project API under <c>/api/direct-sharing/</c>: tokens and routing, as Django and its REST framework answer.</summary>
internal sealed partial class OpenHumansApi(SimulatorOptions options, SimulatorState state)
{
    private const int DefaultPage = 100;

    // Some of Django's DISALLOWED_USER_AGENTS, as the service sets them.
    private static readonly string[] RefusedAgents =
        ["GPTBot", "AhrefsBot", "bingbot", "facebookexternalhit", "meta-external", "Turnitin"];

    private enum TokenKind
    {
        Master,
        User,
    }

    public SimResponse Handle(SimRequest request)
    {
        string agent = request.Headers.UserAgent.ToString();
        if (Array.Exists(RefusedAgents, a => agent.Contains(a, StringComparison.OrdinalIgnoreCase)))
            return SimResponse.Text(403, SimResponse.HtmlType, "<!doctype html><html lang=\"en\"><title>403 Forbidden</title><h1>403 Forbidden</h1></html>");
        if (!request.Path.EndsWith('/'))
        {
            // Django's CommonMiddleware: the body of a POST is lost on the way.
            return new SimResponse
            {
                Status = 301,
                Headers = [("Location", request.Path + "/" + request.Context.Request.QueryString.Value)],
            };
        }

        string[] path = request.Segments; // api, direct-sharing, project, …
        if (path is not [_, _, "project", ..] || path.Length > 4
            || path.Length == 4 && path[3] is not ("message" or "members" or "exchange-member"))
        {
            return SimResponse.Text(404, SimResponse.HtmlType, "<!doctype html><html lang=\"en\"><title>Not Found</title><h1>Not Found</h1></html>");
        }

        SimResponse? refusal = Authenticate(request, out TokenKind token);
        if (refusal is not null)
            return refusal;
        string wanted = path.Length == 4 && path[3] == "message" ? "POST" : "GET";
        if (request.Method != wanted)
            return Detail(405, $"Method \"{request.Method}\" not allowed.", ("Allow", $"{wanted}, HEAD, OPTIONS"));

        return path.Length == 3
            ? ProjectInfo()
            : path[3] switch
            {
                "message" => Message(request, token),
                "members" => Members(request, token),
                _ => ExchangeMember(request, token),
            };
    }

    private SimResponse? Authenticate(SimRequest request, out TokenKind kind)
    {
        kind = TokenKind.Master;
        string header;
        // A middleware copies the token of the query into the header, over whatever was there.
        if (request.QueryValue("access_token") is { } query)
        {
            header = "Bearer " + query;
        }
        else
        {
            StringValues values = request.Headers.Authorization;
            header = values.Count > 0 ? values[0]! : "";
        }

        string[] parts = header.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || !parts[0].Equals("bearer", StringComparison.OrdinalIgnoreCase))
            return Unauthorized("Authentication credentials were not provided.");
        if (parts.Length == 1)
            return Unauthorized("Invalid token header. No credentials provided.");
        if (parts.Length > 2)
            return Unauthorized("Invalid token header. Token string should not contain spaces.");
        string token = parts[1];
        if (!token.All(char.IsAscii))
            return Unauthorized("Invalid token header. Token string should not contain invalid characters.");
        if (token == SimulatorOptions.DefaultOpenHumansExpiredToken)
            return Unauthorized("Expired token.");
        if (token == SimulatorOptions.DefaultOpenHumansUserToken)
        {
            kind = TokenKind.User;
            return null;
        }

        return token == options.OpenHumansToken ? null : Unauthorized("Invalid token.");
    }

    private SimResponse ProjectInfo() => SimResponse.Json(200, w =>
    {
        w.WriteStartObject();
        w.WriteBoolean("active", true);
        w.WriteBoolean("approved", true);
        w.WriteNumber("authorized_members", state.Members.Count(m => m.Active));
        w.WriteNull("badge_image");
        w.WriteString("contact_email", "contact@lab.example");
        w.WriteNumber("id", 42);
        w.WriteString("id_label", "direct-sharing-42");
        w.WriteString("info_url", "https://lab.example/");
        w.WriteBoolean("is_academic_or_nonprofit", true);
        w.WriteBoolean("is_study", true);
        w.WriteString("leader", "Robin Researcher");
        w.WriteString("long_description", "A project that exists in the simulator only.");
        w.WriteString("name", ProjectName);
        w.WriteString("organization", "Simulated University");
        w.WriteStartArray("registered_datatypes");
        w.WriteEndArray();
        w.WriteStartArray("requested_sources");
        w.WriteEndArray();
        w.WriteStartArray("request_sources_access");
        w.WriteEndArray();
        w.WriteBoolean("request_username_access", true);
        w.WriteString("returned_data_description", "");
        w.WriteString("short_description", "Simulated project");
        w.WriteString("slug", "simulated-project");
        w.WriteString("type", "on-site");
        w.WriteEndObject();
    }, 0, NoStore);

    private SimResponse Members(SimRequest request, TokenKind token)
    {
        if (token == TokenKind.User)
            return Unauthorized("Invalid token.");
        SimParticipant[] all = [.. state.Members.Where(m => m.Active)];
        int limit = JsonText.Number(request.QueryValue("limit"), DefaultPage);
        limit = limit <= 0 ? DefaultPage : limit;
        int offset = JsonText.Number(request.QueryValue("offset"), 0);
        SimParticipant[] page = [.. all.Skip(offset).Take(limit)];
        // The serializer reads the token from the query alone, once for each member: with the header only it crashes at the first.
        if (page.Length > 0 && request.QueryValue("access_token") is null)
            return SimResponse.ServerError();

        string accessToken = request.QueryValue("access_token") ?? "";
        string url = $"{request.BaseUrl}{request.Path}?access_token={Uri.EscapeDataString(accessToken)}&limit={limit}";
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("count", all.Length);
            w.WriteString("next", offset + limit < all.Length ? $"{url}&offset={offset + limit}" : null);
            w.WriteString("previous", offset > 0 ? $"{url}&offset={Math.Max(0, offset - limit)}" : null);
            w.WriteStartArray("results");
            foreach (SimParticipant member in page)
                WriteMember(w, request, member, accessToken);
            w.WriteEndArray();
            w.WriteEndObject();
        }, 0, NoStore);
    }

    private void WriteMember(Utf8JsonWriter w, SimRequest request, SimParticipant member, string accessToken)
    {
        w.WriteStartObject();
        w.WriteTime("created", member.JoinedAt);
        w.WriteString("project_member_id", member.Id);
        w.WriteNumber("file_count", 0);
        w.WriteString("exchange_member",
            $"{request.BaseUrl}/api/direct-sharing/project/exchange-member/?access_token={accessToken}&project_member_id={member.Id}");
        w.WriteStartArray("sources_shared");
        w.WriteEndArray();
        if (member.Username is not null)
            w.WriteString("username", member.Username);
        w.WriteStartArray("data");
        w.WriteEndArray();
        if (options.UnknownFields)
            w.WriteString("sim_new_text", "later");
        w.WriteEndObject();
    }

    private SimResponse ExchangeMember(SimRequest request, TokenKind token)
    {
        SimParticipant? member;
        if (token == TokenKind.User)
        {
            member = state.Members.FirstOrDefault(m => m.Active);
        }
        else
        {
            if (request.QueryValue("project_member_id") is not { } id)
                return SimResponse.ServerError(); // an unbound variable in the service's code
            member = state.FindMember(id) is { Active: true } found ? found : null;
        }

        if (member is null)
        {
            return SimResponse.Json(400, w =>
            {
                w.WriteStartObject();
                w.WriteString("project_member_id", "project_member_id is invalid");
                w.WriteEndObject();
            }, 0, NoStore);
        }

        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("count", 0);
            w.WriteNull("next");
            w.WriteNull("previous");
            w.WriteStartArray("data");
            w.WriteEndArray();
            w.WriteTime("created", member.JoinedAt);
            w.WriteString("project_member_id", member.Id);
            w.WriteStartArray("sources_shared");
            w.WriteEndArray();
            if (member.Username is not null)
                w.WriteString("username", member.Username);
            w.WriteEndObject();
        }, 0, NoStore);
    }

    private const string ProjectName = "Simulated project";

    private static readonly (string, string) NoStore =
        ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private");

    private static SimResponse Unauthorized(string detail) => Detail(401, detail, ("WWW-Authenticate", "Bearer realm=\"api\""));

    private static SimResponse Detail(int status, string detail, params (string, string)[] headers) => SimResponse.Json(status, w =>
    {
        w.WriteStartObject();
        w.WriteString("detail", detail);
        w.WriteEndObject();
    }, 0, [NoStore, .. headers]);
}
