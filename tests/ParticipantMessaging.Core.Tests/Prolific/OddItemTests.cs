using System.Net;
using System.Text;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Core.Tests.Prolific;

/// <summary>An object of a list that is none hides no other one, and is never left out in silence.</summary>
public sealed class OddItemTests : IDisposable
{
    private const string Study = "620ca2735fcbba4fa2b3211a";
    private const string Ann = """{"id":"m1","sender":"5f8d0c3e4b2a1c0012345678","body":"Where is the link?","datetime_created":"2026-03-01T09:30:00Z"}""";
    private const string Ben = """{"id":"m9","sender":"5f8d0c3e4b2a1c0012345679","body":"Thank you!","datetime_created":"2026-03-01T09:31:00Z"}""";

    private readonly StubService _service = new();
    private readonly List<ListEnd> _told = [];

    private ProlificClient Client => field ??= new ProlificClient(StubService.Connection(), _service.Http) { OnIncomplete = Tell };

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("5", "number 2: it is not an object")]
    [InlineData("null", "number 2: it is not an object")]
    [InlineData("\"Hello\"", "number 2: it is not an object")]
    [InlineData("[{\"id\":\"m5\"}]", "number 2: it is not an object")]
    [InlineData("""{"id":5,"sender":"5f8d0c3e4b2a1c0012345670","body":"x"}""", "number 2 (of 5f8d0c3e4b2a1c0012345670): its 'id' is not a text")]
    [InlineData("""{"id":"m5","body":{"text":"x"},"sender":"5f8d0c3e4b2a1c0012345670"}""", "number 2 (of 5f8d0c3e4b2a1c0012345670): its 'body' is not a text")]
    [InlineData("""{"id":"m5","sender":"a b; ${c}","data":{"study_id":7}}""", "number 2 (of m5): its 'study_id' is not a text")]
    [InlineData("""{"id":"m5","channel_id":true}""", "number 2 (of m5): its 'channel_id' is not a text")]
    public async Task One_odd_message_hides_no_other_and_is_told_of(string odd, string expected)
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{{Ann}},{{odd}},{{Ben}}]}""");
        ServiceList<ParticipantMessage> list = Client.GetUnreadMessagesAsync();

        Assert.Equal(["m1", "m9"], await list.Select(static m => m.Id).ToListAsync());

        ListEnd end = Assert.Single(_told);
        Assert.Same(end, list.End);
        Assert.False(end.IsComplete);
        Assert.Equal((2, 1), (end.Received, end.Missing));
        Assert.Equal([2], end.Unusable);
        Assert.Equal($"1 of the 3 that Prolific shows (GET /api/v1/messages/unread/) cannot be used and is left out: {expected}. Look it up on the service's own pages.", end.Message);
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task A_message_of_broken_letters_hides_no_other()
    {
        byte[] broken = [.. "{\"id\":\"m5\",\"body\":\"caf"u8, 0xC3, 0x28, .. "\"}"u8];
        byte[] body = [.. "{\"results\":["u8, .. Encoding.UTF8.GetBytes(Ann), (byte)',', .. broken, (byte)',', .. Encoding.UTF8.GetBytes(Ben), .. "]}"u8];
        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) });

        Assert.Equal(["m1", "m9"], await Client.GetUnreadMessagesAsync().Select(static m => m.Id).ToListAsync());

        Assert.Contains("number 2 (of m5): its 'body' is not UTF-8", Assert.Single(_told).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_counts_is_not_asked_for_again_because_of_it()
    {
        _service.Then(HttpStatusCode.OK, $$"""{"results":[{{Ann}},7,{{Ben}},null],"meta":{"count":5} }""").Then(HttpStatusCode.OK, """{"results":[],"meta":{"count":5} }""")
            .Then(HttpStatusCode.OK, $$"""{"results":[{{Ann}},7,{{Ben}},null],"meta":{"count":5} }""").Then(HttpStatusCode.OK, """{"results":[],"meta":{"count":5} }""");
        ServiceList<ParticipantMessage> list = Client.GetUnreadMessagesAsync();

        Assert.Equal(2, await list.CountAsync());

        // Two that came are none, and one of those that are counted did not come.
        Assert.Equal((2, 3, 5), (list.End!.Received, list.End.Missing, list.End.Counted));
        Assert.StartsWith("2 of the 4 that Prolific shows", list.End.Message, StringComparison.Ordinal);
        Assert.Contains("number 2: it is not an object, number 4: it is not an object", list.End.Message, StringComparison.Ordinal);
        Assert.Contains("1 is missing", list.End.Message, StringComparison.Ordinal);

        _service.Then(HttpStatusCode.OK, $$"""{"results":[{{Ann}},7,{{Ben}}],"meta":{"count":3} }""");
        int before = _service.Requests.Count;
        Assert.Equal(2, await list.CountAsync());
        Assert.Equal(1, _service.Requests.Count - before);
        Assert.Equal((2, 1, 3), (list.End!.Received, list.End.Missing, list.End.Counted));
    }

    [Fact]
    public async Task Its_place_is_that_in_the_list_and_many_are_not_all_named()
    {
        string Rows(int from, int count) => string.Join(',', Enumerable.Range(from, count).Select(static i => i % 50 == 7 ? "\"odd\"" : $$"""{"id":"s{{i}}","participant_id":"p{{i}}"}"""));
        foreach (int from in (int[])[0, 200, 400]) _service.Then(HttpStatusCode.OK, $$"""{"results":[{{Rows(from, from == 400 ? 50 : 200)}}],"meta":{"count":450} }""");

        ServiceList<Participant> list = Client.GetStudySubmissionsAsync(Study);

        Assert.Equal(441, await list.CountAsync());
        Assert.Equal(Enumerable.Range(0, 9).Select(static i => (50L * i) + 8), list.End!.Unusable);
        Assert.Contains("number 208: it is not an object, and 4 more. Look them up", list.End.Message, StringComparison.Ordinal);
        Assert.Equal(["?limit=200&offset=0", "?limit=200&offset=200", "?limit=200&offset=400"], _service.Requests.Select(static r => r.Uri.Query));
    }

    [Fact]
    public async Task A_list_of_which_nothing_can_be_used_is_another_answer()
    {
        _service.Then(HttpStatusCode.OK, """{"results":[1,2,{"id":3}]}""").Then(HttpStatusCode.OK, $$"""{"results":[{{Ann}},{{string.Join(',', Enumerable.Repeat('1', 1_001))}}]}""");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetUnreadMessagesAsync().CountAsync());
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Contains("none of its 3 objects is one (the first: it is not an object)", error.Message, StringComparison.Ordinal);

        error = await Assert.ThrowsAsync<MessagingException>(async () => await Client.GetUnreadMessagesAsync().CountAsync());
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData("submissions")]
    [InlineData("members")]
    [InlineData("openhumans")]
    public async Task Who_has_no_id_is_left_out_and_told_of(string list)
    {
        _service.Then(HttpStatusCode.OK, """
            {"results":[{"id":"s1","participant_id":"p1","project_member_id":"00000001"},{"id":"s2","participant_id":"","project_member_id":""},
              {"id":"s3","participant_id":null,"project_member_id":null},{"id":"s4"}],"meta":{"count":4}}
            """);
        var openHumans = new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), _service.Http) { OnIncomplete = Tell };

        List<Participant> people = await (list switch
        {
            "submissions" => ParticipantReader.OfStudyAsync(Client, Study),
            "members" => ParticipantReader.OfGroupAsync(Client, "6a0000000000000000000001"),
            _ => openHumans.GetMembersAsync(),
        }).ToListAsync();

        Assert.Equal(list == "openhumans" ? "00000001" : "p1", Assert.Single(people).ParticipantId);
        Assert.Equal([2, 3, 4], Assert.Single(_told).Unusable);
        Assert.Contains("it names no participant", _told[0].Message, StringComparison.Ordinal);
        Assert.Equal(list == "openhumans" ? "Open Humans" : "Prolific", _told[0].Message.Contains("Open Humans", StringComparison.Ordinal) ? "Open Humans" : "Prolific");
    }

    [Fact]
    public async Task Who_looks_again_and_again_knows_what_was_told()
    {
        const string Odd = """{"id":"m5","body":6}""";
        foreach (string rows in (string[])[$"{Ann},{Odd}", $"{Odd},{Ben},{Ann}", $"{Odd},null,{Ann}"]) _service.Then(HttpStatusCode.OK, $$"""{"results":[{{rows}}]}""");
        var unread = new UnreadMessages(Client);

        Assert.Equal(["m1"], await unread.LookAsync().Select(static m => m.Id).ToListAsync());
        Assert.Equal(["m9"], await unread.LookAsync().Select(static m => m.Id).ToListAsync());
        Assert.Empty(await unread.LookAsync().ToListAsync());

        // The same one, wherever it stands by then; and one more.
        Assert.Equal(3, _told.Count);
        Assert.Equal(_told[0].Key, _told[1].Key);
        Assert.NotEqual(_told[1].Key, _told[2].Key);
    }

    [Fact]
    public async Task An_odd_event_ends_no_log()
    {
        int extra = 0;
        _service.Otherwise = (_, _) =>
        {
            IEnumerable<string> newest = Enumerable.Range(0, extra).Select(static i => $$"""{"id":"new{{i}}","datetime_created":"2026-03-02T10:00:0{{i}}Z"}""").Reverse();
            string[] rows = [.. newest, """{"id":"e3","datetime_created":"2026-03-01T10:00:03Z"}""", """{"id":7,"payload":{"participant_id":"p1"}}""", """{"id":"e1","datetime_created":"2026-03-01T10:00:01Z"}"""];
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent($$"""{"results":[{{string.Join(',', rows)}}],"meta":{"count":{{rows.Length}} } }""") });
        };
        var events = new WebhookEvents(Client, ["6745e0c1f2a3b4c5d6e7f809"]);

        Assert.Equal(["e3", "e1"], await events.ReadAsync().Select(static e => e.Id).ToListAsync());
        Assert.Equal(["e3", "e1"], await events.LookAsync().Select(static e => e.Id).ToListAsync());
        extra = 2;
        Assert.Equal(["new0", "new1"], await events.LookAsync().Select(static e => e.Id).ToListAsync());
        Assert.Empty(await events.LookAsync().ToListAsync());
        Assert.Equal(5, await events.CountAsync());

        Assert.NotEmpty(_told);
        Assert.Single(_told.Select(static end => end.Key).Distinct());
        Assert.Contains("its 'id' is not a text", _told[0].Message, StringComparison.Ordinal);
    }

    private Task Tell(ListEnd end)
    {
        _told.Add(end);
        return Task.CompletedTask;
    }
}
