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

    // Those without a complete head, oldest first: the ones that go when there are too many.
    private readonly LinkedList<CancellationTokenSource> _waiting = new();
    private readonly HashSet<Task> _connections = [];
    private readonly object _gate = new();
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

    public int Port { get; private set; }

    public int OpenConnections
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

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

            client.NoDelay = true;
            Admit(client);
        }
    }

    private void Admit(Socket client)
    {
        CancellationTokenSource? evicted = null;
        lock (_gate)
        {
            if (_connections.Count >= _limits.MaxConnections)
            {
                if (_waiting.First is not { } oldest)
                {
                    client.Dispose();
                    return;
                }

                evicted = oldest.Value;
                _waiting.RemoveFirst();
            }

            var patience = new CancellationTokenSource();
            LinkedListNode<CancellationTokenSource> place = _waiting.AddLast(patience);
            var done = new TaskCompletionSource();
            _connections.Add(done.Task);
            _ = Task.Run(async () =>
            {
                try
                {
                    await ServeAsync(client, patience, place).ConfigureAwait(false);
                }
                finally
                {
                    lock (_gate) _connections.Remove(done.Task);
                    done.SetResult();
                }
            });
        }

        try
        {
            evicted?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had just come to its end.
        }
    }

    private async Task ServeAsync(Socket client, CancellationTokenSource patience, LinkedListNode<CancellationTokenSource> place)
    {
        using (patience)
        using (var connection = new ClientConnection(client, _limits, _budget))
        {
            Answer? answer;
            try
            {
                answer = await ReadAndHandleAsync(connection, patience, place).ConfigureAwait(false);
            }
            catch (BadRequestException error)
            {
                answer = new Answer(error.Status, error.Message);
            }
            catch (OperationCanceledException)
            {
                answer = connection.HasSent && !_stop.IsCancellationRequested ? new Answer(408, "The request took too long.") : null;
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                return;
            }

            if (answer is not null) await TryAnswerAsync(connection, answer).ConfigureAwait(false);
        }
    }

    private async Task<Answer?> ReadAndHandleAsync(ClientConnection connection, CancellationTokenSource patience, LinkedListNode<CancellationTokenSource> place)
    {
        RequestHead? head;
        try
        {
            using var headTime = new CancellationTokenSource(_limits.HeadTimeout, _time);
            using var until = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, patience.Token, headTime.Token);
            head = await connection.ReadHeadAsync(until.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (place.List is not null) _waiting.Remove(place);
            }
        }

        if (head is null) return null;
        using var requestTime = new CancellationTokenSource(_limits.RequestTimeout, _time);
        using var untilAnswer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, requestTime.Token);
        return await _handle(head, token => connection.ReadBodyAsync(head, token), untilAnswer.Token).ConfigureAwait(false);
    }

    private async Task TryAnswerAsync(ClientConnection connection, Answer answer)
    {
        // While stopping, an answer is still given, but nobody is waited for any longer.
        using var linger = new CancellationTokenSource(_stop.IsCancellationRequested ? TimeSpan.FromMilliseconds(200) : _limits.LingerTimeout, _time);
        try
        {
            await connection.AnswerAsync(answer, linger.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone, or sends without end.
        }
    }

    private static MessagingException CannotListen(ListenPrefix prefix, SocketException error) => new(
        MessagingErrorReason.InvalidRequest,
        error.SocketErrorCode == SocketError.AddressAlreadyInUse
            ? $"Another program already listens on {prefix.Host}:{prefix.Port}."
            : $"This program may not listen on {prefix.Host}:{prefix.Port} ({error.SocketErrorCode}).",
        "Choose another port in -Prefix.",
        error);
}
