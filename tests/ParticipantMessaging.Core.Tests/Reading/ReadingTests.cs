using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

public sealed class ReadingTests
{
    [Theory]
    [InlineData("AWAITING REVIEW")]
    [InlineData("awaiting_review")]
    [InlineData("Awaiting-Review")]
    [InlineData("AwaitingReview")]
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
        var statuses = new Dictionary<string, int>();

        Assert.Equal(again.Id, latest.SubmissionId);
        Assert.Empty(await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId, ["returned"], statuses).ToListAsync());
        Assert.Equal(1, statuses["AWAITING REVIEW"]);
        Assert.Single(statuses);
        Assert.Equal(again.Id, Assert.Single(await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId, ["awaiting review"]).ToListAsync()).SubmissionId);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(500)]
    public async Task The_latest_submission_counts_whatever_the_order_of_the_list(int people)
    {
        // Oldest first, although the latest were asked for: everybody has returned, then was approved; one place is reserved anew.
        using var service = new StubService();
        IEnumerable<string> rows = Enumerable.Range(0, people).Select(i => Row($"a{i}", i, "RETURNED", $"2026-01-01T00:00:00Z"))
            .Concat(Enumerable.Range(0, people).Select(i => Row($"b{i}", i, "APPROVED", $"2026-02-01T00:00:00Z")))
            .Append("""{"id":"c0","participant_id":"p0","status":"RESERVED","started_at":null}""");
        service.Otherwise = (request, _) => Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new StringContent($$"""{"results":[{{string.Join(',', rows)}}],"meta":{"count":{{(2 * people) + 1}} } }""") });
        var client = new ProlificClient(StubService.Connection(), service.Http);

        List<Participant> all = await ParticipantReader.OfStudyAsync(client, "620ca2735fcbba4fa2b3211a").ToListAsync();

        Assert.Equal(people, all.Count);
        Assert.Equal("RESERVED", all.Single(p => p.ParticipantId == "p0").Status);
        Assert.All(all.Where(p => p.ParticipantId != "p0"), p => Assert.Equal("APPROVED", p.Status));
        Assert.Empty(await ParticipantReader.OfStudyAsync(client, "620ca2735fcbba4fa2b3211a", ["RETURNED"]).ToListAsync());

        static string Row(string id, int person, string status, string started) => $$"""{"id":"{{id}}","participant_id":"p{{person}}","status":"{{status}}","started_at":"{{started}}","completed_at":"{{started}}"}""";
    }

    [Theory]
    [InlineData("APROVED")]
    [InlineData("")]
    [InlineData("approved;returned")]
    public async Task A_status_that_does_not_exist_is_told_with_those_that_do(string status)
    {
        await using SimService sim = await SimService.StartAsync();

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await ParticipantReader.OfStudyAsync(sim.Prolific, sim.State.StudyId, [status]).ToListAsync());

        Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
        Assert.Contains("AWAITING REVIEW", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("APPROVED", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(sim.State.Requests.All);
    }

    [Fact]
    public async Task Messages_say_with_whom_and_which_way_and_the_oldest_comes_first()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3 });
        string ann = sim.State.Participants[0].Id, ben = sim.State.Participants[1].Id;
        sim.State.AddUnread(ann, "one");
        sim.State.AddSent(ann, "two");
        sim.State.AddUnread(ben, "three");
        sim.State.AddUnread(ann, "four");
        static string Line(ParticipantMessage m) => $"{m.Direction} {m.ParticipantId} {m.Body}";
        async Task<List<ParticipantMessage>> ReadAsync(MessageHistory history) => await history.ReadAsync(sim.Prolific).ToListAsync();

        List<ParticipantMessage> person = await ReadAsync(new MessageHistory { ParticipantId = ann });
        Assert.Equal([$"In {ann} one", $"Out {ann} two", $"In {ann} four"], person.Select(Line));
        List<ParticipantMessage> thread = await ReadAsync(new MessageHistory { ConversationId = person[0].ConversationId });
        Assert.Equal(person.Select(Line), thread.Select(Line));
        Assert.Equal([$"In {ann} one", $"Out {ann} two", $"In {ben} three", $"In {ann} four"], (await ReadAsync(new MessageHistory { Since = DateTimeOffset.UtcNow - TimeSpan.FromDays(1) })).Select(Line));
        Assert.Equal([$"In {ann} one", $"In {ben} three", $"In {ann} four"], await new UnreadMessages(sim.Prolific).LookAsync().Select(Line).ToListAsync());
        Assert.Equal(ann, (await Conversations.ReadAsync(sim.Prolific).ToListAsync()).Single(c => c.Id == person[0].ConversationId).ParticipantId);
        Assert.All(await Conversations.ReadAsync(sim.Prolific).ToListAsync(), c => Assert.NotNull(c.UpdatedAt));

        // Whom an own message went to, of whom nothing else is there, the conversations say.
        string cid = sim.State.Participants[2].Id;
        sim.State.AddSent(cid, "five");
        Assert.Equal($"Out {cid} five", Line((await ReadAsync(new MessageHistory { Since = DateTimeOffset.UtcNow - TimeSpan.FromDays(1) }))[^1]));
    }

    [Fact]
    public async Task A_conversation_is_understood_in_several_spellings()
    {
        using var service = new StubService();
        service.Then(System.Net.HttpStatusCode.OK, """
            {"next":null,"results":[
              {"id":"1","members":["me","ann"],"datetime_updated":"2026-01-02T03:04:05Z"},
              {"id":"2","members":[{"id":"BEN","name":"x"},{"id":"me"}]},
              {"id":"3","participant_id":"cid","updated_at":"2026-01-02T03:04:05Z","datetime_created":"2026-01-01T00:00:00Z"},
              {"id":"4","subject":null,"topic":null,"study_id":null}]}
            """).Then(System.Net.HttpStatusCode.OK, """{"id":"me","email":"x"}""");

        List<MessageConversation> all = await Conversations.ReadAsync(new ProlificClient(new(MessagingProvider.Prolific, new ParticipantMessaging.Accounts.AccessToken($"t-{Guid.NewGuid():N}"), new Uri("https://service.example")) { CallTimeout = StubService.CallTimeout }, service.Http)).ToListAsync();

        Assert.Equal(["ann", "BEN", "cid", ""], all.Select(c => c.ParticipantId));
        Assert.Equal([2, null, 2, null], all.Select(c => c.UpdatedAt?.Day));
        Assert.Equal("2026-01-01T00:00:00Z", all[2].AdditionalProperties["datetime_created"]);
    }

    [Fact]
    public async Task Only_new_messages_are_waited_for()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3, Unread = 5 });
        var unread = new UnreadMessages(sim.Prolific, onlyNew: true);
        Assert.Empty(await unread.LookAsync().ToListAsync());
        sim.State.AddUnread(sim.State.Participants[0].Id, "new");
        Assert.Equal("new", Assert.Single(await unread.LookAsync().ToListAsync()).Body);
        Assert.Empty(await unread.LookAsync().ToListAsync());
    }

    [Theory]
    [InlineData(MessageStatus.Sent, 1)]
    [InlineData(MessageStatus.Unknown, 2)]
    [InlineData(MessageStatus.Failed, 2)]
    public async Task Unanswered_messages_are_those_that_the_ledger_knows_no_answer_to(string outcome, int left)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3 });
        SimMessage first = sim.State.AddUnread(sim.State.Participants[0].Id, "one");
        sim.State.AddUnread(sim.State.Participants[1].Id, "two");
        await using var ledger = new Sending.FakeLedger();
        string key = $"{sim.Host.BaseUri.GetLeftPart(UriPartial.Authority)}/{sim.State.ResearcherId}".ToLowerInvariant();
        ClaimResult claim = (await ledger.ClaimAsync(
            [new MessageClaim { ParticipantId = first.SenderId, ReplyTo = [first.Id], Message = new ClaimedMessage { Account = "lab", Identity = key, Provider = "Prolific", StudyId = sim.State.StudyId, BodyHash = new string('a', 64), BodyLength = 3 } }],
            new ClaimOptions(false, false, TimeSpan.Zero),
            CancellationToken.None))[0];
        await ledger.SettleAsync([new MessageOutcome(claim.EntryId, outcome, "", 204, 1)], CancellationToken.None);

        List<ParticipantMessage> unanswered = await new UnreadMessages(sim.Prolific) { Ledger = ledger }.LookAsync().ToListAsync();
        Assert.Equal(left, unanswered.Count);
        Assert.Contains(unanswered, static message => message.Body == "two");
        Assert.Equal(2, await new UnreadMessages(sim.Prolific).LookAsync().CountAsync());
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
