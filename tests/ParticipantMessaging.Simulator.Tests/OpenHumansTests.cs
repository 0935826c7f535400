using System.Net;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class OpenHumansTests
{
    private const string Path = "/api/direct-sharing/project/message/";

    private static string Message(IEnumerable<string> ids, string message, string? subject = null) =>
        JsonSerializer.Serialize(new { project_member_ids = ids, message, subject });

    [Fact]
    public async Task A_list_is_mailed_with_prefix_stripped_and_rendered_for_each()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        string[] ids = [.. sim.State.Members.Take(5).Select(m => m.Id)];

        Answer answer = await client.PostAsync(Path,
            Message(ids, "  Hi {{ PROJECT_MEMBER_ID }}/{{PROJECT_MEMBER_ID}}, {{ first_name }}!{# note #} \n", " News "));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("\"success\"", answer.Text);
        foreach (string id in ids)
        {
            SimMessage mail = Assert.Single(sim.State.Mailbox(id));
            Assert.Equal($"Hi {id}/{id}, !", mail.Body);
            Assert.Equal("[Open Humans Project Message] News", mail.Subject);
        }

        Assert.Equal(5, sim.State.SentCount);
        Assert.Equal(5, Assert.Single(sim.State.BulkCalls).Recipients);
    }

    [Fact]
    public async Task All_members_reaches_those_who_are_still_there_and_an_empty_subject_names_the_project()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        sim.State.SetActive(sim.State.Members[0].Id, false);

        Assert.Equal(19, (await client.GetAsync("/api/direct-sharing/project/")).Json.GetProperty("authorized_members").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"Hi\"}")).Status);

        Assert.Equal(19, sim.State.SentCount);
        Assert.Equal("[Open Humans Project Message] From \"Simulated project\"", sim.State.SentMessages[0].Subject);
    }

    [Theory]
    [InlineData("{\"project_member_ids\":[\"123\"],\"message\":\"x\"}", "project_member_ids", "Project member IDs are always 8 digits long.")]
    [InlineData("{\"project_member_ids\":[\"$1\",\"99999999\",\"88888888\"],\"message\":\"x\"}", "project_member_ids",
        "Invalid project member ID(s): 99999999, 88888888")]
    [InlineData("{\"project_member_ids\":[\"$1\",\"1234567890123456\"],\"message\":\"x\"}", "project_member_ids",
        "Invalid project member ID(s): 1234567890123456")]
    [InlineData("{\"project_member_ids\":[\"$1\",\"$1\"],\"message\":\"x\"}", "project_member_ids", "Invalid project member ID(s): ")]
    [InlineData("{\"message\":\"x\"}", "__all__", "You must specify either all members or provide a list of IDs.")]
    [InlineData("{\"project_member_ids\":[],\"message\":\"x\"}", "__all__", "You must specify either all members or provide a list of IDs.")]
    [InlineData("{\"project_member_ids\":[\"$1\"],\"all_members\":true,\"message\":\"x\"}", "__all__",
        "You must specify either all members or provide a list of IDs but not both.")]
    [InlineData("{\"project_member_ids\":[\"$1\"]}", "message", "This field is required.")]
    [InlineData("{\"project_member_ids\":[\"$1\"],\"message\":\"  \"}", "message", "This field is required.")]
    [InlineData("{\"project_member_ids\":[\"$1\"],\"message\":\"a\\u0000b\"}", "message", "Null characters are not allowed.")]
    public async Task What_the_form_refuses_is_400_and_nobody_is_mailed(string json, string field, string text)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        Answer answer = await client.PostAsync(Path, json.Replace("$1", sim.State.Members[0].Id, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(text, answer.Json.GetProperty("errors").GetProperty(field)[0].GetString());
        Assert.Equal(0, sim.State.SentCount);
    }

    [Theory]
    [InlineData("{\"project_member_ids\":null,\"message\":\"x\"}")]
    [InlineData("{\"project_member_ids\":[12345678],\"message\":\"x\"}")]
    [InlineData("[1]")]
    public async Task What_crashes_the_service_is_500_with_a_page(string json)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        Answer answer = await client.PostAsync(Path, json);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.StartsWith("text/html", answer.Header("Content-Type"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hi {% now %}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {{ }}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {{ first name }}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {% comment %} gone", "x", "TemplateSyntaxError")]
    [InlineData("Hi {{{ PROJECT_MEMBER_ID }}}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {{ x|nosuch }}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {{ x|upper:\"y\" }}", "x", "TemplateSyntaxError")]
    [InlineData("Hi {% if x %} gone", "x", "TemplateSyntaxError")]
    [InlineData("Hi {% include \"x\" %}", "x", "TemplateDoesNotExist")]
    [InlineData("Hi", "a\nb", "BadHeaderError")]
    [InlineData("Hi", "a\vb: c", "HeaderParseError")]
    public async Task The_worker_dies_after_success_and_nobody_is_mailed(string message, string subject, string error)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        Answer answer = await client.PostAsync(Path, Message([sim.State.Members[0].Id], message, subject));
        Assert.Equal("\"success\"", answer.Text);
        Assert.Equal(0, sim.State.SentCount);
        Assert.StartsWith(error, Assert.Single(sim.State.WorkerFailures).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_an_address_stops_the_rest()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Members = 0 });
        using var client = SimClient.OpenHumans(sim);
        sim.State.AddMember("10000001");
        sim.State.AddMember("10000002", hasEmail: false);
        sim.State.AddMember("10000003");
        await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"Hi\"}");
        Assert.Equal("10000001", Assert.Single(sim.State.SentMessages).ParticipantId);
        Assert.Equal("10000002", Assert.Single(sim.State.WorkerFailures).MemberId);
    }

    [Fact]
    public async Task A_form_works_as_the_python_client_sends_it_and_other_types_are_415()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        string[] ids = [sim.State.Members[0].Id, sim.State.Members[1].Id];
        // Of a field that is there twice the last one counts: the first of the two is not mailed.
        Answer form = await client.SendAsync(HttpMethod.Post, Path,
            $"all_members=False&project_member_ids={ids[0]}&project_member_ids={ids[1]}&message=Hi+there", "application/x-www-form-urlencoded");
        Assert.Equal("\"success\"", form.Text);
        Assert.Equal("Hi there", Assert.Single(sim.State.Mailbox(ids[1])).Body);
        Assert.Empty(sim.State.Mailbox(ids[0]));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(HttpMethod.Post, Path, "x", "text/plain")).Status);
        Assert.Contains("JSON parse error", (await client.PostAsync(Path, "{")).Text, StringComparison.Ordinal);
        Assert.Equal("{\"detail\":\"Method \\\"GET\\\" not allowed.\"}", (await client.GetAsync(Path)).Text);
        Assert.Equal(HttpStatusCode.MovedPermanently, (await client.PostAsync(Path.TrimEnd('/'), "{}")).Status);
    }

    [Fact]
    public async Task Members_need_the_token_in_the_query_and_leak_it_in_their_links()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 0, Members = 250 });
        using var client = SimClient.OpenHumans(sim);
        const string Token = SimulatorOptions.DefaultOpenHumansToken;
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync("/api/direct-sharing/project/members/")).Status);

        client.Authorization = null;
        var ids = new List<string>();
        string? next = "/api/direct-sharing/project/members/?access_token=" + Token;
        var sizes = new List<int>();
        while (next is not null)
        {
            Answer page = await client.GetAsync(next);
            sizes.Add(page.Results.Length);
            ids.AddRange(page.Results.Select(r => r.GetProperty("project_member_id").GetString()!));
            Assert.All(page.Results, r => Assert.Contains(Token, r.GetProperty("exchange_member").GetString(), StringComparison.Ordinal));
            next = page.Json.GetProperty("next").GetString();
        }

        Assert.Equal([100, 100, 50], sizes);
        Assert.Equal(sim.State.Members.Select(m => m.Id), ids);
        SimRequestRecord last = sim.State.Requests.All[^1];
        Assert.Equal("query", last.TokenIn);
        Assert.DoesNotContain(Token, last.Query, StringComparison.Ordinal);

        Answer one = await client.GetAsync($"/api/direct-sharing/project/exchange-member/?access_token={Token}&project_member_id={ids[0]}");
        Assert.Equal(ids[0], one.Json.GetProperty("project_member_id").GetString());
        Assert.Equal("{\"project_member_id\":\"project_member_id is invalid\"}",
            (await client.GetAsync($"/api/direct-sharing/project/exchange-member/?access_token={Token}&project_member_id=1")).Text);
        Assert.Equal(HttpStatusCode.InternalServerError,
            (await client.GetAsync($"/api/direct-sharing/project/exchange-member/?access_token={Token}")).Status);
    }

    [Theory]
    [InlineData(null, "Authentication credentials were not provided.", false)]
    [InlineData("Token x", "Authentication credentials were not provided.", false)]
    [InlineData("Bearer", "Invalid token header. No credentials provided.", false)]
    [InlineData("Bearer a b", "Invalid token header. Token string should not contain spaces.", false)]
    [InlineData("Bearer é", "Invalid token header. Token string should not contain invalid characters.", true)]
    [InlineData("Bearer wrong", "Invalid token.", true)]
    [InlineData("Bearer " + SimulatorOptions.DefaultOpenHumansExpiredToken, "Expired token.", true)]
    public async Task Every_kind_of_wrong_token_is_401_in_its_words(string? header, string detail, bool named)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = new SimClient(sim, Encoding.Latin1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/direct-sharing/project/");
        if (header is not null)
            request.Headers.TryAddWithoutValidation("Authorization", header);
        using HttpResponseMessage response = await client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            named ? "Bearer realm=\"api\",error=\"invalid_token\",error_description=\"The access token is invalid.\"" : "Bearer realm=\"api\"",
            Assert.Single(response.Headers.NonValidated["WWW-Authenticate"]));
        Assert.Equal($"{{\"detail\":\"{detail}\"}}", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("Mozilla/5.0 bingbot/2.0", HttpStatusCode.Forbidden)]
    [InlineData("GPTBot/1.1", HttpStatusCode.Forbidden)]
    [InlineData("Mozilla/5.0 BingBot/2.0", HttpStatusCode.OK)]
    [InlineData("gptbot/1.1", HttpStatusCode.OK)]
    public async Task An_agent_that_calls_itself_a_known_bot_is_403_as_it_is_spelled(string agent, HttpStatusCode status)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Http.DefaultRequestHeaders.UserAgent.ParseAdd(agent);
        Assert.Equal(status, (await client.GetAsync("/api/direct-sharing/project/")).Status);
    }

    [Fact]
    public async Task A_members_own_token_writes_to_that_member_alone()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Authorization = new("Bearer", SimulatorOptions.DefaultOpenHumansUserToken);
        await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"Hi\"}");
        Assert.Equal(sim.State.Members[0].Id, Assert.Single(sim.State.SentMessages).ParticipantId);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/direct-sharing/project/members/")).Status);
    }

    [Theory]
    [InlineData("Hi {{ name|default:\"friend\" }}", "Hi friend")]
    [InlineData("{% if PROJECT_MEMBER_ID %}yes{% else %}no{% endif %}", "yes")]
    [InlineData("{% if name == \"Ada\" or not name and 1 < 2 %}yes{% elif x %}?{% endif %}", "yes")]
    [InlineData("{% for c in PROJECT_MEMBER_ID|slice:\":2\" %}{{ forloop.counter }}:{{ c }} {% empty %}none{% endfor %}", "1:1 2:0 ")]
    [InlineData("{% for c in nobody %}x{% empty %}none{% endfor %}", "none")]
    [InlineData("{% with a=\"x&y\" %}{{ a|upper }}{{ a }}{% endwith %}", "X&amp;Yx&y")]
    [InlineData("{% verbatim %}{{ PROJECT_MEMBER_ID }}{% endverbatim %}", "{{ PROJECT_MEMBER_ID }}")]
    [InlineData("a{% comment %}{% nothing %}{% endcomment %}b{# c #}d", "abd")]
    [InlineData("{{ PROJECT_MEMBER_ID\n}} <b>&</b> {{ PROJECT_MEMBER_ID }}}", "{{ PROJECT_MEMBER_ID\n}} <b>&</b> 10000001}")]
    [InlineData("{% templatetag openvariable %}{{ PROJECT_MEMBER_ID|length|add:2 }}", "{{10")]
    public async Task Templates_are_rendered_as_the_service_does(string message, string body)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Members = 0 });
        using var client = SimClient.OpenHumans(sim);
        sim.State.AddMember("10000001");
        await client.PostAsync(Path, Message(["10000001"], message));
        Assert.Equal(body, Assert.Single(sim.State.Mailbox("10000001")).Body);
    }

    [Theory]
    [InlineData("{\"project_member_ids\":\"  \",\"message\":\"x\"}", 0)]
    [InlineData("{\"project_member_ids\":\",\",\"message\":\"x\"}", 0)]
    [InlineData("{\"project_member_ids\":[\"\"],\"message\":\"x\"}", 0)]
    [InlineData("{\"project_member_ids\":{\"10000002\":1},\"message\":\"x\"}", 1)]
    [InlineData("{\"project_member_ids\":{},\"all_members\":\"0\",\"message\":\"x\"}", 3)]
    [InlineData("{\"all_members\":\"no\",\"message\":5}", 3)]
    [InlineData("{\"all_members\":[0],\"message\":{\"a\":true}}", 3)]
    public async Task What_the_form_takes_is_success_whoever_gets_it(string json, int mailed)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        Assert.Equal("\"success\"", (await client.PostAsync(Path, json)).Text);
        Assert.Equal(mailed, sim.State.SentCount);
        Assert.All(sim.State.SentMessages, m => Assert.Contains(m.Body, new[] { "x", "5", "{'a': True}" }));
    }

    [Theory]
    [InlineData("{\"all_members\":\"FALSE\",\"message\":\"x\"}")]
    [InlineData("{\"all_members\":\"\",\"message\":\"x\"}")]
    [InlineData("{\"all_members\":true,\"message\":\"\\u001c\"}")]
    [InlineData("{\"all_members\":true,\"message\":[]}")]
    public async Task What_counts_as_nothing_is_400(string json)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(Path, json)).Status);
        Assert.Equal(0, sim.State.SentCount);
    }

    [Theory]
    [InlineData("{\"all_members\":true,\"message\":\"a\\ud800b\"}")]
    [InlineData("{\"all_members\":true,\"message\":\"a\",\"subject\":\"\\udc00\"}")]
    public async Task A_lone_surrogate_is_success_and_nobody_is_mailed(string json)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        Assert.Equal("\"success\"", (await client.PostAsync(Path, json)).Text);
        Assert.Equal(0, sim.State.SentCount);
        Assert.StartsWith("UnicodeEncodeError", Assert.Single(sim.State.WorkerFailures).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_character_in_the_subject_spills_the_headers_into_the_text()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        await client.PostAsync(Path, Message(["10000001"], "Hello", "News\u001cfor you"));
        SimMessage mail = Assert.Single(sim.State.Mailbox("10000001"));
        Assert.Equal("[Open Humans Project Message] News", mail.Subject);
        Assert.StartsWith("for you\nFrom: Simulated project <support@openhumans.org>\n", mail.Body, StringComparison.Ordinal);
        Assert.EndsWith("\n\nHello", mail.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sleep, dreams", 0)]
    [InlineData("Sleep: dreams", 0)]
    [InlineData("Sleep [2]", 0)]
    [InlineData("Sleep (2", 0)]
    [InlineData(".sleep", 0)]
    [InlineData("Sleep \\ <b>@", 0)]
    [InlineData("Sleep ) 2", 0)]
    [InlineData("Sleep 27\" screens", 0)]
    [InlineData("Sleep (2 \\) b", 0)]
    [InlineData("(new) .sleep", 0)]
    [InlineData("Sleep & (dreams) \"2\" Ärzte's 1/2.", 3)]
    [InlineData("Sleep (a, b (c: d)) \"e; f\"", 3)]
    [InlineData("Sleep \"(\" (\") 2", 3)]
    public async Task The_name_of_the_project_decides_whether_any_mail_arrives(string name, int mailed)
    {
        await using SimulatorHost sim = await ThreeAsync(name);
        using var client = SimClient.OpenHumans(sim);
        Assert.Equal(name, (await client.GetAsync("/api/direct-sharing/project/")).Json.GetProperty("name").GetString());
        Assert.Equal("\"success\"", (await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"x\"}")).Text);
        Assert.Equal(mailed, sim.State.SentCount);
        Assert.Equal(mailed == 0 ? 1 : 0, sim.State.WorkerFailures.Count);
    }

    [Fact]
    public async Task An_address_that_the_mail_server_refuses_ends_the_list_in_the_order_of_the_table()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        sim.State.SetMail("10000002", hasEmail: true, mailRefused: true);
        sim.State.Rewrite("10000001"); // its row now lies behind the refused one
        await client.PostAsync(Path, Message(["10000001", "10000002", "10000003"], "x"));
        Assert.Equal("10000003", Assert.Single(sim.State.SentMessages).ParticipantId);
        Assert.Equal(("10000002", 2), (sim.State.WorkerFailures[0].MemberId, sim.State.WorkerFailures[0].Unmailed));
    }

    [Theory]
    [InlineData(997, "a ", "", 3)]
    [InlineData(998, "a ", " b", 0)]
    [InlineData(998, "", "", 0)]
    [InlineData(998, "é", "", 3)]
    public async Task A_subject_that_cannot_be_folded_is_refused_by_the_mail_server(int length, string before, string behind, int mailed)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        string subject = before + new string('x', length) + behind;
        Assert.Equal("\"success\"", (await client.PostAsync(Path, $"{{\"all_members\":true,\"message\":\"x\",\"subject\":\"{subject}\"}}")).Text);
        Assert.Equal(mailed, sim.State.SentCount);
    }

    [Theory]
    [InlineData("*/*", 200)]
    [InlineData("application/*", 200)]
    [InlineData("text/*", 415)]
    public async Task A_media_type_with_a_star_is_json_as_the_first_that_fits(string type, int status)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Message(["10000001"], "x"))) };
        request.Headers.Authorization = client.Authorization;
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using HttpResponseMessage response = await client.Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, sim.State.SentCount);
    }

    [Fact]
    public async Task A_user_token_mails_its_own_member_whoever_is_named()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Authorization = new("Bearer", SimulatorOptions.DefaultOpenHumansUserToken);
        foreach (string id in new[] { "10000001", "10000002", "10000003" })
            Assert.Equal("\"success\"", (await client.PostAsync(Path, Message([id], "For " + id))).Text);
        Assert.Equal(3, sim.State.Mailbox("10000001").Count);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/direct-sharing/project/")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/direct-sharing/project/members/?limit=1&access_token="
            + SimulatorOptions.DefaultOpenHumansUserToken)).Status);
    }

    [Fact]
    public async Task What_is_unreadable_is_told_before_the_token_is_looked_at()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Authorization = null;
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(Path, "{")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(HttpMethod.Post, Path, "x", "text/plain")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(Path, "{}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(Path)).Status);
    }

    [Fact]
    public async Task An_empty_token_in_the_query_spoils_the_header()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        Answer answer = await client.GetAsync("/api/direct-sharing/project/?access_token=");
        Assert.Equal("{\"detail\":\"Invalid token header. No credentials provided.\"}", answer.Text);
    }

    [Fact]
    public async Task Head_options_suffixes_and_multipart_are_taken()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        const string Project = "/api/direct-sharing/project/";
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Head, Project, null)).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(HttpMethod.Head, Path, null)).Status);
        Answer options = await client.SendAsync(HttpMethod.Options, Path, null);
        Assert.Equal((HttpStatusCode.OK, "POST, OPTIONS"), (options.Status, options.Header("Allow")));
        Assert.Equal("Simulated project", (await client.GetAsync("/api/direct-sharing/project.json")).Json.GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/direct-sharing/project.xml")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/direct-sharing/nothing")).Status);

        using var form = new MultipartFormDataContent
        {
            { new StringContent("10000001"), "project_member_ids" },
            { new StringContent("10000003"), "project_member_ids" },
            { new StringContent("Grüße\r\n✓"), "message" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = form };
        request.Headers.Authorization = client.Authorization;
        using HttpResponseMessage response = await client.Http.SendAsync(request);
        Assert.Equal("\"success\"", await response.Content.ReadAsStringAsync());
        SimMessage mail = Assert.Single(sim.State.SentMessages);
        Assert.Equal(("10000003", "Grüße\r\n✓"), (mail.ParticipantId, mail.Body));
    }

    [Theory]
    [InlineData(1_001, 1)]
    [InlineData(3, 1_000_000)]
    public async Task A_form_that_is_too_large_is_400_with_a_page_and_json_is_not(int fields, int size)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        string body = string.Join('&', Enumerable.Range(0, fields).Select(i => $"f{i}={new string('a', size)}"));
        Answer answer = await client.SendAsync(HttpMethod.Post, Path, body, "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("text/html", answer.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Equal("\"success\"", (await client.PostAsync(Path, Message(["10000001"], new string('a', 3_000_000)))).Text);
    }

    [Fact]
    public async Task The_list_of_members_gives_a_thousand_at_once_and_misses_some_when_somebody_leaves_between_pages()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 0, Members = 250, MembersLeave = 1 });
        using var client = SimClient.OpenHumans(sim);
        const string Members = "/api/direct-sharing/project/members/?access_token=" + SimulatorOptions.DefaultOpenHumansToken;
        Answer all = await client.GetAsync(Members + "&limit=1000");
        Assert.Equal((250, 250), (all.Results.Length, all.Json.GetProperty("count").GetInt32()));
        var ids = new HashSet<string>();
        for (string? next = Members; next is not null;)
        {
            Answer page = await client.GetAsync(next);
            ids.UnionWith(page.Results.Select(r => r.GetProperty("project_member_id").GetString()!));
            next = page.Json.GetProperty("next").GetString();
        }

        Assert.Equal(248, ids.Count); // two left, and each took one who stayed out of sight
        Assert.Equal(2, sim.State.Members.Count(m => m.Active && !ids.Contains(m.Id)));
    }

    [Fact]
    public async Task The_list_of_members_says_nothing_of_a_next_page_when_it_is_told_so()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(
            new SimulatorOptions { Participants = 0, Members = 250, PageSize = 100, ListLinks = false, ListCounts = SimListCounts.Never });
        using var client = SimClient.OpenHumans(sim);
        Answer page = await client.GetAsync(
            $"/api/direct-sharing/project/members/?limit=1000&access_token={SimulatorOptions.DefaultOpenHumansToken}");
        Assert.Equal(["results"], page.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(100, page.Results.Length);
    }

    [Fact]
    public async Task The_list_of_members_has_no_fixed_order_when_it_is_told_so()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(
            new SimulatorOptions { Participants = 0, Members = 250, MemberOrder = SimMemberOrder.Shuffled });
        using var client = SimClient.OpenHumans(sim);
        var orders = new List<string[]>();
        for (int i = 0; i < 3; i++)
        {
            Answer all = await client.GetAsync(
                $"/api/direct-sharing/project/members/?limit=1000&access_token={SimulatorOptions.DefaultOpenHumansToken}");
            orders.Add([.. all.Results.Select(r => r.GetProperty("project_member_id").GetString()!)]);
        }

        Assert.All(orders, o => Assert.Equal(sim.State.Members.Select(m => m.Id).Order(), o.Order()));
        Assert.Equal(3, orders.Select(o => string.Join(' ', o)).Distinct().Count());
    }

    [Fact]
    public async Task The_exchange_list_knows_those_who_left_and_crashes_over_an_empty_id()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        sim.State.SetActive("10000002", false);
        const string Exchange = "/api/direct-sharing/project/exchange-member/?project_member_id=";
        Assert.Equal("10000002", (await client.GetAsync(Exchange + "10000002")).Json.GetProperty("project_member_id").GetString());
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync(Exchange)).Status);
    }

    [Fact]
    public async Task Without_a_broker_a_send_waits_and_goes_on_when_it_is_back()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        sim.Options.BrokerDown = true;
        Task<Answer> waiting = client.PostAsync(Path, Message(["10000001"], "x"));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(Path, "{\"message\":\"x\"}")).Status);
        Assert.Equal(0, sim.State.SentCount);
        sim.Options.BrokerDown = false;
        Assert.Equal("\"success\"", (await waiting).Text);
        Assert.Equal(1, sim.State.SentCount);
    }

    [Fact]
    public async Task Without_a_broker_the_connection_is_closed_after_half_a_minute()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(16) };
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { BrokerDown = true, TimeProvider = clock });
        using var client = SimClient.OpenHumans(sim);
        Task<Answer> waiting = client.PostAsync(Path, Message([sim.State.Members[0].Id], "x"));
        for (int i = 0; i < 500 && !waiting.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(waiting, Task.Delay(10));
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => waiting);
        Assert.Equal(0, sim.State.SentCount);
    }

    [Fact]
    public async Task A_worker_that_is_killed_loses_the_rest_of_its_list()
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        sim.Options.WorkerStopsAfter = 2;
        await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"x\"}");
        Assert.Equal(2, sim.State.SentCount);
        Assert.Equal(1, Assert.Single(sim.State.WorkerFailures).Unmailed);
    }

    private static async Task<SimulatorHost> ThreeAsync(string name = "Simulated project")
    {
        SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Members = 0, ProjectName = name });
        foreach (string id in new[] { "10000001", "10000002", "10000003" })
            sim.State.AddMember(id);
        return sim;
    }

    [Theory]
    [InlineData("GET", ".json", null, 200)]
    [InlineData("GET", ".json/", null, 200)]
    [InlineData("GET", ".xml", null, 404)]
    [InlineData("GET", ".JSON", null, 404)]
    [InlineData("GET", "/?format=xml", null, 404)]
    [InlineData("GET", "", null, 301)]
    [InlineData("POST", "/message", null, 301)]
    [InlineData("POST", "/message.json", null, 400)]
    [InlineData("GET", "/", "image/png", 406)]
    [InlineData("GET", "/", "application/json;q=0.5, text/plain", 200)]
    [InlineData("OPTIONS", "/message/", "text/plain", 406)]
    [InlineData("PATCH", "/members/", null, 405)]
    [InlineData("GET", "/", "", 406)]
    [InlineData("GET", "/", "image/png", 500, "wrong")]
    [InlineData("GET", "/members/?format=xml", null, 500, SimulatorOptions.DefaultOpenHumansUserToken)]
    [InlineData("GET", "/?format=xml", null, 404, SimulatorOptions.DefaultOpenHumansUserToken)]
    [InlineData("GET", "/?format=xml", null, 404, "")]
    public async Task Addresses_and_formats_are_negotiated_as_the_framework_does(string method, string path, string? accept, int status, string? token = null)
    {
        await using SimulatorHost sim = await ThreeAsync();
        using var client = SimClient.OpenHumans(sim);
        if (token is not null)
            client.Authorization = token.Length == 0 ? null : new("Bearer", token);
        if (accept is not null)
            client.Http.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        Assert.Equal(status, (int)(await client.SendAsync(new HttpMethod(method), "/api/direct-sharing/project" + path, null)).Status);
    }
}
