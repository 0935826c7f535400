using System.Diagnostics.CodeAnalysis;

namespace ParticipantMessaging.Http;

/// <summary>One call, before it is made.</summary>
internal sealed class ServiceRequest
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

    public Action<ServiceWait>? OnWait { get; init; }

    /// <summary>Awaited before each try, after whatever had to be waited for; what it throws ends the call before it leaves.</summary>
    public Func<CancellationToken, Task>? BeforeTry { get; init; }

    /// <summary>Method and path, fit for messages.</summary>
    public string Display => $"{Method.Method} {Path}";
}
