using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class ProlificLookupTests
{
    [Fact]
    public async Task Me_and_workspaces_with_and_without_the_last_slash()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        Assert.Equal(sim.State.ResearcherId, (await client.GetAsync("/api/v1/users/me/")).Json.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/users/me")).Status);
        Assert.Equal(sim.State.WorkspaceId, (await client.GetAsync("/api/v1/workspaces/?limit=1&offset=0")).Results[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync("/api/v1/users/me/", "{}")).Status);
    }

    [Fact]
    public async Task A_token_without_rights_is_403_but_may_ask_who_it_is()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        client.Authorization = new("Token", SimulatorOptions.DefaultProlificForbiddenToken);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/users/me/")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/v1/messages/unread/")).Status);
    }

    [Fact]
    public async Task Submissions_of_a_study_page_by_limit_and_offset_and_are_spelled_with_spaces()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 450, Members = 0 });
        using var client = SimClient.Prolific(sim);
        var ids = new List<string>();
        var statuses = new HashSet<string>();
        for (int offset = 0; ; offset += 200)
        {
            Answer page = await client.GetAsync($"/api/v1/studies/{sim.State.StudyId}/submissions/?limit=200&offset={offset}");
            Assert.Equal(450, page.Json.GetProperty("meta").GetProperty("count").GetInt32());
            ids.AddRange(page.Results.Select(r => r.GetProperty("participant_id").GetString()!));
            statuses.UnionWith(page.Results.Select(r => r.GetProperty("status").GetString()!));
            if (page.Results.Length < 200)
                break;
        }

        Assert.Equal(sim.State.Participants.Select(p => p.Id), ids);
        Assert.Superset(new HashSet<string> { "AWAITING REVIEW", "SCREENED OUT", "TIMED-OUT" }, statuses);

        JsonElement counts = (await client.GetAsync($"/api/v1/studies/{sim.State.StudyId}/submissions/counts/")).Json;
        Assert.Equal(450, counts.GetProperty("TOTAL").GetInt32());
        Assert.Equal(sim.State.Submissions(sim.State.StudyId).Count(s => s.Status == "AWAITING REVIEW"),
            counts.GetProperty("AWAITING REVIEW").GetInt32());
    }

    [Fact]
    public async Task The_global_list_needs_a_study_takes_any_spelling_of_a_status_and_pages_by_number()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 100, SubmissionStatus = "AWAITING REVIEW" });
        using var client = SimClient.Prolific(sim);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/submissions/")).Status);
        Assert.Equal(20, (await client.GetAsync($"/api/v1/submissions/?study={sim.State.StudyId}&status=awaiting_review")).Results.Length);
        Answer third = await client.GetAsync($"/api/v1/submissions/?study={sim.State.StudyId}&status=AWAITING%20REVIEW&page=3&page_size=40");
        Assert.Equal(20, third.Results.Length);
        Assert.Empty((await client.GetAsync($"/api/v1/submissions/?study={sim.State.StudyId}&approved=yes")).Results);

        SimSubmission submission = sim.State.Submissions(sim.State.StudyId)[7];
        JsonElement one = (await client.GetAsync($"/api/v1/submissions/{submission.Id}/")).Json;
        Assert.Equal(submission.ParticipantId, one.GetProperty("participant").GetString());
        Assert.Equal(submission.StudyId, one.GetProperty("study_id").GetString());
    }

    [Fact]
    public async Task Groups_are_listed_by_workspace_shown_and_changed()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        Answer list = await client.GetAsync($"/api/v1/participant-groups/?workspace_id={sim.State.WorkspaceId}&active=true");
        Assert.Equal(["Group 1", "Group 2"], list.Results.Select(r => r.GetProperty("name").GetString()));
        Assert.Empty((await client.GetAsync("/api/v1/participant-groups/?workspace_id=other")).Results);

        string id = sim.State.Groups[0].Id;
        Assert.Equal(10, (await client.GetAsync($"/api/v1/participant-groups/{id}/")).Json.GetProperty("participant_count").GetInt32());
        string moved = sim.State.Groups[1].ParticipantIds[0];
        string json = JsonSerializer.Serialize(new { participant_ids = new[] { moved } });
        Assert.Equal(11, (await client.PostAsync($"/api/v1/participant-groups/{id}/participants/", json)).Results.Length);
        Assert.Equal(10, (await client.SendAsync(HttpMethod.Delete, $"/api/v1/participant-groups/{id}/participants/", json)).Results.Length);
        Assert.Equal(10, (await client.GetAsync($"/api/v1/participant-groups/{id}/participants/")).Results.Length);
    }

    [Fact]
    public async Task What_is_seeded_does_not_depend_on_how_many_are_asked_for()
    {
        await using SimulatorHost few = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 20, Seed = 7 });
        await using SimulatorHost many = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 600, Seed = 7 });
        await using SimulatorHost other = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 20, Seed = 8 });
        Assert.Equal(Who(few.State.Participants), Who(many.State.Participants.Take(20)));
        Assert.Equal(Who(few.State.Members), Who(many.State.Members.Take(20)));
        Assert.Empty(few.State.Participants.Select(p => p.Id).Intersect(other.State.Participants.Select(p => p.Id)));
        Assert.All(many.State.Participants, p => Assert.Matches("^[0-9a-f]{24}$", p.Id));
        Assert.All(many.State.Members, p => Assert.Matches("^[0-9]{8}$", p.Id));
        Assert.Contains(many.State.Members, p => p.Id.StartsWith("00", StringComparison.Ordinal));
        Assert.Equal(600, many.State.Members.Select(m => m.Id).Distinct().Count());

        static IEnumerable<string> Who(IEnumerable<SimParticipant> people) => people.Select(p => p.Id + " " + p.FirstName);
    }
}
