using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class StateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simulator").FullName;

    private string StateFile => Path.Combine(_folder, "state.jsonl");

    private Task<SimulatorHost> StartAsync() =>
        SimulatorHost.StartAsync(new SimulatorOptions { Participants = 10, StateFile = StateFile, Events = 5 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Everything_survives_a_restart_twice()
    {
        string person;
        string member;
        string subscription;
        await using (SimulatorHost sim = await StartAsync())
        {
            using var client = SimClient.Prolific(sim);
            person = sim.State.Participants[2].Id;
            member = sim.State.Members[2].Id;
            await client.PostAsync("/api/v1/messages/",
                JsonSerializer.Serialize(new { recipient_id = person, body = "Grüße ✓", study_id = sim.State.StudyId }));
            await client.PostAsync("/api/v1/conversations/",
                JsonSerializer.Serialize(new { recipient_id = person, subject = "S", topic = "other", body = "B" }));
            using var openHumans = SimClient.OpenHumans(sim);
            await openHumans.PostAsync("/api/direct-sharing/project/message/", "{\"all_members\":true,\"message\":\"Hi\"}");
            sim.State.AddUnread(person, "Why?");
            sim.State.AddParticipant("aaaaaaaaaaaaaaaaaaaaaaaa", "Extra");
            sim.State.SetActive(sim.State.Members[9].Id, false);
            sim.State.SetSubmissionStatus(sim.State.Submissions(sim.State.StudyId)[0].Id, "REJECTED");
            subscription = sim.State.AddSubscription("study.status.change", "https://lab.example/x").Id;
            sim.State.AddEvent(sim.State.FindSubscription(subscription)!, sim.State.StudyId, status: "FAILED");
        }

        for (int round = 0; round < 2; round++)
        {
            await using SimulatorHost sim = await StartAsync();
            Assert.Equal(["Grüße ✓", "B"], sim.State.Mailbox(person).Select(m => m.Body));
            Assert.Equal("Hi", Assert.Single(sim.State.Mailbox(member)).Body);
            Assert.Equal(12, sim.State.SentCount);
            Assert.Equal("Why?", Assert.Single(sim.State.Unread).Body);
            Assert.Equal(11, sim.State.Participants.Count);
            Assert.Equal("Extra", sim.State.Find("aaaaaaaaaaaaaaaaaaaaaaaa")!.FirstName);
            Assert.False(sim.State.Members[9].Active);
            Assert.Equal("REJECTED", sim.State.Submissions(sim.State.StudyId)[0].Status);
            Assert.Equal("FAILED", Assert.Single(sim.State.Events(subscription)).Status);
            Assert.Equal(5, sim.State.Events(sim.State.Subscriptions[0].Id).Count);
            Assert.Equal("S", sim.State.Conversations.Single(c => c.Subject is not null).Subject);
            Assert.Equal(10, Assert.Single(sim.State.BulkCalls).Recipients);
            Assert.Equal(sim.State.SentMessages.Count, sim.State.SentMessages.Select(m => m.Id).Distinct().Count());
        }
    }

    [Fact]
    public async Task A_line_that_a_crash_cut_off_is_left_out_and_what_was_answered_is_there()
    {
        await using (SimulatorHost sim = await StartAsync())
        {
            using var client = SimClient.Prolific(sim);
            Answer answer = await client.PostAsync("/api/v1/messages/", JsonSerializer.Serialize(
                new { recipient_id = sim.State.Participants[0].Id, body = "kept", study_id = sim.State.StudyId }));
            Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        }

        await File.AppendAllTextAsync(StateFile, "{\"Kind\":\"messages\",\"Messages\":[{\"Id\":\"5f");
        await using SimulatorHost again = await StartAsync();
        Assert.Equal("kept", Assert.Single(again.State.SentMessages).Body);
    }

    [Fact]
    public async Task Another_seed_on_the_same_file_and_a_second_simulator_are_refused()
    {
        await using (SimulatorHost sim = await StartAsync())
        {
            await Assert.ThrowsAnyAsync<IOException>(StartAsync);
        }

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            SimulatorHost.StartAsync(new SimulatorOptions { Seed = 2, StateFile = StateFile }));
        Assert.Contains("--seed 1", error.Message, StringComparison.Ordinal);
        // The refusal let go of the file.
        await using SimulatorHost after = await StartAsync();
        Assert.Equal(10, after.State.Participants.Count);
    }

    [Fact]
    public async Task Reset_and_clear_hold_after_a_restart()
    {
        await using (SimulatorHost sim = await StartAsync())
        {
            sim.State.AddSent(sim.State.Participants[0].Id, "gone");
            sim.State.AddParticipant("aaaaaaaaaaaaaaaaaaaaaaaa");
            sim.State.Reset();
            sim.State.AddSent(sim.State.Participants[1].Id, "gone too");
            sim.State.ClearMessages();
            sim.State.AddSent(sim.State.Participants[2].Id, "stays");
        }

        await using SimulatorHost again = await StartAsync();
        Assert.Equal("stays", Assert.Single(again.State.SentMessages).Body);
        Assert.Equal(10, again.State.Participants.Count);
        Assert.Single(again.State.Subscriptions);
    }
}
