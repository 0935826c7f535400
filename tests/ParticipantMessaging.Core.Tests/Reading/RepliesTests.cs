using System.Net;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

public sealed class RepliesTests
{
    [Fact]
    public async Task Four_thousand_people_cost_two_calls_and_what_was_read_on_the_website_counts()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 4000 });
        DateTimeOffset since = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        SimParticipant[] wrote = [sim.State.Participants[3], sim.State.Participants[77], sim.State.Participants[3999]];
        foreach (SimParticipant person in wrote)
        {
            sim.State.AddSent(person.Id, "Hello");
            sim.State.AddUnread(person.Id, "Thanks");
        }

        sim.State.Requests.Clear();
        ReplyTimes replies = await Replies.GetAsync(sim.Prolific, [.. sim.State.Participants.Select(p => (p.Id.ToUpperInvariant(), since))], CancellationToken.None);

        Assert.Equal(wrote.Select(p => p.Id).Order(), replies.Times.Keys.Order());
        Assert.Equal(("", 0), (replies.Incomplete, replies.NotKnown.Count));
        Assert.InRange(sim.State.Requests.All.Count, 1, 2);
    }

    [Fact]
    public async Task Only_what_came_since_counts()
    {
        using var service = new StubService();
        DateTimeOffset now = service.Clock.GetUtcNow();
        service.Otherwise = (_, _) => Answer(Message("ann", now.AddHours(-3)), Message("ann", now.AddHours(-1)), Message("ann", now.AddHours(-2)), Message("me", now), Message("ben", now.AddHours(-5)));

        ReplyTimes replies = await Replies.GetAsync(Client(service), [("ann", now.AddHours(-2.5)), ("ben", now.AddHours(-4)), ("cid", now.AddHours(-4))], CancellationToken.None);

        Assert.Equal([now.AddHours(-2), now.AddHours(-1)], Assert.Single(replies.Times).Value);
        Assert.Equal("", replies.Incomplete);
    }

    [Fact]
    public async Task Whoever_was_written_to_too_long_ago_is_looked_for_among_the_unread_then_singly_and_else_not_known()
    {
        using var service = new StubService();
        DateTimeOffset now = service.Clock.GetUtcNow(), long_ago = now.AddDays(-50);
        service.Otherwise = (request, _) => request.RequestUri! switch
        {
            { AbsolutePath: "/api/v1/users/me/" } => Answer("""{"id":"me"}"""),
            { AbsolutePath: "/api/v1/messages/unread/" } => Answer(Message("unread", long_ago.AddDays(2))),
            { Query: "?user_id=old" } => Answer(Message("me", long_ago), Message("old", long_ago.AddDays(1))),
            { Query: "?user_id=never" } => Answer(Message("me", long_ago.AddMinutes(-1))),
            { Query: "?user_id=nothing" } => Answer(),
            _ => Answer(Message("late", now.AddDays(-1))),
        };

        ReplyTimes replies = await Replies.GetAsync(
            Client(service), [("unread", long_ago), ("old", long_ago), ("never", long_ago), ("nothing", long_ago), ("late", long_ago), ("recent", now.AddDays(-2))], CancellationToken.None);

        Assert.Equal(["late", "old", "unread"], replies.Times.Keys.Order());
        Assert.Equal(["nothing"], replies.NotKnown);
        Assert.Contains("Of 1 of 6 people it is not known", replies.Incomplete, StringComparison.Ordinal);
        Assert.Contains("30 days", replies.Incomplete, StringComparison.Ordinal);
        Assert.DoesNotContain(service.Requests, r => r.Uri.Query.Contains("user_id=recent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_history_that_is_not_whole_does_not_make_people_silent()
    {
        using var service = new StubService();
        DateTimeOffset now = service.Clock.GetUtcNow();
        service.Otherwise = (request, _) => request.RequestUri! switch
        {
            { AbsolutePath: "/api/v1/users/me/" } => Answer("""{"id":"me"}"""),
            { Query: var q } when q.Contains("user_id=p1&", StringComparison.Ordinal) => Answer(Message("p1", now.AddHours(-1))),
            { Query: var q } when q.Contains("user_id=p2&", StringComparison.Ordinal) => Answer(),
            { Query: var q } when q.Contains("user_id=", StringComparison.Ordinal) => Task.FromResult(Json("""{"results":[],"meta":{"count":3}}""")),
            _ => Task.FromResult(Json($$"""{"results":[{{Message("p0", now.AddHours(-1))}}],"meta":{"count":40} }""")),
        };

        ReplyTimes replies = await Replies.GetAsync(Client(service), [.. Enumerable.Range(0, 4).Select(i => ($"p{i}", now.AddDays(-1)))], CancellationToken.None);

        Assert.Equal(["p0", "p1"], replies.Times.Keys.Order());
        Assert.Equal(["p3"], replies.NotKnown);
        Assert.Contains("39 are missing", replies.Incomplete, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_to_be_asked_for_singly_are_not_known()
    {
        using var service = new StubService();
        DateTimeOffset now = service.Clock.GetUtcNow();
        service.Otherwise = (_, _) => Task.FromResult(Json("""{"results":[],"meta":{"count":1}}"""));

        ReplyTimes replies = await Replies.GetAsync(Client(service), [.. Enumerable.Range(0, 4000).Select(i => ($"p{i}", now.AddDays(-1)))], CancellationToken.None);

        Assert.Equal(4000, replies.NotKnown.Count);
        Assert.Contains("4,000 of 4,000", replies.Incomplete, StringComparison.Ordinal);
        Assert.InRange(service.Requests.Count, 2, 6);
    }

    private static ProlificClient Client(StubService service)
        => new(new(MessagingProvider.Prolific, new AccessToken($"t-{Guid.NewGuid():N}"), new Uri("https://service.example")) { CallTimeout = StubService.CallTimeout }, service.Http);

    private static string Message(string sender, DateTimeOffset time) => $$"""{"id":"{{sender}}{{time.UtcTicks}}","sender_id":"{{sender}}","sent_at":"{{time.UtcDateTime:O}}","body":"x","channel_id":"c"}""";

    private static Task<HttpResponseMessage> Answer(params string[] messages)
        => Task.FromResult(Json(messages is [var only] && only.StartsWith("""{"id":"me"}""", StringComparison.Ordinal) ? only : $$"""{"results":[{{string.Join(',', messages)}}]}"""));

    private static HttpResponseMessage Json(string body) => new(HttpStatusCode.OK) { Content = new StringContent(body) };
}
