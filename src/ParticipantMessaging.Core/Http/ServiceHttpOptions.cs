namespace ParticipantMessaging.Http;

/// <summary>What tests and special hosts may replace in the HTTP layer.</summary>
public sealed class ServiceHttpOptions
{
    /// <summary>Handler that carries the requests; null for the shared one. Must not follow redirects or repeat requests itself.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>The clock of time-outs and waits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers from 0 up to and excluding 1, for the jitter of waits.</summary>
    public Func<double> Randomizer { get; init; } = Random.Shared.NextDouble;

    /// <summary>The largest answer that is read, in bytes after decompression; 64 MiB unless set.</summary>
    public int MaxResponseBytes { get; init; } = 64 * 1024 * 1024;
}
