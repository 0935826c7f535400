using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace ParticipantMessaging.Simulator.Tests;

public sealed class FaultTests
{
    private const string Messages = "/api/v1/messages/";

    private static string Single(SimulatorHost sim, string body = "Hi", int person = 0) => JsonSerializer.Serialize(
        new { recipient_id = sim.State.Participants[person].Id, body, study_id = sim.State.StudyId });

    [Fact]
    public async Task Too_many_requests_comes_with_seconds_a_date_or_nothing_and_then_ends()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock });
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { PathPrefix = Messages, Status = 429, RetryAfterSeconds = 7, Count = 1 });
        sim.Faults.Add(new FaultRule { PathPrefix = Messages, Status = 429, RetryAfterSeconds = 9, RetryAfterAsDate = true, Count = 1 });
        sim.Faults.Add(new FaultRule { PathPrefix = Messages, Status = 429, Count = 1 });
        sim.Faults.Add(new FaultRule { PathPrefix = Messages, Status = 503, RetryAfter = "soon", Count = 1 });

        var answers = new Answer[5];
        for (int i = 0; i < answers.Length; i++)
            answers[i] = await client.PostAsync(Messages, Single(sim));

        Assert.Equal([429, 429, 429, 503, 204], answers.Select(a => (int)a.Status));
        Assert.Equal(["7", "Mon, 04 May 2026 03:02:10 GMT", null, "soon", null], answers.Select(a => a.Header("Retry-After")));
        Assert.Equal(1, sim.State.SentCount);
        Assert.Equal(["fault-1", "fault-2", "fault-3", "fault-4", null], sim.State.Requests.All.Select(r => r.Fault));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task An_error_comes_before_or_after_the_message_was_stored(bool afterStored, int stored)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Method = "POST", Status = 502, AfterStored = afterStored });
        Answer answer = await client.PostAsync(Messages, Single(sim));
        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.StartsWith("<html>", answer.Text, StringComparison.Ordinal);
        Assert.Equal(stored, sim.State.Participants[0].MailboxCount);
        Assert.Equal(stored, sim.State.Requests.All[0].Stored);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_reset_is_one_on_the_wire_before_or_after_storing(bool afterStored, int stored)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Kind = FaultKind.Reset, AfterStored = afterStored, Count = 1 });
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(Messages, Single(sim)));
        var socket = error.GetBaseException() as SocketException;
        Assert.Equal(SocketError.ConnectionReset, socket?.SocketErrorCode);
        Assert.Equal(stored, sim.State.SentCount);
        Assert.Equal(0, sim.State.Requests.All[0].Status);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync(Messages, Single(sim))).Status);
    }

    [Fact]
    public async Task No_answer_ends_when_the_client_gives_up_and_the_message_may_be_stored()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Kind = FaultKind.NoAnswer, AfterStored = true });
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sim.State.Stored = _ => stored.TrySetResult();
        Task<Answer> post = client.PostAsync(Messages, Single(sim));
        await stored.Task.WaitAsync(TimeSpan.FromSeconds(60));
        // Others are answered meanwhile.
        for (int i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/_sim/info")).Status);
        Assert.False(post.IsCompleted);
        Assert.Equal(0, Assert.Single(sim.State.Requests.All).DurationMs);
        client.Http.CancelPendingRequests();
        await Assert.ThrowsAsync<TaskCanceledException>(() => post);
        Assert.Equal(1, sim.State.SentCount);
    }

    [Fact]
    public async Task Conditions_narrow_by_method_pattern_body_nth_every_skip_and_count()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Method = "GET", PathPattern = @"limit=2\b", Status = 500 });
        sim.Faults.Add(new FaultRule { BodyContains = "bad luck", Status = 501 });
        sim.Faults.Add(new FaultRule { BodyContains = "every", Every = 3, Status = 502 });
        sim.Faults.Add(new FaultRule { BodyContains = "nth", Nth = 2, Status = 503 });
        sim.Faults.Add(new FaultRule { BodyContains = "skip", Skip = 1, Count = 1, Status = 504 });

        Assert.Equal(500, (int)(await client.GetAsync("/api/v1/workspaces/?limit=2")).Status);
        Assert.Equal(200, (int)(await client.GetAsync("/api/v1/workspaces/?limit=20")).Status);
        Assert.Equal((int[])[501, 501], await Send("bad luck", 2));
        Assert.Equal((int[])[204, 204, 502, 204, 204, 502], await Send("every", 6));
        Assert.Equal((int[])[204, 503, 204], await Send("nth", 3));
        Assert.Equal((int[])[204, 504, 204], await Send("skip", 3));

        async Task<int[]> Send(string body, int times)
        {
            int[] statuses = new int[times];
            for (int i = 0; i < times; i++)
                statuses[i] = (int)(await client.PostAsync(Messages, Single(sim, body))).Status;
            return statuses;
        }
    }

    [Fact]
    public async Task Chance_follows_from_the_seed()
    {
        async Task<int[]> Run()
        {
            await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Seed = 5 });
            using var client = SimClient.Prolific(sim);
            sim.Faults.Add(new FaultRule { Probability = 0.5, Status = 500 });
            int[] statuses = new int[40];
            for (int i = 0; i < statuses.Length; i++)
                statuses[i] = (int)(await client.GetAsync("/api/v1/users/me/")).Status;
            return statuses;
        }

        int[] first = await Run();
        Assert.Equal(first, await Run());
        Assert.InRange(first.Count(s => s == 500), 8, 32);
    }

    [Fact]
    public async Task Spoilt_answers_are_spoilt_in_their_way()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Unread = 5 });
        using var client = SimClient.Prolific(sim);

        Answer cut = await With(FaultKind.TruncatedJson);
        Assert.ThrowsAny<JsonException>(() => cut.Json);
        Assert.Equal(JsonValueKind.Number, (await With(FaultKind.WrongTypes)).Results[0].GetProperty("id").ValueKind);
        Assert.Contains('\uFFFD', (await With(FaultKind.InvalidUtf8)).Text);
        Assert.Empty((await With(FaultKind.EmptyPage)).Results);
        Assert.StartsWith("{\"results\":[[[[[", (await With(FaultKind.DeepNesting)).Text, StringComparison.Ordinal);
        Assert.Contains(new string('9', 10_000), (await With(FaultKind.HugeNumbers)).Text, StringComparison.Ordinal);
        Answer redirect = await With(FaultKind.Redirect);
        Assert.Equal((HttpStatusCode.Found, true), (redirect.Status, redirect.Header("Location") is not null));
        Assert.Equal(5, (await client.GetAsync("/api/v1/messages/unread/")).Results.Length);

        Task<Answer> With(FaultKind kind)
        {
            sim.Faults.Add(new FaultRule { Kind = kind, Count = 1 });
            return client.GetAsync("/api/v1/messages/unread/");
        }
    }

    [Fact]
    public async Task Endless_bodies_and_bombs_go_on_as_long_as_the_client_reads()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        foreach (FaultKind kind in new[] { FaultKind.EndlessBody, FaultKind.GzipBomb })
        {
            sim.Faults.Add(new FaultRule { Kind = kind, Count = 1 });
            using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sim.BaseUri, "/api/v1/users/me/"));
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[1 << 16];
            long read = 0;
            while (read < 20_000_000)
            {
                int n = await stream.ReadAsync(buffer);
                Assert.NotEqual(0, n);
                read += n;
            }
        }
    }

    [Fact]
    public async Task A_dribbled_answer_is_whole_in_the_end()
    {
        var clock = new WaitingClock();
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock });
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Kind = FaultKind.Dribble, DelayMs = 0, Count = 1 });
        sim.Faults.Add(new FaultRule { Kind = FaultKind.Slow, DelayMs = 50, Count = 1 });
        Assert.Equal(sim.State.ResearcherId, (await client.GetAsync("/api/v1/users/me/")).Json.GetProperty("id").GetString());
        Task<Answer> slow = client.GetAsync("/api/v1/users/me/");
        Assert.Equal(TimeSpan.FromMilliseconds(50), await clock.NextWaitAsync());
        Assert.False(slow.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(HttpStatusCode.OK, (await slow).Status);
    }

    [Fact]
    public async Task Connections_are_refused_while_it_does_not_listen_and_the_port_and_state_come_back()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        Uri before = sim.BaseUri;
        await client.PostAsync(Messages, Single(sim));
        await sim.StopListeningAsync();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(Messages, Single(sim)));
        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);
        await sim.ListenAsync();
        Assert.Equal(before, sim.BaseUri);
        await client.PostAsync(Messages, Single(sim));
        Assert.Equal(2, sim.State.SentCount);
    }

    [Fact]
    public async Task Faults_are_managed_over_the_control_api()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        Answer added = await client.PostAsync("/_sim/faults",
            "{\"method\":\"POST\",\"pathPrefix\":\"/api/v1/messages/\",\"kind\":\"Status\",\"status\":429,\"retryAfterSeconds\":2,\"count\":1}");
        Assert.Equal(HttpStatusCode.Created, added.Status);
        Assert.Equal(429, (int)(await client.PostAsync(Messages, Single(sim))).Status);
        Assert.Equal(204, (int)(await client.PostAsync(Messages, Single(sim))).Status);
        JsonElement rule = Assert.Single((await client.GetAsync("/_sim/faults")).Json.EnumerateArray());
        Assert.Equal((2, 1), (rule.GetProperty("matched").GetInt32(), rule.GetProperty("struck").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/_sim/faults", "{\"kidn\":\"Reset\"}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await client.SendAsync(HttpMethod.Delete, "/_sim/faults/fault-1", null)).Status);
        Assert.Empty(sim.Faults.All);
    }

    [Fact]
    public async Task A_half_sent_request_disturbs_nobody()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(IPAddress.Loopback, sim.BaseUri.Port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /api/v1/messages/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"body\""));
        }

        Assert.Equal(204, (int)(await client.PostAsync(Messages, Single(sim))).Status);
        Assert.Equal(1, sim.State.SentCount);
    }
}
