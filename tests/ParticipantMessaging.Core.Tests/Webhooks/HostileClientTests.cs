using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

public class HostileClientTests
{
    [Fact]
    public async Task Silent_connections_do_not_block_others_and_are_closed_in_time()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = ReceiverFixture.Start(time: clock);
        using var crowd = new Crowd(fixture.Receiver.Uri);
        for (int i = 0; i < 200; i++) await crowd.AddAsync(i % 2 == 0 ? "" : "POST /hooks/ HTTP/1.1\r\nHost: x\r\nX-A: ");
        await TestWait.UntilAsync(() => fixture.Receiver.OpenConnections >= 200);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));

        clock.Advance(TimeSpan.FromSeconds(11));
        await TestWait.UntilAsync(() => { clock.Advance(TimeSpan.FromSeconds(1)); return fixture.Receiver.OpenConnections == 0; });
        Assert.Equal("", await crowd.ReadAsync(0));
        Assert.StartsWith("HTTP/1.1 408", await crowd.ReadAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_there_are_too_many_the_longest_silent_ones_go_first()
    {
        await using var fixture = ReceiverFixture.Start(maxConnections: 20);
        using var crowd = new Crowd(fixture.Receiver.Uri);
        for (int i = 0; i < 60; i++) await crowd.AddAsync("");
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("2"));
        Assert.Equal("", await crowd.ReadAsync(0));
        Assert.InRange(fixture.Receiver.OpenConnections, 0, 60);
    }

    [Fact]
    public async Task A_thousand_clients_with_headers_and_no_body_hold_up_no_genuine_event()
    {
        // On a clock that stands still none of them ever runs out of time.
        await using var fixture = ReceiverFixture.Start(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var crowd = new Crowd(fixture.Receiver.Uri);
        for (int i = 0; i < 1000; i++) await crowd.AddAsync(Head("Expect: 100-continue\r\nContent-Length: 1000").Replace("localhost", "forged", StringComparison.Ordinal));
        for (int i = 0; i < 1000; i++) await crowd.ReadContinueAsync(i);
        Assert.Equal(1000, fixture.Receiver.OpenConnections);

        for (int i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync($"{i}"));
        Assert.Equal(5, fixture.Taken.Count);
        Assert.StartsWith("HTTP/1.1 503", await crowd.ReadAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answered_clients_that_do_not_go_hold_no_place_either()
    {
        await using var fixture = ReceiverFixture.Start(maxConnections: 50, time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var crowd = new Crowd(fixture.Receiver.Uri);
        for (int i = 0; i < 50; i++) await crowd.AddAsync("POST /hooks/ HTTP/1.1\r\nContent-Length: 1000\r\n\r\n");
        await TestWait.UntilAsync(() => fixture.Receiver.Refused == 50);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.StartsWith("HTTP/1.1 401", await crowd.ReadAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unfinished_bodies_hold_no_memory_that_another_needs()
    {
        var limits = new RequestLimits { MaxHeldBytes = 30_000 };
        await using var server = new RequestServer(
            limits,
            async (_, read, token) => new Answer(200, (await read(token)).Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new FakeTimeProvider(DateTimeOffset.UtcNow));
        var prefix = ListenPrefix.Parse("http://127.0.0.1:0/", allowRemote: false);
        server.Start(prefix);
        using var crowd = new Crowd(new Uri($"http://127.0.0.1:{server.Port}/"));
        for (int i = 0; i < 3; i++) await crowd.AddAsync("POST / HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + new string('x', 9_000));
        await TestWait.UntilAsync(() => server.HeldBytes == 27_000);

        await crowd.AddAsync("POST / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n" + new string('x', 10_000));
        Assert.EndsWith("10000", await crowd.ReadAsync(3), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 503", await crowd.ReadAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_set_up_costs_nothing_but_itself()
    {
        // As setting an option of a socket fails on some systems when the client is gone already.
        int clients = 0;
        await using var server = new RequestServer(new RequestLimits(), (_, _, _) => Task.FromResult(new Answer(200, "")), TimeProvider.System)
        {
            Prepare = _ =>
            {
                if (Interlocked.Increment(ref clients) <= 3) throw new SocketException((int)SocketError.InvalidArgument);
            },
        };
        server.Start(ListenPrefix.Parse("http://127.0.0.1:0/", allowRemote: false));
        using var crowd = new Crowd(new Uri($"http://127.0.0.1:{server.Port}/"));
        for (int i = 0; i < 4; i++) await crowd.AddAsync("GET / HTTP/1.1\r\n\r\n");
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(crowd.ReadAsync));
        Assert.Equal(3, answers.Count(static answer => answer.Length == 0));
        Assert.Single(answers, static answer => answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
        await TestWait.UntilAsync(() => server.OpenConnections == 0);
    }

    [Fact]
    public async Task A_slow_body_ends_with_its_own_time_and_holds_up_nobody()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = ReceiverFixture.Start(time: clock);
        using var crowd = new Crowd(fixture.Receiver.Uri);
        for (int i = 0; i < 50; i++)
        {
            await crowd.AddAsync(Head("Expect: 100-continue\r\nContent-Length: 1000"));
            await crowd.ReadContinueAsync(i);
            await crowd.WriteAsync(i, "{");
        }

        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        await TestWait.UntilAsync(() => { clock.Advance(TimeSpan.FromSeconds(1)); return fixture.Receiver.OpenConnections == 0; });
        Assert.StartsWith("HTTP/1.1 408", await crowd.ReadAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_floods_are_cut_off()
    {
        // However long the flood takes to come, the answer stays until it is read.
        await using var fixture = ReceiverFixture.Start(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var crowd = new Crowd(fixture.Receiver.Uri);
        await crowd.AddAsync("POST /hooks/ HTTP/1.1\r\nX-A: " + new string('a', 100_000));
        await crowd.AddAsync("POST /hooks/ HTTP/1.1\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: b\r\n")) + "\r\n");
        Assert.StartsWith("HTTP/1.1 431", await crowd.ReadAsync(0), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431", await crowd.ReadAsync(1), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
    }

    [Fact]
    public async Task Bodies_of_all_together_are_bounded()
    {
        var budget = new ByteBudget(10);
        Assert.True(budget.TryTake(6));
        Assert.False(budget.TryTake(5));
        Assert.True(budget.TryTake(4));
        budget.Return(10);
        Assert.True(budget.TryTake(10));
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("GET\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/2.0\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nno colon\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nX-A : b\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nX-A: b\r\n folded\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nX-A: a\nX-B: b\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST /hooks/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)]
    [InlineData("SIGNED Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [InlineData("SIGNED Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400)]
    [InlineData("SIGNED Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", 400)]
    [InlineData("SIGNED Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n", 408)]
    [InlineData("SIGNED Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400)]
    public async Task Malformed_requests_are_refused(string raw, int status)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = ReceiverFixture.Start(time: clock);
        using var crowd = new Crowd(fixture.Receiver.Uri);
        await crowd.AddAsync(raw.StartsWith("SIGNED ", StringComparison.Ordinal) ? Head("") + raw[7..] : raw, keepHead: true);
        // The clock is not moved before it waits for the body.
        if (status == 408) await crowd.ReadContinueAsync(0);
        Task<string> answer = crowd.ReadAsync(0);
        while (!answer.IsCompleted)
        {
            if (status == 408) clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(answer, Task.Delay(20));
        }

        Assert.StartsWith($"HTTP/1.1 {status} ", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_off_requests_emit_nothing()
    {
        await using var fixture = ReceiverFixture.Start();
        string whole = Head("Content-Length: 19") + "{\"event_type\": \"x\"}";
        for (int length = 1; length < whole.Length; length += 7)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, fixture.Receiver.Uri.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(whole[..length]));
            if (length % 2 == 0) client.Client.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("whole"));
        await TestWait.UntilAsync(() => fixture.Receiver.OpenConnections == 0);
        Assert.Single(fixture.Taken);
    }

    private static string Head(string last)
    {
        string timestamp = ReceiverFixture.Now();
        string signature = WebhookSignature.Compute(ReceiverFixture.Key, timestamp, "{\"event_type\": \"x\"}"u8);
        string end = last.Length == 0 ? "" : last + "\r\n\r\n";
        return $"POST /hooks/ HTTP/1.1\r\nHost: localhost\r\nX-Event-ID: raw\r\n{WebhookHeaderNames.RequestTimestamp}: {timestamp}\r\n{WebhookHeaderNames.Signature}: {signature}\r\n{end}";
    }

    private sealed class Crowd(Uri uri) : IDisposable
    {
        private readonly List<TcpClient> _clients = [];

        public async Task AddAsync(string text, bool keepHead = false)
        {
            var client = new TcpClient();
            _clients.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, uri.Port);
            if (text.Length > 0 || keepHead) await WriteAsync(_clients.Count - 1, text);
        }

        public async Task WriteAsync(int index, string text)
        {
            try
            {
                await _clients[index].GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
            }
            catch (IOException)
            {
                // The receiver had heard enough.
            }
        }

        /// <summary>Waits until the receiver has read the head and asks for the body.</summary>
        public async Task ReadContinueAsync(int index)
        {
            byte[] answer = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
            using var hang = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await _clients[index].GetStream().ReadExactlyAsync(answer, hang.Token);
            Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(answer));
        }

        /// <summary>All that comes until the receiver closes.</summary>
        public async Task<string> ReadAsync(int index)
        {
            var text = new StringBuilder();
            byte[] buffer = new byte[1024];
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            try
            {
                for (int count; (count = await _clients[index].GetStream().ReadAsync(buffer, limit.Token)) > 0;) text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
            catch (IOException)
            {
                // Closed the hard way, which is allowed.
            }

            return text.ToString();
        }

        public void Dispose() => _clients.ForEach(client => client.Dispose());
    }
}
