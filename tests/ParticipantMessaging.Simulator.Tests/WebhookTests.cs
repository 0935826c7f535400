using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class WebhookTests
{
    private const string Subscriptions = "/api/v1/hooks/subscriptions/";

    private sealed record Delivery(string Body, string Signature, string Timestamp, string EventId, string EventTime);

    /// <summary>A receiver on loopback that answers what it is told to.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication _application;
        private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();

        private Receiver(WebApplication application)
        {
            _application = application;
        }

        public ConcurrentQueue<int> Answers { get; } = new();

        public int Otherwise { get; set; } = 200;

        public string Url { get; private set; } = "";

        public static async Task<Receiver> StartAsync()
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            var receiver = new Receiver(builder.Build());
            receiver._application.Run(receiver.TakeAsync);
            await receiver._application.StartAsync();
            receiver.Url = receiver._application.Urls.First() + "/hook";
            return receiver;
        }

        public async Task<Delivery> NextAsync()
        {
            using var hang = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            return await _deliveries.Reader.ReadAsync(hang.Token);
        }

        public ValueTask DisposeAsync() => _application.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body, new UTF8Encoding(false));
            string body = await reader.ReadToEndAsync();
            context.Response.StatusCode = Answers.TryDequeue(out int status) ? status : Otherwise;
            IHeaderDictionary headers = context.Request.Headers;
            await _deliveries.Writer.WriteAsync(new Delivery(body, headers["X-Prolific-Request-Signature"].ToString(),
                headers["X-Prolific-Request-Timestamp"].ToString(), headers["X-Event-ID"].ToString(), headers["X-Timestamp"].ToString()));
        }
    }

    private static string Sign(string secret, Delivery delivery) => Convert.ToBase64String(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(delivery.Timestamp + delivery.Body)));

    private static async Task<string> StatusAsync(SimulatorHost sim, SimSubscription subscription, string eventId, string wanted)
    {
        string Status() => sim.State.Events(subscription.Id).Single(e => e.Id == eventId).Status;
        await UntilAsync(() => Status() == wanted);
        return Status();
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        using var hang = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!reached() && !hang.IsCancellationRequested)
            await Task.Delay(2);
    }

    [Fact]
    public void The_signature_is_that_of_the_fact_sheet()
    {
        const string Body = "{\"resource_id\": \"64f0c1d2e3a4b5c6d7e8f901\", \"event_type\": \"submission.status.change\", " +
            "\"participant_id\": \"5f8d0c3e4b2a1c0012345678\", \"status\": \"AWAITING REVIEW\"}";
        Assert.Equal("oZZjEMj0UaKttqv+6pl/tOKLCRZBH1FOkL0FrJ0FYD4=",
            WebhookDispatcher.Sign("whsec_test_0123456789abcdef", "1700000000", Encoding.UTF8.GetBytes(Body)));
        Assert.Equal("S+gN8/6rGbLOzjNAzw8CabIuF3wgAiKeaTds09ctVZE=",
            WebhookDispatcher.Sign("whsec_test_0123456789abcdef", "1700000000", []));
    }

    [Fact]
    public async Task Secret_subscribe_confirm_event_delivery()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        string workspace = sim.State.WorkspaceId;
        string wanted = JsonSerializer.Serialize(
            new { workspace_id = workspace, event_type = "submission.status.change", target_url = receiver.Url });

        Assert.Empty((await client.GetAsync($"/api/v1/hooks/secrets/?workspace_id={workspace}")).Results);
        Answer early = await client.PostAsync(Subscriptions, wanted);
        Assert.Equal(HttpStatusCode.BadRequest, early.Status);
        Assert.Contains("Subscriptions can only be created for workspaces with a secret.", early.Text, StringComparison.Ordinal);

        Answer secret = await client.PostAsync("/api/v1/hooks/secrets/", JsonSerializer.Serialize(new { workspace_id = workspace }));
        Assert.Equal(HttpStatusCode.Created, secret.Status);
        string value = secret.Json.GetProperty("value").GetString()!;

        Answer created = await client.PostAsync(Subscriptions, wanted);
        Assert.Equal(HttpStatusCode.Created, created.Status);
        string id = created.Json.GetProperty("id").GetString()!;
        string token = created.Header("X-Hook-Secret")!;
        Assert.False(created.Json.GetProperty("is_enabled").GetBoolean());
        Assert.Empty((await client.GetAsync(Subscriptions)).Results);
        Assert.Single((await client.GetAsync(Subscriptions + "?is_enabled=false")).Results);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync($"{Subscriptions}{id}/", "{\"secret\":\"wrong\"}")).Status);
        Answer confirmed = await client.PostAsync($"{Subscriptions}{id}/", JsonSerializer.Serialize(new { secret = token }));
        Assert.True(confirmed.Json.GetProperty("is_enabled").GetBoolean());

        SimSubmission submission = sim.State.Submissions(sim.State.StudyId)[0];
        SimEvent item = Assert.Single(sim.State.ChangeSubmission(submission.Id, "APPROVED"));
        Delivery delivery = await receiver.NextAsync();
        Assert.Equal(Sign(value, delivery), delivery.Signature);
        Assert.Equal(item.Id, delivery.EventId);
        Assert.Equal($"{{\"resource_id\": \"{submission.Id}\", \"event_type\": \"submission.status.change\", " +
            $"\"participant_id\": \"{submission.ParticipantId}\", \"status\": \"APPROVED\"}}", delivery.Body);
        Assert.Equal("SUCCEEDED", await StatusAsync(sim, sim.State.Subscriptions[0], item.Id, "SUCCEEDED"));

        JsonElement logged = Assert.Single((await client.GetAsync($"{Subscriptions}{id}/events/?status=SUCCEEDED")).Results);
        Assert.Equal("APPROVED", logged.GetProperty("payload").GetProperty("status").GetString());
        Answer patched = await client.SendAsync(HttpMethod.Patch, $"{Subscriptions}{id}/", "{\"is_enabled\":false}");
        Assert.False(patched.Json.GetProperty("is_enabled").GetBoolean());
        Assert.Equal(HttpStatusCode.NoContent, (await client.SendAsync(HttpMethod.Delete, $"{Subscriptions}{id}/", null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"{Subscriptions}{id}/")).Status);
    }

    [Theory]
    [InlineData("http://lab.example/x")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("hooks")]
    public async Task Targets_are_https_or_on_loopback(string target)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s" });
        using var client = SimClient.Prolific(sim);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(Subscriptions, JsonSerializer.Serialize(
            new { workspace_id = sim.State.WorkspaceId, event_type = "study.status.change", target_url = target }))).Status);
        sim.Options.AllowHttpTargets = false;
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(Subscriptions, JsonSerializer.Serialize(
            new { workspace_id = sim.State.WorkspaceId, event_type = "study.status.change", target_url = "http://127.0.0.1:1/x" }))).Status);
    }

    [Fact]
    public async Task A_created_subscription_is_answered_as_a_list_on_request()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s", ListSubscriptionAnswer = true });
        using var client = SimClient.Prolific(sim);
        Answer created = await client.PostAsync(Subscriptions, JsonSerializer.Serialize(
            new { workspace_id = sim.State.WorkspaceId, event_type = "study.status.change", target_url = "https://lab.example/x" }));
        Assert.False(Assert.Single(created.Results).GetProperty("is_enabled").GetBoolean());
        Assert.NotNull(created.Header("X-Hook-Secret"));
    }

    [Fact]
    public async Task A_failed_delivery_is_retried_with_the_same_event_id_until_it_is_accepted()
    {
        var clock = new WaitingClock();
        await using Receiver receiver = await Receiver.StartAsync();
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock, WebhookSecret = "s" });
        SimSubscription subscription = sim.State.AddSubscription("study.status.change", receiver.Url);
        receiver.Answers.Enqueue(500);
        receiver.Answers.Enqueue(302);
        SimEvent item = sim.State.AddEvent(subscription, sim.State.StudyId, resourceStatus: "ACTIVE");

        Delivery first = await receiver.NextAsync();
        Assert.Equal("FAILED", await StatusAsync(sim, subscription, item.Id, "FAILED"));
        await clock.PassNextWaitAsync();
        Delivery second = await receiver.NextAsync();
        await clock.PassNextWaitAsync();
        Delivery third = await receiver.NextAsync();

        Assert.Equal("SUCCEEDED", await StatusAsync(sim, subscription, item.Id, "SUCCEEDED"));
        Assert.Equal([item.Id, item.Id, item.Id], new[] { first, second, third }.Select(d => d.EventId));
        Assert.All(new[] { first, second, third }, d => Assert.Equal(Sign("s", d), d.Signature));
        Assert.Equal([500, 302, 200], sim.State.Deliveries.Select(d => d.Status));
        Assert.Equal([1, 2, 3], sim.State.Deliveries.Select(d => d.Attempt));
        Assert.Null(subscription.FailingSince);
    }

    [Fact]
    public async Task Twelve_tries_and_no_more_and_five_days_of_failure_disable_the_subscription()
    {
        var clock = new WaitingClock();
        await using Receiver receiver = await Receiver.StartAsync();
        receiver.Otherwise = 503;
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock, WebhookSecret = "s" });
        SimSubscription subscription = sim.State.AddSubscription("study.progress.change", receiver.Url);
        SimEvent item = sim.State.AddEvent(subscription, sim.State.StudyId);
        for (int retry = 1; retry <= 11; retry++)
        {
            // All of them together are shorter than five days.
            TimeSpan wait = await clock.NextWaitAsync();
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMinutes(1 << (retry - 1)));
            clock.Advance(wait);
        }

        await UntilAsync(() => sim.State.Deliveries.Count == 12);

        Assert.Equal("FAILED", await StatusAsync(sim, subscription, item.Id, "FAILED"));
        clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal(12, sim.State.Deliveries.Count);
        Assert.True(subscription.IsEnabled);

        SimEvent late = sim.State.AddEvent(subscription, sim.State.StudyId);
        await UntilAsync(() => sim.State.Deliveries.Count == 13);
        Assert.Equal("FAILED", await StatusAsync(sim, subscription, late.Id, "FAILED"));
        await UntilAsync(() => !subscription.IsEnabled);
        Assert.False(subscription.IsEnabled);
        // The first wait of the late event, not a twelfth of the other.
        Assert.InRange(await clock.NextWaitAsync(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Waits_are_drawn_evenly_between_nothing_and_the_doubled_minutes()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        await using var dispatcher = new WebhookDispatcher(sim.Options, sim.State);
        for (int retry = 1; retry <= 11; retry++)
        {
            double cap = Math.Pow(2, retry - 1);
            double[] waits = [.. Enumerable.Range(0, 2_000).Select(_ => dispatcher.Wait(retry).TotalMinutes)];
            Assert.All(waits, w => Assert.InRange(w, 0, cap));
            Assert.InRange(waits.Average(), cap * 0.45, cap * 0.55);
        }
    }

    [Fact]
    public async Task Deliveries_are_repeated_and_shuffled_on_request()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s" });
        using var client = SimClient.Prolific(sim);
        SimSubscription subscription = sim.State.AddSubscription("submission.status.change", receiver.Url);
        sim.State.AddEvents(subscription, 30, "FAILED");

        Answer answer = await client.PostAsync("/_sim/deliveries",
            JsonSerializer.Serialize(new { subscriptionId = subscription.Id, shuffle = true, times = 2 }));

        Assert.Equal(60, answer.Json.GetProperty("accepted").GetInt32());
        var ids = new List<string>();
        for (int i = 0; i < 60; i++)
            ids.Add((await receiver.NextAsync()).EventId);
        string[] logged = [.. sim.State.Events(subscription.Id).Select(e => e.Id)];
        Assert.NotEqual(logged, ids[..30]);
        Assert.Equal(logged.Order(), ids[..30].Order());
        Assert.Equal(logged.Order(), ids[30..].Order());
        Assert.All(sim.State.Events(subscription.Id), e => Assert.Equal("SUCCEEDED", e.Status));
    }

    [Fact]
    public async Task A_delivery_is_cut_off_in_the_middle_on_request()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s" });
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        SimSubscription subscription = sim.State.AddSubscription("study.progress.change", $"http://{listener.LocalEndpoint}/hook");
        SimEvent item = sim.State.AddEvent(subscription, sim.State.StudyId, status: "FAILED");
        await sim.CutOffDeliveryAsync(subscription, item);
        using TcpClient accepted = await listener.AcceptTcpClientAsync();
        var received = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await accepted.GetStream().CopyToAsync(received);
            throw new IOException("closed without a reset");
        });
        string text = Encoding.UTF8.GetString(received.ToArray());
        Assert.DoesNotContain("study.progress.change\"}", text, StringComparison.Ordinal);
        Assert.Equal("FAILED", sim.State.Events(subscription.Id)[0].Status);
        Assert.Empty(sim.State.Deliveries);
    }

    [Fact]
    public async Task Nothing_but_loopback_is_ever_called()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { WebhookSecret = "s" });
        SimSubscription subscription = sim.State.AddSubscription("study.progress.change", "https://lab.example/x");
        sim.State.AddEvent(subscription, sim.State.StudyId);
        Assert.Equal(0, await sim.RepeatDeliveriesAsync(subscription));
        Assert.Empty(sim.State.Deliveries);
        Assert.Equal("PENDING", sim.State.Events(subscription.Id)[0].Status);
    }

    [Fact]
    public async Task The_log_pages_to_a_thousand_and_filters_by_status_and_resource()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Events = 2_500 });
        using var client = SimClient.Prolific(sim);
        string path = $"{Subscriptions}{sim.State.Subscriptions[0].Id}/events/";
        Assert.Equal(100, (await client.GetAsync(path)).Results.Length);
        var ids = new List<string>();
        for (int offset = 0; ; offset += 1_000)
        {
            Answer page = await client.GetAsync($"{path}?limit=1000&offset={offset}");
            Assert.Equal(2_500, page.Json.GetProperty("meta").GetProperty("count").GetInt32());
            ids.AddRange(page.Results.Select(r => r.GetProperty("id").GetString()!));
            if (page.Results.Length < 1_000)
                break;
        }

        Assert.Equal(sim.State.Events(sim.State.Subscriptions[0].Id).Select(e => e.Id).Reverse(), ids);
        Answer some = await client.GetAsync(path + "?limit=1000&status=" + Uri.EscapeDataString("[\"FAILED\",\"PENDING\"]"));
        Assert.Equal(250, some.Results.Length);
        string resource = sim.State.Submissions(sim.State.StudyId)[3].Id;
        Assert.All((await client.GetAsync($"{path}?resource_id={resource}")).Results,
            r => Assert.Equal(resource, r.GetProperty("resource_id").GetString()));
        foreach (string bad in new[] { "?limit=0", "?limit=1001", "?offset=-1", "?status=LOST", "?status=[" })
            Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync(path + bad)).Status);

        sim.Options.EventOrder = SimEventOrder.Shuffled;
        Answer shuffled = await client.GetAsync(path + "?limit=1000&offset=0");
        Answer rest = await client.GetAsync(path + "?limit=1000&offset=1000");
        Answer end = await client.GetAsync(path + "?limit=1000&offset=2000");
        string[] all = [.. shuffled.Results.Concat(rest.Results).Concat(end.Results).Select(r => r.GetProperty("id").GetString()!)];
        Assert.NotEqual(ids, all);
        Assert.Equal(ids.Order(), all.Order());

        sim.Options.EventOrder = SimEventOrder.OldestFirst;
        Answer oldest = await client.GetAsync(path + "?limit=1000&offset=0");
        Assert.Equal(Enumerable.Reverse(ids).Take(1000), oldest.Results.Select(r => r.GetProperty("id").GetString()));
    }
}
