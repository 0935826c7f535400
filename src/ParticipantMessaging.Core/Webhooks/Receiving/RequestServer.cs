using System.Net;
using System.Net.Sockets;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// A small HTTP/1.1 server for few, small, signed requests. It stands in for HttpListener, whose managed version (Linux,
/// macOS) puts no time limit on a head once its first byte has come, and no limit on connections: clients that never finish
/// their headers would be held for ever. Kestrel is not part of PowerShell's runtime.
/// </summary>
internal sealed class RequestServer : IAsyncDisposable
{
    private readonly RequestLimits _limits;
    private readonly Func<RequestHead, Func<CancellationToken, Task<byte[]>>, CancellationToken, Task<Answer>> _handle;
    private readonly TimeProvider _time;
    private readonly ByteBudget _budget;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _accepting = [];

    // Those whose request is not here in full, oldest first: they hold a place only as long as nobody needs it.
    private readonly LinkedList<Client> _waiting = new();
    private readonly HashSet<Task> _connections = [];
    private readonly object _gate = new();
    private int _places;
    private volatile bool _stoppedAccepting;

    public RequestServer(
        RequestLimits limits,
        Func<RequestHead, Func<CancellationToken, Task<byte[]>>, CancellationToken, Task<Answer>> handle,
        TimeProvider time)
    {
        _limits = limits;
        _handle = handle;
        _time = time;
        _budget = new ByteBudget(limits.MaxHeldBytes);
    }

    /// <summary>What is set on each connection. It can fail when the client is gone already; then only that connection is lost.</summary>
    internal Action<Socket> Prepare { get; init; } = static socket => socket.NoDelay = true;

    public int Port { get; private set; }

    public int OpenConnections
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    /// <summary>Bytes of bodies that are held now, all connections together.</summary>
    public long HeldBytes => _budget.Taken;

    public void Start(ListenPrefix prefix)
    {
        Port = prefix.Port;
        foreach (IPAddress address in prefix.Addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;

                // On Windows another program could otherwise take the same port and get the events.
                if (OperatingSystem.IsWindows()) socket.ExclusiveAddressUse = true;
                socket.Bind(new IPEndPoint(address, Port));
                socket.Listen(512);
            }
            catch (SocketException error)
            {
                socket.Dispose();
                if (_sockets.Count > 0) continue;
                throw CannotListen(prefix, error);
            }

            Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            _sockets.Add(socket);
        }

        foreach (Socket socket in _sockets) _accepting.Add(Task.Run(() => AcceptAsync(socket)));
    }

    /// <summary>Takes no further connections; those that are open go on.</summary>
    public void StopAccepting()
    {
        _stoppedAccepting = true;
        foreach (Socket socket in _sockets) socket.Dispose();
    }

    /// <summary>Waits until all connections have ended, but not for long.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        Task[] open;
        lock (_gate) open = [.. _connections];
        await Task.WhenAny(Task.WhenAll(open), Task.Delay(limit)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        Task[] open;
        lock (_gate) open = [.. _connections];
        await Task.WhenAll(open).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                if (_stoppedAccepting) return;

                // A client that was gone before it was taken, or no free handle: the next one may do better a little later.
                await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
                continue;
            }

            Admit(client);
        }
    }

    private void Admit(Socket socket)
    {
        Client? evicted = null;
        lock (_gate)
        {
            if (_places >= _limits.MaxConnections)
            {
                evicted = _waiting.First?.Value;
                if (evicted is null)
                {
                    // Each place is held by a request that is being worked on.
                    socket.Dispose();
                    return;
                }

                TakePlace(evicted);
            }

            var client = new Client(socket);
            client.Place = _waiting.AddLast(client);
            _places++;
            _connections.Add(client.Ended.Task);
            _ = Task.Run(() => ServeToEndAsync(client));
        }

        evicted?.Evict();
    }

    /// <summary>Ends the oldest waiting connection that holds part of a body, for one that needs the memory.</summary>
    /// <returns>A task that ends when the memory is free; null when nobody else holds any.</returns>
    private Task? MakeRoom(ClientConnection needy)
    {
        Client? holder;
        lock (_gate)
        {
            holder = _waiting.FirstOrDefault(client => client.Connection is { Held: > 0 } connection && connection != needy);
            if (holder is null) return null;
            TakePlace(holder);
        }

        holder.Evict();
        return holder.Ended.Task;
    }

    private void TakePlace(Client client)
    {
        if (client.Place is { List: not null } place) _waiting.Remove(place);
        client.Place = null;
        if (!client.HasPlace) return;
        client.HasPlace = false;
        _places--;
    }

    private async Task ServeToEndAsync(Client client)
    {
        try
        {
            await ServeAsync(client).ConfigureAwait(false);
        }
        finally
        {
            client.Dispose();
            lock (_gate)
            {
                TakePlace(client);
                _connections.Remove(client.Ended.Task);
            }

            client.Ended.SetResult();
        }
    }

    private async Task ServeAsync(Client client)
    {
        try
        {
            Prepare(client.Socket);
            client.Connection = new ClientConnection(client.Socket, _limits, _budget, MakeRoom);
            Answer? answer;
            try
            {
                answer = await ReadAndHandleAsync(client, client.Connection).ConfigureAwait(false);
            }
            catch (BadRequestException error)
            {
                answer = new Answer(error.Status, error.Message);
            }
            catch (OperationCanceledException)
            {
                if (!client.Connection.HasSent || _stop.IsCancellationRequested) return;
                answer = client.Patience.IsCancellationRequested ? new Answer(503, "There are too many requests at once.") : new Answer(408, "The request took too long.");
            }

            if (answer is not null) await AnswerAsync(client, client.Connection, answer).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone, or sends without end.
        }
    }

    private async Task<Answer?> ReadAndHandleAsync(Client client, ClientConnection connection)
    {
        RequestHead? head;
        using (var headTime = new CancellationTokenSource(_limits.HeadTimeout, _time))
        using (var until = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, client.Patience.Token, headTime.Token))
        {
            head = await connection.ReadHeadAsync(until.Token).ConfigureAwait(false);
        }

        if (head is null) return null;
        using var requestTime = new CancellationTokenSource(_limits.RequestTimeout, _time);
        using var untilAnswer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, requestTime.Token);
        return await _handle(head, token => ReadBodyAsync(client, connection, head, token), untilAnswer.Token).ConfigureAwait(false);
    }

    private async Task<byte[]> ReadBodyAsync(Client client, ClientConnection connection, RequestHead head, CancellationToken cancellationToken)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, client.Patience.Token);
        byte[] body = await connection.ReadBodyAsync(head, until.Token).ConfigureAwait(false);

        // Only now is there something to work on, and the place is its own.
        lock (_gate)
        {
            if (client.Place is { List: not null } place) _waiting.Remove(place);
            client.Place = null;
        }

        return body;
    }

    private async Task AnswerAsync(Client client, ClientConnection connection, Answer answer)
    {
        // While stopping, an answer is still given, but nobody is waited for any longer; so it is for one that lost its place.
        bool isHurried = _stop.IsCancellationRequested || client.Patience.IsCancellationRequested;
        using var time = new CancellationTokenSource(isHurried ? TimeSpan.FromMilliseconds(200) : _limits.LingerTimeout, _time);
        if (isHurried)
        {
            await connection.AnswerAsync(answer, isLast: true, time.Token).ConfigureAwait(false);
            return;
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(time.Token, client.Patience.Token);
        await connection.AnswerAsync(answer, isLast: false, until.Token).ConfigureAwait(false);
    }

    private static MessagingException CannotListen(ListenPrefix prefix, SocketException error) => new(
        MessagingErrorReason.InvalidRequest,
        error.SocketErrorCode == SocketError.AddressAlreadyInUse
            ? $"Another program already listens on {prefix.Host}:{prefix.Port}."
            : $"This program may not listen on {prefix.Host}:{prefix.Port} ({error.SocketErrorCode}).",
        $"Choose another port in {Wording.Option("Prefix")}.",
        error);

    /// <summary>A connection and its place.</summary>
    private sealed class Client(Socket socket) : IDisposable
    {
        public Socket Socket { get; } = socket;

        /// <summary>Cancelled when somebody else needs its place.</summary>
        public CancellationTokenSource Patience { get; } = new();

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ClientConnection? Connection { get; set; }

        /// <summary>Where it stands in the row; null as soon as its request is here in full, or it was told to go.</summary>
        public LinkedListNode<Client>? Place { get; set; }

        public bool HasPlace { get; set; } = true;

        public void Evict()
        {
            try
            {
                Patience.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It had just come to its end.
            }
        }

        public void Dispose()
        {
            Connection?.Dispose();
            Socket.Dispose();
            Patience.Dispose();
        }
    }
}

/// <summary>What one client, and all together, may take.</summary>
internal sealed record RequestLimits
{
    public int MaxBodyBytes { get; init; } = 1 << 20;

    public int MaxHeadBytes { get; init; } = 32 * 1024;

    public int MaxHeaders { get; init; } = 100;

    /// <summary>Open connections; when there are more, those go first that have waited longest without sending their request in full.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Bytes of bodies held at any time, all connections together; when there are more, unfinished bodies go first, the oldest before others.</summary>
    public long MaxHeldBytes { get; init; } = 64L << 20;

    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the complete head to the answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answered client may go on sending what nobody reads, so that it gets to see the answer.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
