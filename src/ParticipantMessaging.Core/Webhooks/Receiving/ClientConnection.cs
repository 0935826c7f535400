using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>One connection, one request, one answer. Everything that is read is bounded.</summary>
internal sealed class ClientConnection : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly RequestLimits _limits;
    private readonly ByteBudget _budget;
    private readonly Func<ClientConnection, Task?> _makeRoom;
    private readonly byte[] _buffer;
    private int _start;
    private int _end;
    private long _held;
    private bool _hasRead;
    private bool _bodyIsRead;

    public ClientConnection(Socket socket, RequestLimits limits, ByteBudget budget, Func<ClientConnection, Task?> makeRoom)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _limits = limits;
        _budget = budget;
        _makeRoom = makeRoom;
        _buffer = ArrayPool<byte>.Shared.Rent(4096);
    }

    /// <summary>Bytes of its body that are held.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Whether the client has sent anything, read by now or not.</summary>
    public bool HasSent => _hasRead || _stream.Socket.Available > 0;

    /// <summary>Reads request line and headers; null when the client closed without sending a request.</summary>
    public async Task<RequestHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        // Grows only with what arrives: hundreds of silent clients cost hundreds of small buffers.
        var head = new MemoryStream();
        int searchFrom = 0;
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return head.Length == 0 ? null : throw new BadRequestException(400, "The request ended in its headers.");
            }

            head.Write(_buffer, _start, _end - _start);
            ReadOnlySpan<byte> all = head.GetBuffer().AsSpan(0, (int)head.Length);
            int found = all[searchFrom..].IndexOf("\r\n\r\n"u8);
            if (found >= 0)
            {
                int length = searchFrom + found;
                if (length > _limits.MaxHeadBytes) throw new BadRequestException(431, "The headers are too large.");

                // What comes after the head stays in the buffer for the body.
                _start = _end - (all.Length - length - 4);
                return RequestHead.Parse(all[..length], _limits.MaxHeaders);
            }

            if (all.Length > _limits.MaxHeadBytes) throw new BadRequestException(431, "The headers are too large.");
            searchFrom = Math.Max(0, all.Length - 3);
            _start = _end;
        }
    }

    /// <summary>Reads the body; more than allowed is a 413, without a byte more than that having been kept.</summary>
    public async Task<byte[]> ReadBodyAsync(RequestHead head, CancellationToken cancellationToken)
    {
        if (head.ContentLength > _limits.MaxBodyBytes) throw TooLarge();
        if (head.HasBody && head.ExpectsContinue)
        {
            await _stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        using var body = new MemoryStream();
        if (head.IsChunked)
        {
            await ReadChunksAsync(body, cancellationToken).ConfigureAwait(false);
        }
        else if (head.ContentLength is { } length)
        {
            await CopyAsync(body, length, cancellationToken).ConfigureAwait(false);
        }

        _bodyIsRead = true;
        return body.ToArray();
    }

    /// <summary>Answers; unless that is the last thing, lets a client that is still sending come to an end, since it would not see the answer otherwise.</summary>
    public async Task AnswerAsync(Answer answer, bool isLast, CancellationToken cancellationToken)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {answer.Status} {answer.Phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer.Text)}\r\n{(answer.Status == 405 ? "Allow: POST\r\n" : "")}Connection: close\r\n\r\n");
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(head + answer.Text), cancellationToken).ConfigureAwait(false);
        _stream.Socket.Shutdown(SocketShutdown.Send);
        if (_bodyIsRead || isLast) return;
        do
        {
            _start = _end = 0;
        }
        while (await FillAsync(cancellationToken).ConfigureAwait(false));
    }

    public void Dispose()
    {
        _budget.Return(Interlocked.Exchange(ref _held, 0));
        _stream.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private static BadRequestException TooLarge() => new(413, "The body is too large.");

    private async Task ReadChunksAsync(MemoryStream body, CancellationToken cancellationToken)
    {
        while (true)
        {
            string line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
            int extension = line.IndexOf(';', StringComparison.Ordinal);
            string size = (extension < 0 ? line : line[..extension]).Trim();
            if (!int.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int length) || length < 0 || size.Length > 8)
            {
                throw new BadRequestException(400, "A chunk is malformed.");
            }

            if (length == 0) break;
            await CopyAsync(body, length, cancellationToken).ConfigureAwait(false);
            if ((await ReadLineAsync(cancellationToken).ConfigureAwait(false)).Length > 0) throw new BadRequestException(400, "A chunk is malformed.");
        }

        for (int trailers = 0; (await ReadLineAsync(cancellationToken).ConfigureAwait(false)).Length > 0; trailers++)
        {
            if (trailers >= _limits.MaxHeaders) throw new BadRequestException(431, "There are too many headers.");
        }
    }

    private async Task CopyAsync(MemoryStream body, long length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false)) throw new BadRequestException(400, "The request ended in its body.");
            int count = (int)Math.Min(length, _end - _start);
            if (body.Length + count > _limits.MaxBodyBytes) throw TooLarge();
            while (!_budget.TryTake(count))
            {
                if (_makeRoom(this) is not { } room) throw new BadRequestException(503, "There are too many requests at once.");
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            Interlocked.Add(ref _held, count);
            body.Write(_buffer, _start, count);
            _start += count;
            length -= count;
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false)) throw new BadRequestException(400, "The request ended in its body.");
            char c = (char)_buffer[_start++];
            if (c == '\n') break;
            if (line.Length >= 1024) throw new BadRequestException(400, "A chunk is malformed.");
            line.Append(c);
        }

        if (line.Length == 0 || line[^1] != '\r') throw new BadRequestException(400, "A chunk is malformed.");
        return line.ToString(0, line.Length - 1);
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = 0;
        _end = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        _hasRead |= _end > 0;
        return _end > 0;
    }
}

/// <summary>What a client is answered.</summary>
internal sealed record Answer(int Status, string Text)
{
    public string Phrase => Status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Error",
    };
}

/// <summary>Bytes that may be held by all connections together.</summary>
internal sealed class ByteBudget(long limit)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref _taken, count) <= limit) return true;
        Interlocked.Add(ref _taken, -count);
        return false;
    }

    public void Return(long count) => Interlocked.Add(ref _taken, -count);
}
