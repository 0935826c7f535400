using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

public sealed class ReadingTests
{
    [Theory]
    [InlineData("AWAITING REVIEW")]
    [InlineData("awaiting_review")]
    [InlineData("Awaiting-Review")]
    public async Task People_of_a_status_are_found_in_every_spelling(string status)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 450 });
        string[] expected = [.. sim.State.Submissions(sim.State.StudyId).Where(s => s.Status == "AWAITING REVIEW").Select(s => s.ParticipantId).Order()];

        List<string> found = await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId, [status]).Select(p => p.ParticipantId).ToListAsync();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, found.Order());
        Assert.Equal(3, sim.State.Requests.All.Count);
    }

    [Fact]
    public async Task A_person_with_several_submissions_comes_once_with_the_latest()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 1, SubmissionStatus = "RETURNED" });
        string person = sim.State.Participants[0].Id;
        SimSubmission again = sim.State.AddSubmission(sim.State.StudyId, person, "AWAITING REVIEW");

        Participant latest = Assert.Single(await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId).ToListAsync());
        Participant returned = Assert.Single(await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId, ["returned"]).ToListAsync());

        Assert.Equal(again.Id, latest.SubmissionId);
        Assert.Equal("RETURNED", returned.Status);
    }

    [Fact]
    public async Task Limits_are_checked_before_the_call()
    {
        await using SimService sim = await SimService.StartAsync();
        DateTimeOffset now = sim.Clock.GetUtcNow();
        MessageHistory[] wrong =
        [
            new(),
            new() { StudyId = sim.State.StudyId },
            new() { Since = now - TimeSpan.FromDays(31) },
            new() { ParticipantId = "p", Since = now - TimeSpan.FromDays(30) - TimeSpan.FromMinutes(2) },
            new() { ParticipantId = "p", ExcludedSenderIds = [.. Enumerable.Range(0, 11).Select(i => $"s{i}")] },
            new() { ParticipantId = "p", ExcludedSenderIds = ["a,b"] },
        ];

        foreach (MessageHistory history in wrong)
        {
            MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await history.ReadAsync(sim.Prolific).CountAsync());
            Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
        }

        Assert.Empty(sim.State.Requests.All);
    }

    [Fact]
    public async Task Exactly_thirty_days_are_within_reach()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3, Unread = 3 });

        Assert.Equal(3, await new MessageHistory { Since = DateTimeOffset.UtcNow - TimeSpan.FromDays(30) }.ReadAsync(sim.Prolific).CountAsync());
    }

    [Fact]
    public async Task A_history_is_filtered_by_person_study_and_sender()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3, Studies = 2 });
        string person = sim.State.Participants[0].Id;
        string other = sim.State.Studies[1].Id;
        sim.State.AddUnread(person, "about one", sim.State.StudyId);
        sim.State.AddUnread(person, "about two", other);
        sim.State.AddSent(person, "mine", other);
        sim.State.AddUnread(sim.State.Participants[1].Id, "somebody else", other);

        async Task<string> BodiesAsync(MessageHistory history) => string.Join('|', (await history.ReadAsync(sim.Prolific).ToListAsync()).Select(m => m.Body).Order());

        Assert.Equal("about one|about two|mine", await BodiesAsync(new MessageHistory { ParticipantId = person }));
        Assert.Equal("about two|mine", await BodiesAsync(new MessageHistory { ParticipantId = person, StudyId = other }));
        Assert.Equal("about two", await BodiesAsync(new MessageHistory { ParticipantId = person, StudyId = other, ExcludedSenderIds = [sim.State.ResearcherId] }));
    }

    [Fact]
    public async Task Events_of_all_subscriptions_are_skipped_and_counted_in_total()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3, Events = 1200 });
        SimSubscription second = sim.State.AddSubscription("study.status.change", "https://lab.example/2", isEnabled: false);
        sim.State.AddEvents(second, 30);
        var events = new WebhookEvents(sim.Prolific);

        Assert.Equal(1230, await events.CountAsync());
        List<string> all = await events.ReadAsync().Select(e => e.Id).ToListAsync();
        Assert.Equal(1230, all.Distinct().Count());
        Assert.Equal(all[1190..1210], await events.ReadAsync(skip: 1190, first: 20).Select(e => e.Id).ToListAsync());
        Assert.Equal(all[1215..], await events.ReadAsync(skip: 1215).Select(e => e.Id).ToListAsync());
        Assert.Equal(30, await new WebhookEvents(sim.Prolific, null, new WebhookEventFilter { EventTypes = ["STUDY.status.change"] }).ReadAsync().CountAsync());

        sim.State.Requests.Clear();
        await events.ReadAsync(first: 5).CountAsync();
        Assert.Contains("limit=5", sim.State.Requests.All[^1].Query, StringComparison.Ordinal);
    }
}
