using System.Net;
using System.Net.Http.Headers;

namespace ParticipantMessaging.Http;

/// <summary>
/// A JSON body that knows whether it has begun to leave. As long as it has not, the service cannot have acted on the
/// request; from then on it may have. It leaves once: a handler that tried to repeat it would fail here.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private readonly byte[] _utf8;
    private int _left;

    public RequestBody(byte[] utf8)
    {
        _utf8 = utf8;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public bool HasLeft => Volatile.Read(ref _left) != 0;

    protected override bool TryComputeLength(out long length)
    {
        length = _utf8.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _left, 1) != 0) throw new InvalidOperationException("A request body leaves only once.");
        await stream.WriteAsync(_utf8, cancellationToken).ConfigureAwait(false);
    }
}
