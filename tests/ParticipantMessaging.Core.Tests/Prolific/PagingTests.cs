using System.Globalization;
using System.Net;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

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
    public async Task Members_are_asked_for_all_at_once_when_the_second_page_brings_nobody_new()
    {
        // Seen at Open Humans' own server: its table was written anew between the two pages, and the second one is a part of the first.
        _service.Then(HttpStatusCode.OK, Members(0, 1000)).Then(HttpStatusCode.OK, Members(0, 200)).Then(HttpStatusCode.OK, Members(0, 1200));

        ServiceList<Participant> list = new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), _service.Http).GetMembersAsync();

        Assert.Equal(1200, await list.Select(static m => m.ParticipantId).Distinct().CountAsync());
        Assert.True(list.End!.IsComplete);
        Assert.Contains("limit=1200", _service.Requests[2].Uri.Query, StringComparison.Ordinal);

        static string Members(int first, int count)
            => $$"""{"count":1200,"results":[{{string.Join(',', Enumerable.Range(first, count).Select(static i => $$"""{"project_member_id":"{{i:00000000}}"}"""))}}]}""";
    }

    [Fact]
    public async Task A_list_that_moves_while_it_is_read_repeats_nothing_and_is_looked_at_again()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 200, 300)).Then(HttpStatusCode.OK, Rows(190, 100, 300)).Then(HttpStatusCode.OK, Rows(290, 0, 300))
            .Then(HttpStatusCode.OK, Rows(0, 200, 300)).Then(HttpStatusCode.OK, Rows(200, 100, 300));

        ServiceList<Participant> list = Client.GetStudySubmissionsAsync(Study);
        List<string> ids = await list.Select(p => p.SubmissionId).ToListAsync();

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"s{i}"), ids.Order(Comparer<string>.Create((a, b) => Number(a).CompareTo(Number(b)))));
        Assert.True(list.End!.IsComplete);
        Assert.Equal([0, 200, 300, 0, 200], _service.Requests.Select(r => Parameter(r.Uri, "offset")));
    }

    [Fact]
    public async Task Who_leaves_while_a_list_is_read_hides_nobody()
    {
        // 250 people, 100 at a time; person 5 leaves after the first page, so that person 100 slips to a place that was read already.
        List<int> people = [.. Enumerable.Range(0, 250)];
        _service.Otherwise = (request, _) =>
        {
            if (_service.Requests.Count == 2) people.Remove(5);
            int offset = Parameter(request.RequestUri!, "offset");
            return Answer(Rows(people.Skip(offset).Take(100), people.Count));
        };

        ServiceList<Participant> list = Client.GetStudySubmissionsAsync(Study);
        List<string> ids = await list.Select(p => p.SubmissionId).ToListAsync();

        Assert.Equal(250, ids.Distinct().Count());
        Assert.True(list.End!.IsComplete);
    }

    [Fact]
    public async Task Somebody_who_left_before_being_read_is_not_missing()
    {
        List<int> people = [.. Enumerable.Range(0, 250)];
        _service.Otherwise = (request, _) =>
        {
            if (_service.Requests.Count == 2) people.Remove(240);
            int offset = Parameter(request.RequestUri!, "offset");
            return Answer(Rows(people.Skip(offset).Take(100), people.Count));
        };

        ServiceList<Participant> list = Client.GetStudySubmissionsAsync(Study);

        Assert.Equal(249, await list.CountAsync());
        Assert.True(list.End!.IsComplete);
    }

    [Theory]
    [InlineData("unread", 100)]
    [InlineData("unread", 7)]
    [InlineData("history", 100)]
    [InlineData("members", 100)]
    [InlineData("conversation", 25)]
    [InlineData("submissions", 20)]
    [InlineData("groups", 100)]
    [InlineData("subscriptions", 100)]
    [InlineData("events", 100)]
    [InlineData("openhumans", 100)]
    public async Task What_the_first_page_counts_is_asked_for_by_offset_although_no_link_is_there(string list, int page)
    {
        ServePages(250, page, counts: true);

        Assert.Equal((250, ""), await ReadAsync(list));
        Assert.Equal(Enumerable.Range(0, (250 + page - 1) / page).Select(i => i * page), AllOffsets());
    }

    [Theory]
    [InlineData("submissions", 100)]
    [InlineData("submissions", 20)]
    [InlineData("submissions", 7)]
    [InlineData("groups", 100)]
    [InlineData("subscriptions", 20)]
    [InlineData("events", 500)]
    [InlineData("events", 30)]
    [InlineData("openhumans", 100)]
    [InlineData("unread", 100)]
    [InlineData("history", 20)]
    [InlineData("members", 50)]
    public async Task A_smaller_page_than_asked_for_is_not_the_end_without_count_and_links(string list, int page)
    {
        ServePages(650, page, counts: false);

        Assert.Equal((650, ""), await ReadAsync(list));
    }

    [Theory]
    [InlineData("unread")]
    [InlineData("history")]
    [InlineData("members")]
    [InlineData("submissions")]
    [InlineData("groups")]
    [InlineData("subscriptions")]
    [InlineData("events")]
    [InlineData("openhumans")]
    public async Task A_service_that_takes_no_notice_of_the_offset_ends_and_says_so(string list)
    {
        _service.Otherwise = (_, _) => Answer(Rows(Enumerable.Range(0, 100), null));
        (int got, string warning) = await ReadAsync(list);
        Assert.Equal(100, got);
        Assert.Contains("Some may be missing", warning, StringComparison.Ordinal);
        Assert.InRange(_service.Requests.Count, 2, 4);

        _service.Requests.Clear();
        _service.Otherwise = (_, _) => Answer(Rows(Enumerable.Range(0, 100), 250));
        (got, warning) = await ReadAsync(list);
        Assert.Equal(100, got);
        Assert.StartsWith("150 are missing", warning, StringComparison.Ordinal);
        Assert.InRange(_service.Requests.Count, 2, 4);
    }

    [Theory]
    [InlineData("unread", 10, 1)]
    [InlineData("unread", 10, 0)]
    [InlineData("history", 10, 1)]
    [InlineData("history", 10, 0)]
    public async Task Less_than_counted_is_never_taken_for_all(string list, int count, int shown)
    {
        _service.Otherwise = (_, _) => Answer(Rows(Enumerable.Range(0, shown), count));

        (int got, string warning) = await ReadAsync(list);

        Assert.Equal(shown, got);
        Assert.StartsWith($"{count - shown} are missing", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_changes_by_a_byte_each_time_does_not_run_for_ever()
    {
        int n = 0;
        _service.Otherwise = (_, _) => Answer(Rows(Enumerable.Range(0, 200), null).TrimEnd('}') + $",\"request\":{n++}}}");
        Assert.Equal(200, (await ReadAsync("submissions")).Got);
        Assert.Equal(2, _service.Requests.Count(r => !r.Uri.AbsolutePath.EndsWith("/counts/", StringComparison.Ordinal)));

        // Not even where the objects have no ids and are never the same.
        _service.Otherwise = (_, _) => Answer($"{{\"results\":[{{\"body\":\"{n++}\"}}],\"meta\":{{\"count\":1000000000}}}}");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => ReadAsync("unread"));
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Contains("no end", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_list_that_does_not_count_costs_one_call()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 3, null));
        Assert.Equal((3, ""), await ReadAsync("unread"));
    }

    [Theory]
    [InlineData("submissions", 100, "")]
    [InlineData("submissions", 120, "20 are missing")]
    [InlineData("members", 100, "")]
    [InlineData("members", 150, "50 are missing")]
    public async Task Where_a_list_leaves_it_open_how_many_there_are_another_address_tells(string list, int there, string expected)
    {
        _service.Otherwise = (request, _) => request.RequestUri!.AbsolutePath switch
        {
            "/api/v1/studies/" + Study + "/submissions/counts/" => Answer($$"""{"APPROVED":{{there}},"TOTAL":{{there}}}"""),
            "/api/v1/participant-groups/g/" => Answer($$"""{"id":"g","participant_count":{{there}}}"""),
            _ => Answer(Rows(Enumerable.Range(0, 100), null)),
        };

        (int got, string warning) = await ReadAsync(list);

        Assert.Equal(100, got);
        Assert.StartsWith(expected, warning, StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0, warning.Length == 0);
    }

    [Fact]
    public async Task Fifty_unread_messages_are_nothing_to_warn_of_and_not_known_to_be_all()
    {
        _service.Otherwise = (_, _) => Answer(Rows(Enumerable.Range(0, 50), null));
        Assert.Equal((50, ""), await ReadAsync("unread"));

        ServiceList<ParticipantMessage> list = Client.GetUnreadMessagesAsync();
        await list.CountAsync();
        Assert.False(list.End!.IsComplete);
        Assert.Null(list.End.Missing);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task A_service_that_refuses_the_rest_of_a_list_loses_nobody_in_silence(int status)
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 100, 250)).Then((HttpStatusCode)status, """{"detail":"no such parameter"}""");
        (int got, string warning) = await ReadAsync("unread");
        Assert.Equal(100, got);
        Assert.StartsWith("150 are missing", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_that_say_that_there_is_no_more_are_believed()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 100, null).TrimEnd('}') + ""","_links":{"next":{"href":null,"title":"Next"}}}""");
        Assert.Equal((100, ""), await ReadAsync("unread"));
    }

    [Fact]
    public async Task Objects_without_an_id_are_all_there()
    {
        const string Page = """{"results":[{"body":"a"},{"body":"b"},{"body":"a"}],"meta":{"count":5}}""";
        _service.Then(HttpStatusCode.OK, Page).Then(HttpStatusCode.OK, """{"results":[{"body":"c"},{"body":"d"}],"meta":{"count":5}}""");

        Assert.Equal("abacd", string.Concat(await Client.GetUnreadMessagesAsync().Select(m => m.Body).ToListAsync()));

        _service.Then(HttpStatusCode.OK, """{"results":[{"event_type":"a"},{"event_type":"b"}],"meta":{"count":2}}""").Then(HttpStatusCode.OK, """{"results":[{"event_type":"c"}],"meta":{"count":1}}""");
        Assert.Equal("abc", string.Concat(await Client.GetWebhookSubscriptionsAsync().Select(s => s.EventType).ToListAsync()));

        _service.Then(HttpStatusCode.OK, """{"results":[{"name":"a"},{"name":"b"}],"meta":{"count":2}}""");
        Assert.Equal("ab", string.Concat(await ParticipantReader.GroupsAsync(Client, "w").Select(g => g.Name).ToListAsync()));
    }

    [Fact]
    public async Task A_list_that_is_not_read_to_its_end_is_not_known_to_be_whole()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 2, 2)).Then(HttpStatusCode.OK, Rows(0, 2, 2)).Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.InternalServerError);
        ServiceList<ParticipantMessage> list = Client.GetUnreadMessagesAsync();
        Assert.Null(list.End);
        await list.FirstAsync();
        Assert.Null(list.End);
        await list.CountAsync();
        Assert.True(list.End!.IsComplete);
        Assert.Equal((2, 2), (list.End.Received, list.End.Counted));
        await Assert.ThrowsAsync<MessagingException>(async () => await list.CountAsync());
        Assert.Null(list.End);
    }

    [Fact]
    public void Ids_that_look_alike_are_not_taken_for_each_other()
    {
        string[] ids = ["0", "00", "000", "a", "A", "0a", "5f8d0c3e4b2a1c0012345678", "5F8d0c3e4b2a1c0012345678", "05f8d0c3e4b2a1c0012345678", new('0', 30), new('0', 31), new('f', 30), new('f', 64), "", "g", " a"];
        var seen = new SeenKeys();
        Assert.All(ids, id => Assert.True(seen.Add(id)));
        Assert.All(ids, id => Assert.False(seen.Add(id)));
    }

    [Fact]
    public async Task Counts_beyond_two_thousand_million_are_kept()
    {
        _service.Then(HttpStatusCode.OK, """{"results":[{"id":"g","participant_count":5000000000}],"meta":{"count":1}}""");
        Assert.Equal(5_000_000_000, (await Client.GetParticipantGroupsAsync("w").SingleAsync()).ParticipantCount);

        _service.Then(HttpStatusCode.OK, """{"results":[],"meta":{"count":5000000000}}""");
        Assert.Equal(5_000_000_000, await Client.CountWebhookEventsAsync("63722971f9cc073ecc730f6a"));
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

    [Fact]
    public async Task A_smaller_numbered_page_than_asked_for_is_not_the_last()
    {
        _service.Then(HttpStatusCode.OK, Rows(0, 20, null)).Then(HttpStatusCode.OK, Rows(20, 20, null)).Then(HttpStatusCode.NotFound, """{"detail":"Invalid page."}""");

        ServiceList<Participant> list = Client.FindSubmissionsAsync(Study);

        Assert.Equal(40, await list.CountAsync());
        Assert.True(list.End!.IsComplete);
    }

    private async Task<(int Got, string Warning)> ReadAsync(string list)
    {
        List<string> warnings = [];
        ProlificClient client = Client;
        client.OnIncomplete = end =>
        {
            Assert.False(end.IsComplete);
            warnings.Add(end.Message);
            return Task.CompletedTask;
        };
        var openHumans = new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), _service.Http) { OnIncomplete = client.OnIncomplete };
        int got = list switch
        {
            "unread" => await client.GetUnreadMessagesAsync().CountAsync(),
            "history" => await client.GetMessagesAsync("p", null).CountAsync(),
            "conversation" => await client.GetConversationMessagesAsync("c").CountAsync(),
            "members" => await client.GetGroupMembersAsync("g").CountAsync(),
            "submissions" => await client.GetStudySubmissionsAsync(Study).CountAsync(),
            "groups" => await client.GetParticipantGroupsAsync("w").CountAsync(),
            "subscriptions" => await client.GetWebhookSubscriptionsAsync().CountAsync(),
            "events" => await client.GetWebhookEventsAsync("s").CountAsync(),
            _ => await openHumans.GetMembersAsync().CountAsync(),
        };
        return (got, warnings.FirstOrDefault() ?? "");
    }

    /// <summary>A service that gives so many at once, whatever it is asked for, and knows the offset.</summary>
    private void ServePages(int all, int page, bool counts) => _service.Otherwise = (request, _) =>
    {
        // The second list of subscriptions, the disabled ones, is empty.
        bool none = request.RequestUri!.Query.Contains("is_enabled=false", StringComparison.Ordinal);
        return Answer(Rows(none ? [] : Enumerable.Range(0, all).Skip(Parameter(request.RequestUri!, "offset")).Take(page), counts ? none ? 0 : all : null));
    };

    private IEnumerable<int> AllOffsets() => _service.Requests.Where(r => !r.Uri.Query.Contains("is_enabled=false", StringComparison.Ordinal)).Select(r => Parameter(r.Uri, "offset"));

    private static int Parameter(Uri uri, string name)
        => uri.Query.TrimStart('?').Split('&').Where(p => p.StartsWith(name + "=", StringComparison.Ordinal)).Select(p => int.Parse(p[(name.Length + 1)..], CultureInfo.InvariantCulture)).FirstOrDefault();

    private static int Number(string id) => int.Parse(id.AsSpan(1), CultureInfo.InvariantCulture);

    private static Task<HttpResponseMessage> Answer(string json) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json) });

    private static string Rows(int from, int count, int? total) => Rows(Enumerable.Range(from, count), total);

    private static string Rows(IEnumerable<int> numbers, int? total)
    {
        IEnumerable<string> rows = numbers.Select(i => $$"""{"id":"s{{i}}","participant_id":"p{{i}}","project_member_id":"{{i:00000000}}","status":"APPROVED"}""");
        string meta = total is null ? "" : $$""","meta":{"count":{{total}}}""";
        return $$"""{"results":[{{string.Join(',', rows)}}]{{meta}}}""";
    }
}
