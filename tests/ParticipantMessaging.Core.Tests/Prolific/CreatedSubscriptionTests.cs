using System.Net;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Prolific;

/// <summary>Which of the subscriptions in a create answer is the new one: its one-time secret must never go to another.</summary>
public sealed class CreatedSubscriptionTests
{
    private const string Old = """{"id":"old","event_type":"a","target_url":"https://lab.example/old","is_enabled":true,"workspace_id":"w"}""";
    private const string OtherType = """{"id":"other","event_type":"b","target_url":"https://lab.example/hook","is_enabled":false,"workspace_id":"w"}""";
    private const string Confirmed = """{"id":"confirmed","event_type":"a","target_url":"https://lab.example/hook","is_enabled":true,"workspace_id":"w"}""";
    private const string New = """{"id":"new","event_type":"a","target_url":"https://LAB.example/hook","is_enabled":false,"workspace_id":"w"}""";
    private const string Twin = """{"id":"twin","event_type":"a","target_url":"https://lab.example/hook","is_enabled":false,"workspace_id":"w"}""";

    [Theory]
    [InlineData(New)]
    [InlineData("{\"results\":[" + New + "]}")]
    [InlineData("{\"results\":[" + Old + "," + New + "]}")]
    [InlineData("{\"results\":[" + New + "," + Old + "," + OtherType + "],\"meta\":{\"count\":3}}")]
    [InlineData("{\"meta\":{\"count\":2},\"results\":[" + Confirmed + "," + New + "]}")]
    public async Task It_is_the_one_that_was_asked_for(string answer)
    {
        CreatedSubscription created = await CreateAsync(answer);
        Assert.Equal(("new", "one-time"), (created.Subscription.Id, created.ConfirmationSecret));
    }

    [Theory]
    [InlineData("{\"results\":[" + Old + "," + OtherType + "]}")]
    [InlineData("{\"results\":[" + Twin + "," + New + "]}")]
    [InlineData("{\"results\":[]}")]
    [InlineData(Old)]
    public async Task Where_that_is_not_clear_there_is_none(string answer)
        => Assert.Equal(MessagingErrorReason.OutcomeUnknown, (await Assert.ThrowsAsync<MessagingException>(() => CreateAsync(answer))).Reason);

    [Fact]
    public async Task Subscriptions_without_an_id_are_listed()
    {
        const string Nameless = """{"results":[{"event_type":"a","is_enabled":true},{"event_type":"b","is_enabled":true}],"meta":{"count":2}}""";
        StubService service = new StubService().Then(HttpStatusCode.OK, Nameless).Then(HttpStatusCode.OK, """{"results":[],"meta":{"count":0}}""");
        Assert.Equal(["a", "b"], await new ProlificClient(StubService.Connection(), service.Http).GetWebhookSubscriptionsAsync().Select(static one => one.EventType).ToListAsync());
    }

    private static Task<CreatedSubscription> CreateAsync(string answer)
    {
        StubService service = new StubService().Then((_, _) =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Created) { Content = new StringContent(answer) };
            response.Headers.Add("X-Hook-Secret", "one-time");
            return Task.FromResult(response);
        });
        return new ProlificClient(StubService.Connection(), service.Http).CreateWebhookSubscriptionAsync("w", "a", "https://lab.example/hook");
    }
}
