using System.Buffers;
using System.Net.Http.Headers;

namespace ParticipantMessaging.Http;

/// <summary>A good answer (2xx), read to its end. Its buffer is pooled: nothing may point into it after Dispose.</summary>
internal sealed class ServiceResponse : IDisposable
{
    private byte[]? _buffer;
    private readonly int _length;

    public ServiceResponse(int status, HttpResponseHeaders headers, byte[] buffer, int length, DateTimeOffset answeredAt, int attempts)
    {
        Status = status;
        Headers = headers;
        _buffer = buffer;
        _length = length;
        AnsweredAt = answeredAt;
        Attempts = attempts;
    }

    public int Status { get; }

    public HttpResponseHeaders Headers { get; }

    public DateTimeOffset AnsweredAt { get; }

    public int Attempts { get; }

    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _buffer is null ? 0 : _length);

    public void Dispose()
    {
        byte[]? buffer = Interlocked.Exchange(ref _buffer, null);
        if (buffer is { Length: > 0 }) ArrayPool<byte>.Shared.Return(buffer);
    }
}
