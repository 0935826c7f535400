namespace ParticipantMessaging.Webhooks;

/// <summary>What one client, and all together, may take.</summary>
internal sealed record RequestLimits
{
    public int MaxBodyBytes { get; init; } = 1 << 20;

    public int MaxHeadBytes { get; init; } = 32 * 1024;

    public int MaxHeaders { get; init; } = 100;

    /// <summary>Open connections; when there are more, those that have waited longest without a complete head go first.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Bytes of bodies held at any time, all connections together.</summary>
    public long MaxHeldBytes { get; init; } = 64L << 20;

    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the complete head to the answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answered client may go on sending what nobody reads, so that it gets to see the answer.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
