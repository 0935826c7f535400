using System.Globalization;
using System.Net;
using System.Text;
using System.Web;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Core.Tests.Reading;

/// <summary>The event log of a service that orders, cuts and counts as it likes; the simulator is not asked here.</summary>
public sealed class EventLogOrderTests
{
    public static TheoryData<string, bool, int> Logs
    {
        get
        {
            var data = new TheoryData<string, bool, int>();
            foreach (string order in (string[])["oldest first", "newest first", "shuffled", "no times"])
            {
                foreach (bool counts in (bool[])[false, true])
                {
                    foreach (int cut in (int[])[1000, 100, 20]) data.Add(order, counts, cut);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public async Task New_events_are_found_once_each_in_every_minute(string order, bool counts, int cut)
    {
        var log = new FakeLog { Order = order, Counts = counts, LargestPage = cut };
        log.Add(450);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        var found = new List<string>();
        for (int minute = 0; minute < 8; minute++)
        {
            List<string> look = await events.LookAsync().Select(static item => item.Id).ToListAsync();
            Assert.Equal(log.Ids.Except(found).Order(), look.Order());
            found.AddRange(look);
            log.Service.Clock.Advance(TimeSpan.FromMinutes(1));
            log.Add(minute == 3 ? 0 : 5 + (minute * minute));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Old_events_that_go_do_not_hide_new_ones(bool counts)
    {
        var log = new FakeLog { Order = "oldest first", Counts = counts };
        log.Add(1500);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        Assert.Equal(1500, await events.LookAsync().CountAsync());
        foreach (int gone in (int[])[3, 150, 250, 900])
        {
            log.Events.RemoveRange(0, gone);
            log.Add(7);
            Assert.Equal(log.Ids.TakeLast(7), await events.LookAsync().Select(static item => item.Id).ToListAsync());
        }
    }

    [Fact]
    public async Task A_quiet_log_that_is_oldest_first_is_read_at_its_end_alone()
    {
        var log = new FakeLog { Order = "oldest first", Counts = true };
        log.Add(5000);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        Assert.Equal(5000, await events.LookAsync().CountAsync());
        log.Service.Requests.Clear();
        log.Add(1);
        Assert.Single(await events.LookAsync().ToListAsync());
        Assert.Single(log.Service.Requests);
        Assert.Contains("offset=4800", log.Service.Requests[0].Uri.Query, StringComparison.Ordinal);

        // Without a count a second page is needed to know that it was the end.
        log.Counts = false;
        log.Service.Requests.Clear();
        Assert.Empty(await events.LookAsync().ToListAsync());
        Assert.InRange(log.Service.Requests.Count, 1, 2);
    }

    [Fact]
    public async Task A_service_that_takes_no_notice_of_offsets_does_not_keep_us_for_ever()
    {
        var log = new FakeLog { Order = "oldest first", IgnoresOffset = true, Noise = true };
        log.Add(300);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        Assert.Equal(300, await events.LookAsync().CountAsync());
        log.Add(5);
        Assert.Equal(5, await events.LookAsync().CountAsync());
        Assert.InRange(log.Service.Requests.Count, 2, 6);
    }

    [Fact]
    public async Task Events_without_an_id_come_once_each_too()
    {
        var log = new FakeLog { Order = "newest first", HasIds = false };
        log.Add(30);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        Assert.Equal(30, await events.LookAsync().CountAsync());
        Assert.Empty(await events.LookAsync().ToListAsync());
        log.Add(3);
        Assert.Equal(["r30", "r31", "r32"], await events.LookAsync().Select(static item => item.ResourceId).ToListAsync());
    }

    [Fact]
    public async Task What_is_remembered_is_bounded_in_every_order()
    {
        foreach (string order in (string[])["oldest first", "newest first", "shuffled"])
        {
            var log = new FakeLog { Order = order };
            log.Add(2000);
            var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"], null, null, capacity: 400);
            Assert.Equal(2000, await events.LookAsync().CountAsync());
            for (int look = 0; look < 10; look++)
            {
                log.Add(60);
                log.Service.Clock.Advance(TimeSpan.FromMinutes(13));
                Assert.Equal(60, await events.LookAsync().CountAsync());
                Assert.InRange(events.Remembered, 0, 600);
            }
        }
    }

    [Fact]
    public async Task Some_events_in_the_middle_of_one_log_take_one_call()
    {
        var log = new FakeLog { Order = "newest first", Counts = true };
        log.Add(300);
        var events = new WebhookEvents(log.Client, ["6745e0c1f2a3b4c5d6e7f809"]);
        List<WebhookEvent> five = await events.ReadAsync(skip: 100, first: 5).ToListAsync();
        Assert.Equal(log.Ids.AsEnumerable().Reverse().Skip(100).Take(5), five.Select(static item => item.Id));
        Assert.Equal("?limit=5&offset=100", Assert.Single(log.Service.Requests).Uri.Query);
        Assert.Empty(await events.ReadAsync(skip: long.MaxValue, first: 5).ToListAsync());
    }

    private sealed class FakeLog
    {
        private DateTimeOffset _time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        private int _made;
        private int _noise;

        public FakeLog() => Service.Otherwise = (request, _) => Task.FromResult(Answer(HttpUtility.ParseQueryString(request.RequestUri!.Query)));

        public StubService Service { get; } = new();

        public ProlificClient Client => new(StubService.Connection(), Service.Http);

        public List<(string Id, DateTimeOffset Time, int Number)> Events { get; } = [];

        public List<string> Ids => [.. Events.Select(static one => one.Id)];

        public string Order { get; init; } = "";

        public bool Counts { get; set; }

        public int LargestPage { get; init; } = 1000;

        public bool IgnoresOffset { get; init; }

        public bool Noise { get; init; }

        public bool HasIds { get; init; } = true;

        public void Add(int count)
        {
            for (int i = 0; i < count; i++) Events.Add(($"{_made:x24}", _time += TimeSpan.FromSeconds(1), _made++));
        }

        private HttpResponseMessage Answer(System.Collections.Specialized.NameValueCollection query)
        {
            int offset = IgnoresOffset ? 0 : int.Parse(query["offset"]!, CultureInfo.InvariantCulture);
            int limit = Math.Min(LargestPage, int.Parse(query["limit"]!, CultureInfo.InvariantCulture));
            IEnumerable<(string Id, DateTimeOffset Time, int Number)> all = Order switch
            {
                "newest first" => Events.AsEnumerable().Reverse(),
                "shuffled" => Events.OrderBy(static one => (one.Number * 7919L) % 10_007),
                _ => Events,
            };
            string items = string.Join(',', all.Skip(offset).Take(limit).Select(one =>
                $$"""{{{(HasIds ? $"\"id\":\"{one.Id}\"," : "")}}"datetime_created":{{(Order == "no times" ? "null" : $"\"{one.Time:yyyy-MM-ddTHH:mm:ssZ}\"")}},"event_type":"x","resource_id":"r{{one.Number}}","status":"SUCCEEDED","target_url":"t"}"""));
            string more = (Counts ? $",\"meta\":{{\"count\":{Events.Count}}}" : "") + (Noise ? $",\"noise\":{_noise++}" : "");
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent($"{{\"results\":[{items}]{more}}}", Encoding.UTF8, "application/json") };
        }
    }
}
