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

    /// <summary>When the try that was answered began, by our clock; whatever was waited for before is over by then.</summary>
    public DateTimeOffset AskedAt { get; init; }

    public DateTimeOffset AnsweredAt { get; }

    /// <summary>The service's own time when it answered (its <c>Date</c> header, whole seconds); null when it does not say.</summary>
    public DateTimeOffset? ServiceTime => Headers.Date;

    public int Attempts { get; }

    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _buffer is null ? 0 : _length);

    public void Dispose()
    {
        byte[]? buffer = Interlocked.Exchange(ref _buffer, null);
        if (buffer is { Length: > 0 }) ArrayPool<byte>.Shared.Return(buffer);
    }
}

/// <summary>Reads a body into a pooled buffer, up to a limit that also holds for what decompression makes of it.</summary>
internal static class BoundedBody
{
    /// <summary>Reads to the end or the limit.</summary>
    /// <returns>The buffer (to be returned to the pool; empty when there was nothing), its length, and whether it was cut.</returns>
    public static async Task<(byte[] Buffer, int Length, bool Cut)> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        long? announced = content.Headers.ContentLength;
        if (announced == 0) return ([], 0, false);

        // One byte more than the limit tells "just full" from "too much".
        int first = (int)Math.Min(announced is > 0 ? announced.Value + 1 : 16 * 1024, (long)limit + 1);
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(first);
        int length = 0;
        try
        {
            while (true)
            {
                if (length > limit) return (buffer, limit, true);
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)buffer.Length * 2, (long)limit + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                int read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0) return (buffer, length, false);
                length += read;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }
}

/// <summary>A send that the service has taken.</summary>
/// <param name="HttpStatus">Status of the answer: 204 from Prolific, 200 from Open Humans.</param>
/// <param name="Attempts">How many times the call was tried.</param>
/// <param name="AnsweredAt">When the answer came, by our clock.</param>
/// <param name="ServiceTime">When it was given, by the service's own clock (its <c>Date</c> header, whole seconds); null when it does not say.</param>
public sealed record SendResponse(int HttpStatus, int Attempts, DateTimeOffset AnsweredAt, DateTimeOffset? ServiceTime = null);
