using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class ProlificMessageTests
{
    private static string Single(string recipient, string body, string study) =>
        JsonSerializer.Serialize(new { recipient_id = recipient, body, study_id = study });

    private static string Bulk(IEnumerable<string> ids, string body, string study) =>
        JsonSerializer.Serialize(new { ids, body, study_id = study });

    [Fact]
    public async Task A_single_message_reaches_one_person_word_for_word_and_answers_204_without_a_body()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        SimParticipant ada = sim.State.Participants[3];
        const string Text = "  Dear Ada,\r\nça va? ✓ <b>&amp;</b> \"quoted\"\n";

        Answer answer = await client.PostAsync("/api/v1/messages/", Single(ada.Id, Text, sim.State.StudyId));

        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal("", answer.Text);
        SimMessage message = Assert.Single(ada.Mailbox);
        Assert.Equal(Text, message.Body);
        Assert.Equal(sim.State.StudyId, message.StudyId);
        Assert.Equal(1, sim.State.SentCount);
        SimRequestRecord record = Assert.Single(sim.State.Requests.All);
        Assert.Equal(("POST", "/api/v1/messages/", 204, 1, "header", "Token"),
            (record.Method, record.Path, record.Status, record.Stored, record.TokenIn, record.Scheme));
    }

    [Fact]
    public async Task Four_thousand_are_taken_in_one_bulk_and_one_more_is_refused_with_the_limit()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 4_001, Members = 0 });
        using var client = SimClient.Prolific(sim);
        string[] ids = [.. sim.State.Participants.Select(p => p.Id)];

        Answer refused = await client.PostAsync("/api/v1/messages/bulk/", Bulk(ids, "Hi", sim.State.StudyId));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("4000", refused.Text, StringComparison.Ordinal);
        Assert.Equal(0, sim.State.SentCount);

        Answer taken = await client.PostAsync("/api/v1/messages/bulk/", Bulk(ids[..4_000], "Hi", sim.State.StudyId));
        Assert.Equal(HttpStatusCode.NoContent, taken.Status);
        SimBulkCall call = Assert.Single(sim.State.BulkCalls);
        Assert.Equal(("bulk", 4_000, "Hi"), (call.Kind, call.Recipients, call.Body));
        Assert.All(sim.State.Participants.Take(4_000), p => Assert.Equal(1, p.MailboxCount));
        Assert.Equal(0, sim.State.Participants[4_000].MailboxCount);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.BadRequest, 0)]
    [InlineData(true, HttpStatusCode.NoContent, 1)]
    public async Task A_bulk_with_an_unknown_id_follows_the_option(bool partial, HttpStatusCode status, int received)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { PartialBulk = partial });
        using var client = SimClient.Prolific(sim);
        SimParticipant known = sim.State.Participants[0];

        Answer answer = await client.PostAsync("/api/v1/messages/bulk/",
            Bulk([known.Id, "ffffffffffffffffffffffff"], "Hi", sim.State.StudyId));

        Assert.Equal(status, answer.Status);
        Assert.Equal(received, known.MailboxCount);
    }

    [Fact]
    public async Task A_group_message_needs_no_study_and_reaches_every_member()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        SimGroup group = sim.State.Groups[1];

        Answer answer = await client.PostAsync("/api/v1/messages/participant-group/",
            JsonSerializer.Serialize(new { participant_group_id = group.Id, body = "Hello" }));

        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal(group.ParticipantIds.Order(), sim.State.SentMessages.Select(m => m.ParticipantId).Order());
        Assert.All(sim.State.SentMessages, m => Assert.Equal(group.Id, m.GroupId));

        Answer empty = await client.PostAsync("/api/v1/messages/participant-group/",
            JsonSerializer.Serialize(new { participant_group_id = group.Id, body = "Hello", study_id = "" }));
        Assert.Equal(HttpStatusCode.BadRequest, empty.Status);
    }

    [Theory]
    [InlineData("{\"body\":\"x\",\"study_id\":\"$S\"}", "recipient_id")]
    [InlineData("{\"recipient_id\":\"$P\",\"study_id\":\"$S\"}", "body")]
    [InlineData("{\"recipient_id\":\"$P\",\"body\":\"  \",\"study_id\":\"$S\"}", "body")]
    [InlineData("{\"recipient_id\":\"$P\",\"body\":\"x\"}", "study_id")]
    [InlineData("{\"recipient_id\":\"$P\",\"body\":\"x\",\"study_id\":\"000000000000000000000000\"}", "study_id")]
    [InlineData("{\"recipient_id\":\"000000000000000000000000\",\"body\":\"x\",\"study_id\":\"$S\"}", "recipient_id")]
    public async Task What_is_missing_or_unknown_is_400_with_the_field_and_stores_nothing(string json, string field)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        json = json.Replace("$S", sim.State.StudyId, StringComparison.Ordinal)
            .Replace("$P", sim.State.Participants[0].Id, StringComparison.Ordinal);

        Answer answer = await client.PostAsync("/api/v1/messages/", json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.True(answer.Json.GetProperty("detail").TryGetProperty(field, out _), answer.Text);
        Assert.Equal(0, sim.State.SentCount);
    }

    [Fact]
    public async Task Unread_and_history_are_spelled_as_live_or_as_documented()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Unread = 2 });
        using var client = SimClient.Prolific(sim);

        JsonElement live = (await client.GetAsync("/api/v1/messages/unread/")).Results[0];
        Assert.Equal(sim.State.Unread[0].SenderId, live.GetProperty("sender").GetString());
        Assert.True(live.TryGetProperty("datetime_created", out _));
        Assert.False(live.TryGetProperty("sent_at", out _));

        sim.Options.DocumentedSpelling = true;
        JsonElement documented = (await client.GetAsync("/api/v1/messages/unread/")).Results[0];
        Assert.Equal(sim.State.Unread[0].SenderId, documented.GetProperty("sender_id").GetString());
        Assert.True(documented.TryGetProperty("sent_at", out _));
        // Reading takes nothing away.
        Assert.Equal(2, sim.State.Unread.Count);
    }

    [Fact]
    public async Task History_is_filtered_by_person_time_and_excluded_senders_and_bounded_to_30_days()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        string one = sim.State.Participants[0].Id;
        string two = sim.State.Participants[1].Id;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        sim.State.AddUnread(one, "old", sentAt: now.AddDays(-40));
        sim.State.AddUnread(one, "new", sentAt: now.AddHours(-1));
        sim.State.AddSent(one, "answer", sentAt: now);
        sim.State.AddUnread(two, "other", sentAt: now);

        Assert.Equal(["answer", "new", "old"], Bodies(await client.GetAsync($"/api/v1/messages/?user_id={one}")));
        string since = now.AddDays(-2).ToString("O");
        Assert.Equal(3, Bodies(await client.GetAsync($"/api/v1/messages/?created_after={Uri.EscapeDataString(since)}")).Length);
        Assert.Equal(["new"], Bodies(await client.GetAsync(
            $"/api/v1/messages/?user_id={one}&created_after={now.AddDays(-2):yyyy-MM-dd}&excluded_sender_ids={sim.State.ResearcherId}")));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/messages/")).Status);
        Assert.Equal(HttpStatusCode.BadRequest,
            (await client.GetAsync($"/api/v1/messages/?created_after={now.AddDays(-31):yyyy-MM-dd}")).Status);

        static string[] Bodies(Answer answer) => [.. answer.Results.Select(r => r.GetProperty("body").GetString()!)];
    }

    [Fact]
    public async Task Null_results_and_unknown_fields_come_when_they_are_asked_for()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { NullResults = true, UnknownFields = true });
        using var client = SimClient.Prolific(sim);
        Assert.Equal(JsonValueKind.Null, (await client.GetAsync("/api/v1/messages/unread/")).Json.GetProperty("results").ValueKind);
        sim.State.AddUnread(1);
        Assert.True((await client.GetAsync("/api/v1/messages/unread/")).Results[0].TryGetProperty("sim_new_text", out _));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Token", "wrong")]
    [InlineData("Bearer", SimulatorOptions.DefaultProlificToken)]
    public async Task Without_the_right_token_everything_is_401(string? scheme, string? token)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        client.Authorization = scheme is null ? null : new AuthenticationHeaderValue(scheme, token);

        foreach (string path in new[] { "/api/v1/users/me/", "/api/v1/messages/unread/", "/api/v1/hooks/event-types/" })
        {
            Answer answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.Equal(401, answer.Json.GetProperty("error").GetProperty("status").GetInt32());
        }

        Assert.Equal(HttpStatusCode.Unauthorized,
            (await client.PostAsync("/api/v1/messages/", Single(sim.State.Participants[0].Id, "x", sim.State.StudyId))).Status);
        Assert.Equal(0, sim.State.SentCount);
    }

    [Theory]
    [InlineData(ProlificErrorShape.Wrapped, "{\"error\":{\"status\":404")]
    [InlineData(ProlificErrorShape.Bare, "{\"status\":404")]
    [InlineData(ProlificErrorShape.Simple, "{\"message\":\"Not Found\",\"detail\":\"Not found\"}")]
    [InlineData(ProlificErrorShape.Detail, "{\"detail\":\"Not found\"}")]
    [InlineData(ProlificErrorShape.Html, "<html>")]
    public async Task Errors_come_in_five_shapes(ProlificErrorShape shape, string beginning)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { ErrorShape = shape });
        using var client = SimClient.Prolific(sim);
        Answer answer = await client.GetAsync("/api/v1/participant-groups/ffffffffffffffffffffffff/");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.StartsWith(beginning, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conversations_start_grow_and_are_read_oldest_first_by_cursor()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        SimParticipant person = sim.State.Participants[5];

        Answer created = await client.PostAsync("/api/v1/conversations/", JsonSerializer.Serialize(new
        {
            recipient_id = person.Id,
            subject = "Follow-up",
            topic = "other",
            study_id = sim.State.StudyId,
            body = "first",
        }));
        Assert.Equal(HttpStatusCode.Created, created.Status);
        string id = created.Json.GetProperty("id").GetString()!;
        for (int i = 0; i < 59; i++)
        {
            Answer sent = await client.PostAsync("/api/v1/messages/", JsonSerializer.Serialize(new { conversation_id = id, body = $"n{i}" }));
            Assert.Equal(HttpStatusCode.NoContent, sent.Status);
        }

        var bodies = new List<string>();
        string? next = $"/api/v1/conversations/{id}/messages/";
        int pages = 0;
        while (next is not null)
        {
            Answer page = await client.GetAsync(next);
            bodies.AddRange(page.Results.Select(r => r.GetProperty("body").GetString()!));
            next = page.Json.GetProperty("next").GetString();
            pages++;
        }

        Assert.Equal(3, pages);
        Assert.Equal(["first", .. Enumerable.Range(0, 59).Select(i => $"n{i}")], bodies);
        Assert.Equal(60, person.MailboxCount);
        Assert.Equal(id, (await client.GetAsync("/api/v1/conversations/")).Results[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/conversations/nope/messages/")).Status);
    }

    [Fact]
    public async Task A_broadcast_is_sent_once_whatever_is_repeated_and_404_when_switched_off()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        string json = JsonSerializer.Serialize(new { id = "mine-1", study_id = sim.State.StudyId, subject = "S", body = "B" });
        Answer first = await client.PostAsync("/api/v1/broadcasts/", json);
        Answer second = await client.PostAsync("/api/v1/broadcasts/", json);
        Assert.Equal(first.Json.GetProperty("id").GetString(), second.Json.GetProperty("id").GetString());
        Assert.Equal(20, sim.State.SentCount);
        Assert.Equal(20, (await client.GetAsync("/api/v1/broadcasts/")).Results[0].GetProperty("recipient_count").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/broadcasts/mine-1/")).Status);

        sim.Options.Broadcasts = false;
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/broadcasts/")).Status);
    }
}
