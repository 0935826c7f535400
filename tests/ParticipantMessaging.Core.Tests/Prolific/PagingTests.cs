using System.Globalization;
using System.Net;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Prolific;

public sealed class PagingTests : IDisposable
{
    private const string Study = "620ca2735fcbba4fa2b3211a";

    private readonly StubService _service = new();

    private ProlificClient Client => field ??= new ProlificClient(StubService.Connection(), _service.Http);

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task The_first_object_is_out_before_the_second_page_is_asked_for()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 200, 450)).Then(HttpStatusCode.OK, Rows(200, 200, 450)).Then(HttpStatusCode.OK, Rows(400, 50, 450));
        int count = 0;

        await foreach (Participant participant in Client.GetStudySubmissionsAsync(Study))
        {
            Assert.Equal("p" + count.ToString(CultureInfo.InvariantCulture), participant.ParticipantId);
            Assert.Equal((count / 200) + 1, _service.Requests.Count);
            count++;
        }

        Assert.Equal(450, count);
        Assert.Equal(["?limit=200&offset=0", "?limit=200&offset=200", "?limit=200&offset=400"], _service.Requests.Select(r => r.Uri.Query));
    }

    [Fact]
    public async Task Without_a_count_a_short_page_is_the_last()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 200, null)).Then(HttpStatusCode.OK, Rows(200, 10, null));

        Assert.Equal(210, await Client.GetStudySubmissionsAsync(Study).CountAsync());
    }

    [Fact]
    public async Task A_smaller_page_than_asked_for_is_not_the_last_when_the_count_says_more()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 50, 120)).Then(HttpStatusCode.OK, Rows(50, 50, 120)).Then(HttpStatusCode.OK, Rows(100, 20, 120));

        Assert.Equal(120, await Client.GetStudySubmissionsAsync(Study).CountAsync());
    }

    [Fact]
    public async Task A_list_that_moves_while_it_is_read_repeats_nothing()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 200, 300)).Then(HttpStatusCode.OK, Rows(190, 100, 300)).Then(HttpStatusCode.OK, Rows(290, 0, 300));

        List<string> ids = await Client.GetStudySubmissionsAsync(Study).Select(p => p.SubmissionId).ToListAsync();

        Assert.Equal(290, ids.Count);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_service_that_takes_no_notice_of_the_page_does_not_keep_us_for_ever()
    {
        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Rows(0, 200, null)) });
        Assert.Equal(200, await Client.GetStudySubmissionsAsync(Study).CountAsync());
        Assert.Equal(2, _service.Requests.Count);

        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Rows(0, 200, 1000)) });
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetStudySubmissionsAsync(Study).CountAsync());
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
    }

    [Fact]
    public async Task Numbered_pages_are_turned()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 100, null)).Then(HttpStatusCode.OK, Rows(100, 3, null));

        Assert.Equal(103, await Client.FindSubmissionsAsync(Study, "AWAITING_REVIEW").CountAsync());
        Assert.Equal($"?study={Study}&status=AWAITING_REVIEW&page=2&page_size=100", _service.Requests[1].Uri.Query);
    }

    [Fact]
    public async Task Cursors_are_followed_until_there_is_none()
    {
        _service.Then(HttpStatusCode.OK, """{"next":"https://service.example/api/v1/broadcasts/?limit=50&cursor=abc%3D","results":[{"id":"b1"}]}""")
            .Then(HttpStatusCode.OK, """{"next":null,"results":[{"id":"b2","recipient_count":3,"replied_count":1}]}""");

        List<MessageBroadcast> broadcasts = await Client.GetBroadcastsAsync().ToListAsync();

        Assert.Equal(["b1", "b2"], broadcasts.Select(b => b.Id));
        Assert.Equal(["?limit=50", "?limit=50&cursor=abc%3D"], _service.Requests.Select(r => r.Uri.Query));
    }

    [Theory]
    [InlineData("https://evil.example/api/v1/broadcasts/?cursor=1")]
    [InlineData("http://service.example/api/v1/broadcasts/?cursor=1")]
    [InlineData("//evil.example/?cursor=1")]
    public async Task The_token_does_not_follow_a_cursor_to_another_host(string next)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"next":"{{next}}","results":[{"id":"b1"}]}""");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetBroadcastsAsync().CountAsync());

        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task Cursors_in_a_circle_end()
    {
        int n = 0;
        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent($$"""{"next":"https://service.example/x?cursor={{n++ % 3}}","results":[{"id":"b{{n}}"}]}"""),
        });

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetBroadcastsAsync().CountAsync());

        Assert.Contains("circle", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, _service.Requests.Count);
    }

    [Fact]
    public async Task A_feature_that_may_be_off_names_all_three_reasons()
    {
        _service.Then(HttpStatusCode.NotFound, """{"detail":"Not found."}""");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetConversationsAsync().CountAsync());

        Assert.Equal(MessagingErrorReason.NotFound, error.Reason);
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("may not see it", error.Message, StringComparison.Ordinal);
        Assert.Contains("not switched on", error.Message, StringComparison.Ordinal);
    }

    private static string Rows(int from, int count, int? total)
    {
        IEnumerable<string> rows = Enumerable.Range(from, count).Select(i => $$"""{"id":"s{{i}}","participant_id":"p{{i}}","status":"APPROVED"}""");
        string meta = total is null ? "" : $$""","meta":{"count":{{total}}}""";
        return $$"""{"results":[{{string.Join(',', rows)}}]{{meta}}}""";
    }
}
