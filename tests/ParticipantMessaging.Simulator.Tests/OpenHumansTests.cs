using System.Net;
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
        await using var sim = await SimulatorHost.StartAsync();
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
        await using var sim = await SimulatorHost.StartAsync();
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
        await using var sim = await SimulatorHost.StartAsync();
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
        await using var sim = await SimulatorHost.StartAsync();
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
    [InlineData("Hi", "a\nb", "BadHeaderError")]
    public async Task The_worker_dies_after_success_and_nobody_is_mailed(string message, string subject, string error)
    {
        await using var sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        Answer answer = await client.PostAsync(Path, Message([sim.State.Members[0].Id], message, subject));
        Assert.Equal("\"success\"", answer.Text);
        Assert.Equal(0, sim.State.SentCount);
        Assert.StartsWith(error, Assert.Single(sim.State.WorkerFailures).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_an_address_stops_the_rest()
    {
        await using var sim = await SimulatorHost.StartAsync(new SimulatorOptions { Members = 0 });
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
        await using var sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        string[] ids = [sim.State.Members[0].Id, sim.State.Members[1].Id];
        Answer form = await client.SendAsync(HttpMethod.Post, Path,
            $"all_members=False&project_member_ids={ids[0]}&project_member_ids={ids[1]}&message=Hi+there", "application/x-www-form-urlencoded");
        Assert.Equal("\"success\"", form.Text);
        Assert.Equal("Hi there", Assert.Single(sim.State.Mailbox(ids[1])).Body);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(HttpMethod.Post, Path, "x", "text/plain")).Status);
        Assert.Contains("JSON parse error", (await client.PostAsync(Path, "{")).Text, StringComparison.Ordinal);
        Assert.Equal("{\"detail\":\"Method \\\"GET\\\" not allowed.\"}", (await client.GetAsync(Path)).Text);
        Assert.Equal(HttpStatusCode.MovedPermanently, (await client.PostAsync(Path.TrimEnd('/'), "{}")).Status);
    }

    [Fact]
    public async Task Members_need_the_token_in_the_query_and_leak_it_in_their_links()
    {
        await using var sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 0, Members = 250 });
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
    [InlineData(null, "Authentication credentials were not provided.")]
    [InlineData("Token x", "Authentication credentials were not provided.")]
    [InlineData("Bearer", "Invalid token header. No credentials provided.")]
    [InlineData("Bearer a b", "Invalid token header. Token string should not contain spaces.")]
    [InlineData("Bearer wrong", "Invalid token.")]
    [InlineData("Bearer " + SimulatorOptions.DefaultOpenHumansExpiredToken, "Expired token.")]
    public async Task Every_kind_of_wrong_token_is_401_in_its_words(string? header, string detail)
    {
        await using var sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/direct-sharing/project/");
        if (header is not null)
            request.Headers.TryAddWithoutValidation("Authorization", header);
        using HttpResponseMessage response = await client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer realm=\"api\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal($"{{\"detail\":\"{detail}\"}}", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_agent_that_calls_itself_a_known_bot_is_403()
    {
        await using var sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Http.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 bingbot/2.0");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/direct-sharing/project/")).Status);
    }

    [Fact]
    public async Task A_members_own_token_writes_to_that_member_alone()
    {
        await using var sim = await SimulatorHost.StartAsync();
        using var client = SimClient.OpenHumans(sim);
        client.Authorization = new("Bearer", SimulatorOptions.DefaultOpenHumansUserToken);
        await client.PostAsync(Path, "{\"all_members\":true,\"message\":\"Hi\"}");
        Assert.Equal(sim.State.Members[0].Id, Assert.Single(sim.State.SentMessages).ParticipantId);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/direct-sharing/project/members/")).Status);
    }
}
