using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace ParticipantMessaging.Simulator;

/// <summary>Open Humans' project API under <c>/api/direct-sharing/</c>: tokens and routing, as Django and its REST framework answer.</summary>
internal sealed partial class OpenHumansApi(SimulatorOptions options, SimulatorState state)
{
    private const int DefaultPage = 100;

    // Django's DISALLOWED_USER_AGENTS as the service sets them; the last one lacks the parentheses that browsers write.
    private static readonly string[] RefusedAgents =
    [
        "DotBot", "AhrefsBot", "SemrushBot", "Barkrowler", "meta-external", "facebook-external", "facebookexternalhit", "GPTBot",
        "AmazonBot", "GoogleBot", "bingbot", "PetalBot", "MJ12bot", "YandexBot", "AwarioSmartBot", "DataForSeoBot", "Bytespider",
        "Turnitin", "Mozilla/5.0 Windows NT 10.0; Win64; x64 AppleWebKit/537.36 KHTML, like Gecko Chrome/128.0.0.0 Safari/537.36",
    ];

    private enum TokenKind
    {
        Master,
        User,
    }

    public SimResponse Handle(SimRequest request)
    {
        string agent = request.Headers.UserAgent.ToString();
        if (Array.Exists(RefusedAgents, a => agent.Contains(a, StringComparison.Ordinal)))
            return SimResponse.Text(403, SimResponse.HtmlType, "<!doctype html><html lang=\"en\"><title>403 Forbidden</title><h1>403 Forbidden</h1></html>");
        if (ParseForm(request) is { } tooLarge)
            return tooLarge;
        if (Route(request.Path, out string? suffix, out bool redirect) is not { } place)
            return SimResponse.Text(404, SimResponse.HtmlType, "<!doctype html><html lang=\"en\"><title>Not Found</title><h1>Not Found</h1></html>");
        if (redirect)
        {
            // Django's CommonMiddleware: the body of a POST is lost on the way.
            return new SimResponse
            {
                Status = 301,
                ContentType = SimResponse.HtmlType,
                Headers = [("Location", request.Path + "/" + request.Context.Request.QueryString.Value)],
            };
        }

        SimResponse answer = Answer(request, place, suffix);
        if (answer.ContentType == SimResponse.JsonType && answer.Headers is { } headers)
        {
            headers.Add(("Allow", Allowed(place)));
            headers.Add(("Vary", "Accept"));
        }

        return answer;
    }

    private SimResponse Answer(SimRequest request, string place, string? suffix)
    {
        if ((suffix ?? request.QueryValue("format")) is { } format && format is not ("json" or "api"))
            return NotNegotiated(request, place, Detail(404, "Not found."));
        if (!Accepts(request.Headers.Accept))
            return NotNegotiated(request, place, Detail(406, "Could not satisfy the request Accept header."));
        // The first of the two ways to authenticate looks for a token in the body, too; the list of members has the second way alone.
        if (place != "members" && ParseBody(request) is { } unreadable)
            return unreadable;
        if (Authenticate(request, place, out TokenKind token) is { } refusal)
            return refusal;
        bool sends = place == "message";
        switch (request.Method)
        {
            case "OPTIONS":
                return Options(place);
            case "POST" when sends:
                return Message(request, token);
            case "GET" or "HEAD" when !sends:
                return place switch
                {
                    "members" => Members(request),
                    "exchange-member" => ExchangeMember(request, token),
                    _ => ProjectInfo(),
                };
            default:
                return Detail(405, $"Method \"{request.Method}\" not allowed.");
        }
    }

    /// <summary>The service looks at the token once more while it writes such an answer, and crashes over one that it refuses.</summary>
    private SimResponse NotNegotiated(SimRequest request, string place, SimResponse answer)
        => HasToken(request) && Authenticate(request, place, out _) is not null ? SimResponse.ServerError() : answer;

    private static string Allowed(string place) => place == "message" ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";

    /// <summary>
    /// The place below <c>project/</c> ("" for itself); null when there is none. A suffix as in <c>project/members.json</c> needs no slash,
    /// everything else is redirected to it.
    /// </summary>
    private static string? Route(string path, out string? suffix, out bool redirect)
    {
        const string Root = "/api/direct-sharing/";
        suffix = null;
        redirect = false;
        string rest = path[Root.Length..];
        bool slash = rest.EndsWith('/');
        string name = slash ? rest[..^1] : rest;
        int dot = name.LastIndexOf('.');
        if (dot > 0)
        {
            suffix = name[(dot + 1)..];
            name = name[..dot];
            if (suffix.Length == 0 || suffix.Any(c => c is not (>= 'a' and <= 'z' or >= '0' and <= '9')))
                return null;
        }

        redirect = !slash && dot <= 0;
        return name switch
        {
            "project" => "",
            "project/message" or "project/members" or "project/exchange-member" => name["project/".Length..],
            _ => null,
        };
    }

    private static bool Accepts(StringValues accept) => accept.Count == 0 || accept.ToString().Split(',').Any(a =>
        a.Split(';')[0].Trim().ToLowerInvariant() is "*/*" or "application/*" or "application/json" or "text/*" or "text/html");

    private static SimResponse Options(string place) => SimResponse.Json(200, w =>
    {
        w.WriteStartObject();
        w.WriteString("name", place switch
        {
            "message" => "Project Message",
            "members" => "Project Member Data",
            "exchange-member" => "Project Member Exchange",
            _ => "Project Data",
        });
        w.WriteString("description", "");
        w.WriteStartArray("renders");
        w.WriteStringValue(SimResponse.JsonType);
        w.WriteStringValue("text/html");
        w.WriteEndArray();
        w.WriteStartArray("parses");
        w.WriteStringValue(SimResponse.JsonType);
        w.WriteStringValue("application/x-www-form-urlencoded");
        w.WriteStringValue("multipart/form-data");
        w.WriteEndArray();
        w.WriteEndObject();
    }, 0, NoStore);

    /// <summary>The words of the authorization; a middleware copies the token of the query over whatever was there, and be it empty.</summary>
    private static string[] Authorization(SimRequest request)
    {
        StringValues values = request.Headers.Authorization;
        string header = request.QueryValue("access_token") is { } query ? "Bearer " + query : values.Count > 0 ? values[0]! : "";
        return header.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool HasToken(SimRequest request)
        => Authorization(request) is [string scheme, ..] && scheme.Equals("bearer", StringComparison.OrdinalIgnoreCase);

    private SimResponse? Authenticate(SimRequest request, string place, out TokenKind kind)
    {
        kind = TokenKind.Master;
        string[] parts = Authorization(request);
        if (!HasToken(request))
            return Unauthorized("Authentication credentials were not provided.");
        if (parts.Length == 1)
            return Unauthorized("Invalid token header. No credentials provided.");
        if (parts.Length > 2)
            return Unauthorized("Invalid token header. Token string should not contain spaces.");
        string token = parts[1];
        bool looksAtMasterTokensOnly = place == "members";
        if (!token.All(char.IsAscii))
            return Unauthorized("Invalid token header. Token string should not contain invalid characters.", known: looksAtMasterTokensOnly);
        if (token == SimulatorOptions.DefaultOpenHumansExpiredToken)
            return Unauthorized("Expired token.", known: looksAtMasterTokensOnly);
        if (token == SimulatorOptions.DefaultOpenHumansUserToken && !looksAtMasterTokensOnly)
        {
            kind = TokenKind.User;
            return null;
        }

        return token == options.OpenHumansToken ? null : Unauthorized("Invalid token.", known: looksAtMasterTokensOnly);
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
        w.WriteString("name", options.ProjectName);
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
        w.WriteString("type", "oauth2");
        w.WriteEndObject();
    }, 0, NoStore);

    private SimResponse Members(SimRequest request)
    {
        SimParticipant[] all = state.ListedMembers();
        int limit = JsonText.Number(request.QueryValue("limit"), DefaultPage);
        limit = limit <= 0 ? DefaultPage : limit;
        int offset = options.IgnoreOffset ? 0 : JsonText.Number(request.QueryValue("offset"), 0);
        int size = options.PageSize > 0 ? Math.Min(limit, options.PageSize) : limit;
        SimParticipant[] page = [.. all.Skip(offset).Take(size)];
        // The serializer reads the token from the query alone, once for each member: with the header only it crashes at the first.
        if (page.Length > 0 && request.QueryValue("access_token") is null)
            return SimResponse.ServerError();

        bool more = offset + size < all.Length;
        if (more && options.MembersLeave > 0)
            state.LetLeave(page.TakeLast(options.MembersLeave));
        string accessToken = request.QueryValue("access_token") ?? "";
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            if (options.ListCounts != SimListCounts.Never)
                w.WriteNumber("count", all.Length);
            if (options.ListLinks)
            {
                w.WriteString("next", more ? MembersLink(request, limit, offset + size) : null);
                w.WriteString("previous", offset > 0 ? MembersLink(request, limit, offset - limit) : null);
            }

            w.WriteStartArray("results");
            foreach (SimParticipant member in page)
                WriteMember(w, request, member, accessToken);
            w.WriteEndArray();
            w.WriteEndObject();
        }, 0, NoStore);
    }

    /// <summary>The address of another page: the parameters of this one, in the order of the alphabet, the token among them.</summary>
    private static string MembersLink(SimRequest request, int limit, int offset)
    {
        var query = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["limit"] = limit.ToString(CultureInfo.InvariantCulture) };
        foreach ((string name, StringValues values) in request.Query.Where(q => q.Key is not ("limit" or "offset")))
            query[name] = values.Count > 0 ? values[^1] ?? "" : "";
        if (offset > 0)
            query["offset"] = offset.ToString(CultureInfo.InvariantCulture);
        return $"{request.BaseUrl}{request.Path}?" + string.Join('&', query.Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value)}"));
    }

    private void WriteMember(Utf8JsonWriter w, SimRequest request, SimParticipant member, string accessToken)
    {
        w.WriteStartObject();
        w.WriteTime("created", member.JoinedAt);
        w.WriteString("project_member_id", member.Id);
        w.WriteNumber("file_count", 0);
        w.WriteString("exchange_member",
            $"{request.BaseUrl}/api/direct-sharing/project/exchange-member/?project_member_id={member.Id}&access_token={accessToken}");
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
            member = state.TokenMember;
        }
        else
        {
            if (request.QueryValue("project_member_id") is not { Length: > 0 } id)
                return SimResponse.ServerError(); // an unbound variable in the service's code
            member = state.FindMember(id); // also one that has left
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

    private static readonly (string, string) NoStore =
        ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private");

    /// <summary>A 401 in the service's words; a token that the first way to authenticate does not know is called invalid in the header, too.</summary>
    private static SimResponse Unauthorized(string detail, bool known = true) => Detail(401, detail, ("WWW-Authenticate",
        known ? "Bearer realm=\"api\"" : "Bearer realm=\"api\",error=\"invalid_token\",error_description=\"The access token is invalid.\""));

    private static SimResponse Detail(int status, string detail, params (string, string)[] headers) => SimResponse.Json(status, w =>
    {
        w.WriteStartObject();
        w.WriteString("detail", detail);
        w.WriteEndObject();
    }, 0, [NoStore, .. headers]);
}
