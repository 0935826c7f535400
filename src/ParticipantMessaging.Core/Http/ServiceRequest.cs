using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;

namespace ParticipantMessaging.Http;

/// <summary>One call, before it is made.</summary>
internal sealed record ServiceRequest
{
    [SetsRequiredMembers]
    public ServiceRequest(HttpMethod method, string path, CallKind kind = CallKind.Read)
    {
        Method = method;
        Path = path;
        Kind = kind;
    }

    public required HttpMethod Method { get; init; }

    /// <summary>Path from the host root, its variable parts escaped.</summary>
    public required string Path { get; init; }

    public required CallKind Kind { get; init; }

    /// <summary>Query without the question mark and without the token; null when there is none.</summary>
    public string? Query { get; init; }

    /// <summary>JSON body; null when there is none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The token goes into the query instead of the header (Open Humans' members listing needs that).</summary>
    public bool TokenInQuery { get; init; }

    /// <summary>The feature may be switched off at the service, so a 404 has three possible causes.</summary>
    public bool MayBeSwitchedOff { get; init; }

    /// <summary>A read that a send depends on: tried as often as a send is.</summary>
    public bool IsPatient { get; init; }

    /// <summary>What is asked before each try; null for nothing.</summary>
    public SendGuard? Guard { get; init; }

    /// <summary>Method and path, fit for messages.</summary>
    public string Display => $"{Method.Method} {Path}";
}

/// <summary>What a send asks before each of its tries.</summary>
/// <param name="BeforeTry">Awaited after whatever had to be waited for; what it throws ends the call before it leaves.</param>
/// <param name="NoFurtherTry">Once it is cancelled, waits end, no try begins, and a request of which nothing has left yet does not leave any more.</param>
public sealed record SendGuard(Func<CancellationToken, Task> BeforeTry, CancellationToken NoFurtherTry = default);

/// <summary>How a call may be repeated.</summary>
internal enum CallKind
{
    /// <summary>Has no effect at the service: may be repeated.</summary>
    Read,

    /// <summary>Messages people: repeated only when it is sure that nothing happened.</summary>
    Send,

    /// <summary>Changes something else at the service: repeated like a send, told in other words.</summary>
    Change,
}

/// <summary>
/// A JSON body that knows whether it has begun to leave. As long as it has not, the service cannot have acted on the
/// request; from then on it may have. It leaves once: a handler that tried to repeat it would fail here.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private readonly byte[] _utf8;
    private readonly CancellationToken _stop;
    private int _left;

    /// <summary>Makes one that does not begin to leave any more once it was stopped, however long connecting took.</summary>
    public RequestBody(byte[] utf8, CancellationToken stop)
    {
        _utf8 = utf8;
        _stop = stop;
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
        _stop.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _left, 1) != 0) throw new InvalidOperationException("A request body leaves only once.");
        await stream.WriteAsync(_utf8, cancellationToken).ConfigureAwait(false);
    }
}
