using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

public sealed class FollowingTests
{
    [Theory]
    [InlineData(SimEventOrder.NewestFirst)]
    [InlineData(SimEventOrder.OldestFirst)]
    [InlineData(SimEventOrder.Shuffled)]
    public async Task Ten_thousand_events_come_once_each_over_many_looks_with_faults(SimEventOrder order)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 20, Events = 1500, EventOrder = order, DeliverWebhooks = false });
        SimSubscription subscription = sim.State.Subscriptions[0];
        foreach (FaultRule fault in PassingFaults("/api/v1/hooks/")) sim.Host.Faults.Add(fault);
        var random = new Random(7);
        int added = 1500, quietLooks = 0;
        DateTimeOffset shared = DateTimeOffset.UtcNow;
        using var stop = new CancellationTokenSource();
        sim.Clock.Waiting = wait =>
        {
            // The waits of retries are short; between two looks something happens.
            if (wait < TimeSpan.FromSeconds(20)) return;
            if (added >= 10_000)
            {
                if (++quietLooks == 12) stop.Cancel();
                return;
            }

            int batch = Math.Min(10_000 - added, random.Next(3) == 0 ? 0 : random.Next(1, 900));
            for (int i = 0; i < batch; i++)
            {
                // Equal times, and some that come late.
                DateTimeOffset time = random.Next(10) == 0 ? shared - TimeSpan.FromMinutes(random.Next(600)) : shared;
                sim.State.AddEvent(subscription, "r", status: "SUCCEEDED", createdAt: time);
            }

            if (random.Next(2) == 0) shared += TimeSpan.FromSeconds(1);
            added += batch;
        };
        var events = new WebhookEvents(sim.Prolific);
        var warnings = new List<string>();
        List<string> ids = await CollectAsync(events.LookAsync, sim.Clock, warnings, e => e.Id, stop.Token);

        Assert.Equal(10_000, ids.Count);
        Assert.Equal(sim.State.Events(subscription.Id).Select(e => e.Id).Order(), ids.Order());
        Assert.NotEmpty(warnings);
        Assert.All(warnings, w => Assert.EndsWith(".", w, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unread_messages_come_once_each_over_many_looks_with_faults()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 20, Unread = 50 });
        foreach (FaultRule fault in PassingFaults("/api/v1/messages/unread/")) sim.Host.Faults.Add(fault);
        var random = new Random(3);
        int looks = 0;
        using var stop = new CancellationTokenSource();
        sim.Clock.Waiting = wait =>
        {
            if (wait < TimeSpan.FromSeconds(20)) return;
            if (++looks <= 60) sim.State.AddUnread(random.Next(0, 40));
            else if (looks == 72) stop.Cancel();
        };
        var unread = new UnreadMessages(sim.Prolific);

        List<string> ids = await CollectAsync(unread.LookAsync, sim.Clock, [], m => m.Id, stop.Token);

        Assert.Equal(sim.State.Unread.Select(m => m.Id).Order(), ids.Order());
    }

    [Fact]
    public async Task Events_that_begin_to_match_later_are_found_wherever_they_stand()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 5, DeliverWebhooks = false });
        sim.State.CreateSecret(sim.State.WorkspaceId);
        SimSubscription subscription = sim.State.AddSubscription("submission.status.change", "https://lab.example/hook");
        for (int i = 0; i < 3000; i++) sim.State.AddEvent(subscription, "r", status: i % 2 == 0 ? "FAILED" : "SUCCEEDED", createdAt: DateTimeOffset.UtcNow.AddSeconds(i - 4000));
        var log = new WebhookEvents(sim.Prolific, [subscription.Id], new WebhookEventFilter { Statuses = ["FAILED"] });
        Assert.Equal(1500, await log.LookAsync().CountAsync());

        SimEvent late = sim.State.Events(subscription.Id)[101];
        late.Status = "FAILED";

        Assert.Equal([late.Id], await log.LookAsync().Select(e => e.Id).ToListAsync());
        Assert.Empty(await log.LookAsync().ToListAsync());
    }

    [Fact]
    public async Task Memory_stays_flat()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 5, DeliverWebhooks = false });
        sim.State.CreateSecret(sim.State.WorkspaceId);
        SimSubscription subscription = sim.State.AddSubscription("submission.status.change", "https://lab.example/hook");
        var log = new WebhookEvents(sim.Prolific, [subscription.Id], null, null, capacity: 400);
        DateTimeOffset time = DateTimeOffset.UtcNow;
        var ids = new List<string>();
        for (int look = 0; look < 60; look++)
        {
            for (int i = 0; i < 100; i++) sim.State.AddEvent(subscription, "r", status: "SUCCEEDED", createdAt: time += TimeSpan.FromSeconds(1));
            await foreach (WebhookEvent item in log.LookAsync()) ids.Add(item.Id);

            // Once an hour the whole log is looked through; nothing that was forgotten comes again.
            sim.Clock.Advance(TimeSpan.FromMinutes(13));
            Assert.InRange(log.Remembered, 0, 500 + 100);
        }

        Assert.Equal(6000, ids.Count);
        Assert.Equal(6000, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_quiet_log_costs_one_call_a_look()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 5, Events = 5000 });
        var log = new WebhookEvents(sim.Prolific, [sim.State.Subscriptions[0].Id]);
        Assert.Equal(5000, await log.LookAsync().CountAsync());
        sim.State.Requests.Clear();

        for (int i = 0; i < 10; i++) Assert.Empty(await log.LookAsync().ToListAsync());

        Assert.Equal(10, sim.State.Requests.All.Count);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_ends_the_following()
    {
        await using SimService sim = await SimService.StartAsync();
        sim.Host.Faults.Add(new FaultRule { Status = 401, Skip = 2 });
        var unread = new UnreadMessages(sim.Prolific);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => CollectAsync(unread.LookAsync, sim.Clock, [], m => m.Id, CancellationToken.None));

        Assert.Equal(MessagingErrorReason.AuthenticationFailed, error.Reason);
        Assert.Equal(3, sim.State.Requests.All.Count);
    }

    [Fact]
    public async Task Waits_double_while_the_service_fails_and_obey_it()
    {
        var clock = new SkippingClock();
        int look = 0;
        async IAsyncEnumerable<int> LookAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            await Task.Yield();
            token.ThrowIfCancellationRequested();
            switch (++look)
            {
                case 1 or 2 or 3: throw new MessagingException(MessagingErrorReason.ServiceUnavailable, "No.", "Wait.");
                case 4: throw new MessagingException(MessagingErrorReason.RateLimited, "No.", "Wait.") { RetryAfter = TimeSpan.FromHours(2) };
                case 5: yield return 1; break;
                default: yield return 2; break;
            }
        }

        var options = new FollowOptions { Wait = true, Interval = TimeSpan.FromSeconds(30), TimeProvider = clock, Randomizer = () => 0.5 };
        Assert.Equal([1, 2], await Follower.FollowAsync(LookAsync, options).Take(2).ToListAsync());

        Assert.Equal([60, 120, 240, 7200, 30], clock.Waits.Select(w => Math.Round(w.TotalSeconds)));
    }

    private static IEnumerable<FaultRule> PassingFaults(string path) =>
    [
        new FaultRule { PathPrefix = path, Status = 429, RetryAfterSeconds = 3, Probability = 0.05 },
        new FaultRule { PathPrefix = path, Status = 503, Probability = 0.1 },
        new FaultRule { PathPrefix = path, Kind = FaultKind.Reset, Probability = 0.05 },
        new FaultRule { PathPrefix = path, Kind = FaultKind.EmptyPage, Probability = 0.05 },
        new FaultRule { PathPrefix = path, Kind = FaultKind.TruncatedJson, Probability = 0.03 },
    ];

    private static async Task<List<string>> CollectAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> look, TimeProvider clock, List<string> warnings, Func<T, string> idOf, CancellationToken stop)
    {
        var ids = new List<string>();
        var options = new FollowOptions
        {
            Wait = true,
            Interval = TimeSpan.FromSeconds(30),
            TimeProvider = clock,
            OnWarning = text =>
            {
                warnings.Add(text);
                return Task.CompletedTask;
            },
        };
        try
        {
            await foreach (T item in Follower.FollowAsync(look, options, stop)) ids.Add(idOf(item));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the test.
        }

        return ids;
    }
}
