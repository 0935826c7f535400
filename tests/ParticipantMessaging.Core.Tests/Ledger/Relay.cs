using System.Net;
using System.Net.Sockets;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>Stands between a client and a server on loopback. It can cut its clients off without the server's knowing, and let new ones wait.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _clients = [];
    private readonly List<Socket> _servers = [];
    private readonly int _to;
    private readonly Task _loop;
    private readonly TaskCompletionSource _hasHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Socket Server, byte[] Bytes)> _held = [];
    private TaskCompletionSource _open = new();
    private volatile bool _holds;

    public Relay(int to)
    {
        _to = to;
        _open.SetResult();
        _listener.Start();
        _loop = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cuts off all clients; the server goes on with what it was asked for.</summary>
    /// <param name="letWait">Whether new ones wait for <see cref="Admit"/>.</param>
    public void Cut(bool letWait)
    {
        if (letWait)
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_clients)
        {
            _clients.ForEach(static client => client.Close(0));
            _clients.Clear();
        }
    }

    public void Admit() => _open.TrySetResult();

    /// <summary>Keeps back what clients send from now on; completes when there is something.</summary>
    public Task HoldAsync()
    {
        _holds = true;
        return _hasHeld.Task;
    }

    /// <summary>What clients send from now on goes through; what was kept back does not yet.</summary>
    public void LetThrough() => _holds = false;

    /// <summary>What was kept back reaches the server, whatever has become of those who sent it.</summary>
    /// <param name="allBut">So many bytes at the end are kept back further.</param>
    public async Task DeliverAsync(int allBut = 0)
    {
        for (int i = 0; i < _held.Count; i++)
        {
            (Socket server, byte[] bytes) = _held[i];
            int now = i == _held.Count - 1 ? bytes.Length - allBut : bytes.Length;
            await server.SendAsync(bytes.AsMemory(0, now));
            _held[i] = (server, bytes[now..]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _loop;
        Cut(letWait: false);
        lock (_clients)
            _servers.ForEach(static server => server.Dispose());
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_end.Token);
                await _open.Task.WaitAsync(_end.Token);
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(IPAddress.Loopback, _to, _end.Token);
                lock (_clients)
                {
                    _clients.Add(client);
                    _servers.Add(server);
                }

                _ = PumpAsync(client, server, toServer: true);
                _ = PumpAsync(server, client, toServer: false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool toServer)
    {
        try
        {
            byte[] buffer = new byte[65_536];
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and int count)
            {
                if (!toServer || !_holds)
                {
                    await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
                    continue;
                }

                lock (_clients)
                    _held.Add((to, buffer[..count]));
                _hasHeld.TrySetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of the two is gone; the other is not told.
        }
    }
}
