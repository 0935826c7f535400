using System.Net;
using System.Net.Sockets;
using System.Text;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>The real handler against a real socket: what is known when a connection breaks.</summary>
public sealed class WireTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _received = [];
    private Socket? _open;
    private int _connections;

    public WireTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _open?.Dispose();
    }

    private ProlificClient Client => new(new ServiceConnection(MessagingProvider.Prolific, new AccessToken("sekret"), new Uri($"http://{_listener.LocalEndpoint}")));

    [Fact]
    public async Task A_send_that_was_read_and_then_reset_is_unknown_and_arrives_once()
    {
        Task server = ServeAsync(null, null);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown, 1), (error.Reason, error.Effect, error.Attempts));
        Assert.Single(_received);
        await StopAsync(server);
    }

    [Fact]
    public async Task A_send_on_a_kept_connection_that_is_reset_is_not_repeated_by_the_handler()
    {
        Task server = ServeAsync("HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", null);
        ProlificClient client = Client;

        await client.SendMessageAsync("p1", "one", "s1");
        await client.SendMessageAsync("p1", "two", "s1");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => client.SendMessageAsync("p1", "three", "s1"));

        Assert.Equal(CallEffect.Unknown, error.Effect);
        Assert.Equal(3, _received.Count);
        Assert.Single(_received, r => r.Contains("three", StringComparison.Ordinal));
        Assert.Equal(2, _connections);
        await StopAsync(server);
    }

    [Theory]
    [InlineData("1.0", 4)]
    [InlineData("1.1", 2)]
    public async Task A_connection_is_used_again_once_the_host_has_shown_that_it_keeps_them(string version, int connections)
    {
        // A server of HTTP/1.0 is about to close: a send that met that could not be told from one that was read.
        string answer = $"HTTP/{version} 204 No Content\r\n\r\n";
        Task server = ServeAsync(answer, answer, answer, answer);
        ProlificClient client = Client;

        for (int i = 0; i < 4; i++) await client.SendMessageAsync("p1", "Hello", "s1");

        Assert.Equal(connections, _connections);
        Assert.Equal(4, _received.Count);
        await StopAsync(server);
    }

    [Fact]
    public async Task A_send_to_a_port_where_nobody_listens_had_no_effect()
    {
        using var closed = new ClosedPort();
        var client = new ProlificClient(new ServiceConnection(MessagingProvider.Prolific, new AccessToken("sekret"), closed.Uri));
        using var stop = new CancellationTokenSource();
        int waits = 0;
        client.OnWait = _ =>
        {
            if (++waits == 2) stop.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendMessageAsync("p1", "Hello", "s1", null, null, stop.Token));

        Assert.Equal(2, waits);
    }

    [Fact]
    public async Task Requests_carry_the_token_in_their_own_header_and_an_own_user_agent()
    {
        Task server = ServeAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"x\"}");

        await Client.GetMeAsync();

        Assert.Contains("Authorization: Token sekret\r\n", _received[0], StringComparison.Ordinal);
        Assert.Contains("User-Agent: ParticipantMessaging/", _received[0], StringComparison.Ordinal);
        await StopAsync(server);
    }

    [Fact]
    public async Task A_redirect_is_an_error_and_is_not_followed()
    {
        Task server = ServeAsync($"HTTP/1.1 302 Found\r\nLocation: http://{_listener.LocalEndpoint}/elsewhere\r\nContent-Length: 0\r\n\r\n");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());

        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Single(_received);
        await StopAsync(server);
    }

    [Fact]
    public async Task An_answer_that_unpacks_to_more_than_the_limit_is_refused()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] zeros = new byte[1024 * 1024];
            for (int i = 0; i < 65; i++) gzip.Write(zeros);
        }

        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n");
        Task server = ServeBytesAsync([.. head, .. packed.ToArray()]);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());

        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
        await StopAsync(server);
    }

    private async Task StopAsync(Task server)
    {
        // The client keeps its connection: it is closed from here.
        Dispose();
        await server;
    }

    private Task ServeAsync(params string?[] answers) => ServeBytesAsync([.. answers.Select(a => a is null ? null : Encoding.ASCII.GetBytes(a))]);

    /// <summary>Reads a request, gives the next answer; null resets the connection.</summary>
    private async Task ServeBytesAsync(params byte[]?[] answers)
    {
        int next = 0;
        try
        {
            while (true)
            {
                using Socket socket = await _listener.AcceptSocketAsync();
                _open = socket;
                _connections++;
                while (await ReadRequestAsync(socket))
                {
                    byte[]? answer = next < answers.Length ? answers[next++] : null;
                    if (answer is null)
                    {
                        socket.LingerState = new LingerOption(true, 0);
                        break;
                    }

                    await socket.SendAsync(answer);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was stopped: the test is over.
        }
    }

    private async Task<bool> ReadRequestAsync(Socket socket)
    {
        var request = new StringBuilder();
        byte[] buffer = new byte[8192];
        while (true)
        {
            int read = await socket.ReceiveAsync(buffer);
            if (read == 0) return false;
            request.Append(Encoding.UTF8.GetString(buffer, 0, read));
            string text = request.ToString();
            int head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            int length = 0;
            foreach (string line in text[..head].Split("\r\n"))
            {
                if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture);
            }

            if (text.Length < head + 4 + length) continue;
            _received.Add(text);
            return true;
        }
    }
}
