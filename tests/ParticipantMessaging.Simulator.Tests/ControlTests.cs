using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>The control API: what docs/simulator.md promises to scripts.</summary>
public sealed class ControlTests
{
    private static string Id(Answer answer)
    {
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return answer.Json.GetProperty("id").GetString()!;
    }

    [Fact]
    public async Task Everything_that_can_be_seeded_in_process_can_be_seeded_by_a_script()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 2, Members = 0 });
        using var client = SimClient.Prolific(sim);

        string person = Id(await client.PostAsync("/_sim/participants", "{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaa\",\"firstName\":\"Zoë\"}"));
        string member = Id(await client.PostAsync("/_sim/members", "{\"id\":\"00123456\",\"hasEmail\":false}"));
        string study = Id(await client.PostAsync("/_sim/studies", "{\"name\":\"Sleep\"}"));
        string submission = Id(await client.PostAsync("/_sim/submissions",
            JsonSerializer.Serialize(new { studyId = study, participantId = person, status = "SCREENED OUT" })));
        string group = Id(await client.PostAsync("/_sim/groups", JsonSerializer.Serialize(new { name = "Few", participantIds = new[] { person } })));
        string unread = Id(await client.PostAsync("/_sim/unread", JsonSerializer.Serialize(
            new { senderId = person, body = "Why?", category = "feedback", sentAt = "2026-11-24T10:00:00Z" })));
        Id(await client.PostAsync("/_sim/secrets", "{\"value\":\"whsec\"}"));
        string subscription = Id(await client.PostAsync("/_sim/subscriptions", "{\"targetUrl\":\"https://lab.example/x\"}"));
        await client.PostAsync("/_sim/events", JsonSerializer.Serialize(new { subscriptionId = subscription, history = 200 }));
        Answer events = await client.PostAsync("/_sim/events", JsonSerializer.Serialize(new { subscriptionId = subscription, count = 3, status = "FAILED" }));
        Answer changed = await client.PostAsync("/_sim/status-change", JsonSerializer.Serialize(new { submissionId = submission, status = "APPROVED" }));
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("/_sim/unread", "{\"count\":4}")).Status);

        Assert.Equal("Zoë", sim.State.Find(person)!.FirstName);
        Assert.False(sim.State.Find(member)!.HasEmail);
        Assert.Equal("APPROVED", Assert.Single(sim.State.Submissions(study)).Status);
        Assert.Equal([person], sim.State.FindGroup(group)!.ParticipantIds);
        Assert.Equal(unread, sim.State.Unread[0].Id);
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero), sim.State.Unread[0].SentAt);
        Assert.Equal(5, sim.State.Unread.Count);
        Assert.Equal("whsec", sim.State.FindSecret(sim.State.WorkspaceId)!.Value);
        Assert.Equal(3, events.Json.GetProperty("ids").GetArrayLength());
        Assert.Single(changed.Json.GetProperty("ids").EnumerateArray());
        Assert.Equal(204, sim.State.Events(subscription).Count);
        Assert.Equal(4, (await client.GetAsync($"/_sim/events?subscription={subscription}&last=4")).Json.GetArrayLength());
        Assert.Equal("Sleep", (await client.GetAsync("/_sim/studies")).Json[1].GetProperty("name").GetString());
        Assert.Equal("Few", (await client.GetAsync("/_sim/groups")).Json[2].GetProperty("name").GetString());
        Assert.Equal(1, (await client.GetAsync($"/_sim/submissions?study={study}")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Mailboxes_messages_and_requests_are_read_without_a_token_and_show_none()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        string person = sim.State.Participants[0].Id;
        await client.PostAsync("/api/v1/messages/", JsonSerializer.Serialize(new { recipient_id = person, body = "Hi", study_id = sim.State.StudyId }));
        await client.GetAsync("/api/direct-sharing/project/?access_token=" + SimulatorOptions.DefaultOpenHumansToken);
        client.Authorization = null;

        JsonElement box = Assert.Single((await client.GetAsync("/_sim/mailboxes")).Json.EnumerateArray());
        Assert.Equal((person, "Hi"), (box.GetProperty("id").GetString(), box.GetProperty("messages")[0].GetProperty("body").GetString()));
        Assert.Equal(1, (await client.GetAsync("/_sim/messages")).Json.GetArrayLength());
        Assert.Empty((await client.GetAsync("/_sim/mailboxes?id=nobody")).Json.EnumerateArray());

        Answer all = await client.GetAsync("/_sim/requests");
        Assert.Equal(2, all.Json.GetArrayLength());
        Assert.Equal("both", all.Json[1].GetProperty("tokenIn").GetString());
        Assert.DoesNotContain(SimulatorOptions.DefaultOpenHumansToken, all.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(SimulatorOptions.DefaultProlificToken, all.Text, StringComparison.Ordinal);
        Assert.Equal(1, (await client.GetAsync("/_sim/requests?method=POST&path=/api/v1/messages/")).Json.GetArrayLength());
        Assert.Equal(1, (await client.GetAsync("/_sim/requests?after=1")).Json.GetArrayLength());

        await client.SendAsync(HttpMethod.Delete, "/_sim/requests", null);
        Assert.Empty(sim.State.Requests.All);
        await client.PostAsync("/_sim/clear-messages", "");
        Assert.Equal(0, sim.State.SentCount);
        Assert.Equal(20, sim.State.Participants.Count);
    }

    [Fact]
    public async Task Options_change_while_it_runs_and_reset_begins_anew()
    {
        var clock = new WaitingClock();
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock });
        using var client = SimClient.Prolific(sim);
        Assert.Equal(HttpStatusCode.NoContent,
            (await client.PostAsync("/_sim/options", "{\"latencyMinMs\":40,\"latencyMaxMs\":60,\"errorShape\":\"Detail\",\"bulkLimit\":2}")).Status);
        Task<Answer> late = client.GetAsync("/api/v1/nothing/");
        TimeSpan latency = await clock.NextWaitAsync();
        Assert.InRange(latency, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(60));
        Assert.False(late.IsCompleted);
        clock.Advance(latency);
        Answer answer = await late;
        Assert.Equal("{\"detail\":\"Not found\"}", answer.Text);
        Assert.Equal(2, sim.Options.BulkLimit);

        sim.State.AddParticipant("aaaaaaaaaaaaaaaaaaaaaaaa");
        sim.Faults.Add(new FaultRule { Status = 500 });
        await client.PostAsync("/_sim/reset", "");
        Assert.Equal(20, sim.State.Participants.Count);
        Assert.Empty(sim.Faults.All);
        Assert.Null(sim.State.Find("aaaaaaaaaaaaaaaaaaaaaaaa"));
    }

    [Theory]
    [InlineData("/_sim/unread", "{}")]
    [InlineData("/_sim/unread", "not json")]
    [InlineData("/_sim/participants", "{\"id\":\"$P\"}")]
    [InlineData("/_sim/submissions", "{\"studyId\":\"nope\",\"participantId\":\"x\"}")]
    [InlineData("/_sim/events", "{}")]
    [InlineData("/_sim/options", "{\"errorShape\":\"Round\"}")]
    public async Task What_makes_no_sense_is_400_with_a_reason(string path, string body)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        Answer answer = await client.PostAsync(path, body.Replace("$P", sim.State.Participants[0].Id, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.NotEqual("", answer.Json.GetProperty("error").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/_sim/nothing")).Status);
    }

    [Fact]
    public async Task Two_hundred_thousand_events_cost_little_memory()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s" });
        SimSubscription subscription = sim.State.AddSubscription("submission.status.change", "https://lab.example/x");
        long before = GC.GetAllocatedBytesForCurrentThread();
        sim.State.AddEvents(subscription, 200_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 60_000_000, $"{allocated:N0} bytes");
        Assert.Equal(200_000, sim.State.Events(subscription.Id).Count);
    }
}
