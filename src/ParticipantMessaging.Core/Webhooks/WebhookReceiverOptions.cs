namespace ParticipantMessaging.Webhooks;

/// <summary>How a <see cref="WebhookReceiver"/> works.</summary>
public sealed class WebhookReceiverOptions
{
    /// <summary>Where to listen, such as <c>http://localhost:8080/hooks/</c>; port 0 takes any free one.</summary>
    public required string Prefix { get; init; }

    /// <summary>What requests are checked with.</summary>
    public required WebhookVerifier Verifier { get; init; }

    /// <summary>Whether other machines may connect; without it only addresses of this computer are accepted as prefix.</summary>
    public bool AllowRemote { get; init; }

    /// <summary>Where each new event is posted on to, byte for byte, before it is accepted; null for nowhere.</summary>
    public Uri? ForwardTo { get; init; }

    /// <summary>After so many distinct events nothing more is taken; null for no end.</summary>
    public int? MaxEvents { get; init; }

    /// <summary>The largest body, in bytes; larger ones get 413. 1 MiB unless set.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>How many events may wait for the reader; further ones get 503. 256 unless set.</summary>
    public int QueueLength { get; init; } = 256;

    /// <summary>How many ids are remembered to drop repeats. 50,000 unless set.</summary>
    public int RememberedIds { get; init; } = 50_000;

    /// <summary>How long one request may take from its headers to its answer, being accepted included. 30 seconds unless set.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many connections may be open; beyond that the oldest that has not sent its headers goes. 1,000 unless set.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>The account whose secret is used; goes into the events.</summary>
    public string Account { get; init; } = "";
}
