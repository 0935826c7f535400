using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>One request as it came in, and what became of it. Tokens are not in it, only where one was found.</summary>
public sealed class SimRequestRecord
{
    /// <summary>Counts from 1 since the start.</summary>
    public required long Number { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The path.</summary>
    public required string Path { get; init; }

    /// <summary>The query with its <c>?</c>, decoded by nobody; the value of <c>access_token</c> is replaced by <c>***</c>.</summary>
    public required string Query { get; init; }

    /// <summary>Where the token was: <c>header</c>, <c>query</c>, <c>both</c> or <c>none</c>.</summary>
    public required string TokenIn { get; init; }

    /// <summary>The scheme of the Authorization header (<c>Token</c>, <c>Bearer</c>), if there was one.</summary>
    public string? Scheme { get; init; }

    /// <summary>The header User-Agent.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The header Content-Type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The header Accept.</summary>
    public string? Accept { get; init; }

    internal byte[] BodyBytes { get; init; } = [];

    /// <summary>The body as text.</summary>
    public string Body => Encoding.UTF8.GetString(BodyBytes);

    /// <summary>Status that was answered; 0 when the connection was cut or never answered.</summary>
    public int Status { get; internal set; }

    /// <summary>How many messages the call stored.</summary>
    public int Stored { get; internal set; }

    /// <summary>Id of the fault that was injected, if one was.</summary>
    public string? Fault { get; internal set; }

    /// <summary>Milliseconds from arrival to answer.</summary>
    public double DurationMs { get; internal set; }
}
