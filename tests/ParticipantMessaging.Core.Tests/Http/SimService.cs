using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>A simulator and clients for it, on a clock whose waits are over at once.</summary>
internal sealed class SimService : IAsyncDisposable
{
    private readonly ServiceHttp _http;

    private SimService(SimulatorHost host, TimeSpan? timeout)
    {
        Host = host;
        _http = new ServiceHttp(new ServiceHttpOptions { TimeProvider = Clock, Randomizer = () => 0.5 });
        Timeout = timeout ?? StubService.CallTimeout;
    }

    public SimulatorHost Host { get; }

    public SimulatorState State => Host.State;

    public SkippingClock Clock { get; } = new(DateTimeOffset.UtcNow);

    public TimeSpan Timeout { get; }

    public ServiceHttp Http => _http;

    public ServiceConnection ProlificConnection => field ??= Connection(MessagingProvider.Prolific, SimulatorOptions.DefaultProlificToken);

    public ProlificClient Prolific => new(Connection(MessagingProvider.Prolific, SimulatorOptions.DefaultProlificToken), _http);

    public OpenHumansClient OpenHumans => new(Connection(MessagingProvider.OpenHumans, SimulatorOptions.DefaultOpenHumansToken), _http);

    public static async Task<SimService> StartAsync(SimulatorOptions? options = null) => new(await SimulatorHost.StartAsync(options ?? new SimulatorOptions()), null);

    public ServiceConnection Connection(MessagingProvider provider, string token) => new(provider, new AccessToken(token), Host.BaseUri) { CallTimeout = Timeout };

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
