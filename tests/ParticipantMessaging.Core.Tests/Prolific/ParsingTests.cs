using System.Net;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Prolific;

public sealed class ParsingTests : IDisposable
{
    private readonly StubService _service = new();

    private ProlificClient Client => field ??= new ProlificClient(StubService.Connection(), _service.Http);

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("sender_id", "sent_at")]
    [InlineData("sender", "datetime_created")]
    [InlineData("sender", "sent_at")]
    public async Task Messages_are_read_in_both_spellings(string sender, string time)
    {
        _service.Then(HttpStatusCode.OK, """
            {"results":[{"id":"5f8d0c3e4b2a1c0012345678","SENDER":"user_987654321","body":"Hi ✓","TIME":"2024-01-15T09:30:00.041Z","type":"message",
             "channel_id":"d45c","data":{"study_id":"620ca2735fcbba4fa2b3211a","category":"payment-issues","extra":1},"brand_new":{"a":[1,2.5,"x",null,true]}}]}
            """.Replace("SENDER", sender, StringComparison.Ordinal).Replace("TIME", time, StringComparison.Ordinal));

        ParticipantMessage message = Assert.Single(await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Equal(("5f8d0c3e4b2a1c0012345678", "user_987654321", "Hi ✓", "message", "d45c"), (message.Id, message.SenderId, message.Body, message.Type, message.ConversationId));
        Assert.Equal(("620ca2735fcbba4fa2b3211a", "payment-issues"), (message.StudyId, message.Category));
        Assert.Equal(new DateTimeOffset(2024, 1, 15, 9, 30, 0, 41, TimeSpan.Zero), message.SentAt);
        Assert.Equal(("Prolific@service.example", "Prolific"), (message.Account, message.Provider));
        Assert.Equal(["brand_new", "data"], message.AdditionalProperties.Keys.Order());
        var added = (IDictionary<string, object?>)message.AdditionalProperties["brand_new"]!;
        Assert.Equal([1L, 2.5m, "x", null, true], (List<object?>)added["a"]!);
    }

    [Theory]
    [InlineData("2022-12-10T18:24:36.041000Z", "2022-12-10T18:24:36.041Z")]
    [InlineData("2022-12-10T18:24:36Z", "2022-12-10T18:24:36Z")]
    [InlineData("2022-12-10T18:24:36.041123", "2022-12-10T18:24:36.041123Z")]
    [InlineData("2022-12-10T20:24:36+02:00", "2022-12-10T18:24:36Z")]
    [InlineData("2022-12-10 18:24:36", "2022-12-10T18:24:36Z")]
    public async Task Times_are_read_with_and_without_microseconds_and_offset(string written, string expected)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{"id":"1","sent_at":"{{written}}"}]}""");

        ParticipantMessage message = Assert.Single(await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), message.SentAt);
        Assert.Equal(TimeSpan.Zero, message.SentAt!.Value.Offset);
    }

    [Theory]
    [InlineData("\"yesterday\"", "yesterday")]
    [InlineData("\"17000\"", "17000")]
    [InlineData("17000", 17000L)]
    [InlineData("170000000000", 170000000000L)]
    [InlineData("1700000000000000", 1700000000000000L)]
    [InlineData("-1700000000", -1700000000L)]
    [InlineData("true", true)]
    public async Task A_time_that_cannot_be_read_is_kept_as_it_came(string written, object expected)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{"id":"1","sent_at":{{written}}}]}""");

        ParticipantMessage message = Assert.Single(await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Null(message.SentAt);
        Assert.Equal(expected, message.AdditionalProperties["sent_at"]);
    }

    [Theory]
    [InlineData("1772357400", "2026-03-01T09:30:00Z")]
    [InlineData("1772357400.25", "2026-03-01T09:30:00.25Z")]
    [InlineData("1.7723574e9", "2026-03-01T09:30:00Z")]
    [InlineData("1772357400041", "2026-03-01T09:30:00.041Z")]
    [InlineData("\"1772357400\"", "2026-03-01T09:30:00Z")]
    [InlineData("\"1772357400041\"", "2026-03-01T09:30:00.041Z")]
    public async Task Times_that_are_counted_since_1970_are_read_where_they_can_only_be_that(string written, string expected)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{"id":"1","datetime_created":{{written}}}]}""");

        ParticipantMessage message = Assert.Single(await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), message.SentAt);
        Assert.Empty(message.AdditionalProperties);
    }

    [Theory]
    [InlineData("""{"results":null}""")]
    [InlineData("""{"results":[]}""")]
    [InlineData("""{"meta":{"count":0},"_links":{"next":{"href":null}},"results":[]}""")]
    [InlineData("[]")]
    [InlineData("\uFEFF{\"results\":null}")]
    public async Task No_messages_are_no_messages(string body)
    {
        _service.Then(HttpStatusCode.OK, body);

        Assert.Empty(await Client.GetUnreadMessagesAsync().ToListAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"detail":"something else"}""")]
    [InlineData("""{"results":{}}""")]
    [InlineData("""{"results":["x"]}""")]
    [InlineData("""{"results":[{"id":["x"]}]}""")]
    [InlineData("""{"results":[{"id":"1","body":"cut""")]
    [InlineData("<html>")]
    [InlineData("""{"results":[]} trailing""")]
    public async Task What_is_no_list_of_messages_is_an_invalid_response(string body)
    {
        _service.Then(HttpStatusCode.OK, body);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task Where_the_results_may_be_absent_nothing_is_no_error_and_never_known_to_be_all()
    {
        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}") });
        ServiceList<ParticipantMessage> unread = Client.GetUnreadMessagesAsync();
        Assert.Empty(await unread.ToListAsync());
        Assert.False(unread.End!.IsComplete);
        Assert.Contains("without a list", unread.End.Message, StringComparison.Ordinal);
        Assert.Empty(await Client.GetParticipantGroupsAsync("w").ToListAsync());
        Assert.Empty(await Client.GetGroupMembersAsync("g").ToListAsync());

        // Prolific's description requires them here.
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetStudySubmissionsAsync("620ca2735fcbba4fa2b3211a").ToListAsync());
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", null)]
    [InlineData("0001-01-01T00:00:00", null)]
    [InlineData("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:59.9999999+00:00", "9999-12-31T23:59:59.9999999Z")]
    public async Task Times_that_are_none_and_times_far_away(string wire, string? expected)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{"id":"1","sent_at":"{{wire}}"}]}""");

        ParticipantMessage message = Assert.Single(await Client.GetUnreadMessagesAsync().ToListAsync());

        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), message.SentAt);
        Assert.Empty(message.AdditionalProperties);
    }

    [Fact]
    public async Task Events_keep_the_bytes_of_their_payload()
    {
        const string payload = """{"resource_id":  "r1", "status": "AWAITING REVIEW", "participant_id":"p1","metadata": {"caf\u00e9":[1, 2]}, "event_type": "x"}""";
        _service.Then(HttpStatusCode.OK, """
            {"results":[
              {"id":"e1","datetime_created":"2024-01-15T09:30:00Z","datetime_updated":"2024-01-15T09:30:01.5Z","event_type":"submission.status.change","resource_id":"r1","status":"FAILED","target_url":"https://x.example/","payload":PAYLOAD,"later":7},
              {"id":"e2","event_type":"submission.status.change","payload":null},
              {"id":"e3","event_type":"odd","payload":"text"}],"meta":{"count":3}}
            """.Replace("PAYLOAD", payload, StringComparison.Ordinal));

        List<WebhookEvent> events = await Client.GetWebhookEventsAsync("63722971f9cc073ecc730f6a").ToListAsync();

        WebhookEvent first = events[0];
        Assert.Equal(payload, first.Payload!.ToString());
        Assert.Equal(("e1", "63722971f9cc073ecc730f6a", "r1", "AWAITING REVIEW", "p1", "FAILED"), (first.Id, first.SubscriptionId, first.ResourceId, first.ResourceStatus, first.ParticipantId, first.Status));
        Assert.Equal(7L, first.AdditionalProperties["later"]);
        Assert.Equal(1.5, (first.UpdatedAt - first.CreatedAt)!.Value.TotalSeconds);
        Assert.Null(events[1].Payload);
        Assert.Equal("\"text\"", events[2].Payload!.ToString());
        Assert.Same(first.EventType, events[1].EventType);
    }

    [Fact]
    public async Task Submissions_leave_personal_data_out()
    {
        _service.Then(HttpStatusCode.OK, """{"results":[{"id":"s1","participant_id":"p1","status":"TIMED-OUT","ip":"1.2.3.4","strata":{"date of birth":"x"},"reward":5}],"meta":{"count":1}}""");

        Participant participant = Assert.Single(await Client.GetStudySubmissionsAsync("620ca2735fcbba4fa2b3211a").ToListAsync());

        Assert.Equal(("p1", "s1", "TIMED-OUT", "620ca2735fcbba4fa2b3211a"), (participant.ParticipantId, participant.SubmissionId, participant.Status, participant.StudyId));
        Assert.Equal(["reward"], participant.AdditionalProperties.Keys);
    }

    [Theory]
    [InlineData("""{"id":"1","event_type":"t","target_url":"u","is_enabled":false,"workspace_id":"w"}""")]
    [InlineData("""{"results":[{"id":"1","event_type":"t","target_url":"u","is_enabled":false,"workspace_id":"w"}],"meta":{"count":1}}""")]
    public async Task A_created_subscription_is_read_alone_and_in_a_list(string body)
    {
        _service.Then((_, _) =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Created) { Content = new StringContent(body) };
            response.Headers.Add("X-Hook-Secret", "once");
            return Task.FromResult(response);
        });

        CreatedSubscription created = await Client.CreateWebhookSubscriptionAsync("w", "t", "u");

        Assert.Equal(("1", "u", "once"), (created.Subscription.Id, created.Subscription.TargetUrl, created.ConfirmationSecret));
        Assert.DoesNotContain("once", created.ToString(), StringComparison.Ordinal);
        Assert.Equal("""{"workspace_id":"w","event_type":"t","target_url":"u"}""", _service.Requests[0].Body);
    }

    [Fact]
    public async Task Several_statuses_are_sent_as_a_list_inside_the_query()
    {
        _service.Then(HttpStatusCode.OK, """{"results":[]}""");

        await Client.GetWebhookEventsAsync("63722971f9cc073ecc730f6a", new WebhookEventQuery { Statuses = ["FAILED", "PENDING"], ResourceId = "r" }).ToListAsync();

        Assert.Equal("""?status=["FAILED","PENDING"]&resource_id=r&limit=1000&offset=0""", Uri.UnescapeDataString(_service.Requests[0].Uri.Query));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(" ")]
    [InlineData("a?b")]
    public async Task An_id_cannot_leave_its_place_in_the_path(string id)
    {
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.GetParticipantGroupAsync(id));

        Assert.Equal((MessagingErrorReason.InvalidRequest, 0), (error.Reason, error.Attempts));
        Assert.Empty(_service.Requests);
    }

    [Fact]
    public async Task Half_a_character_is_never_sent()
    {
        await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p", "broken \ud83d", "s"));
        Assert.Empty(_service.Requests);

        _service.Then(HttpStatusCode.NoContent);
        await Client.SendMessageAsync("p", "whole \ud83d\ude00 \"quoted\" é\n", "s", "c1");
        Assert.Equal("{\"recipient_id\":\"p\",\"body\":\"whole 😀 \\\"quoted\\\" é\\n\",\"study_id\":\"s\",\"conversation_id\":\"c1\"}".Replace("😀", "\\uD83D\\uDE00", StringComparison.Ordinal), _service.Requests[0].Body.Replace("😀", "\\uD83D\\uDE00", StringComparison.Ordinal));
    }
}
