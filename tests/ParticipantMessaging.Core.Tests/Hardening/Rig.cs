using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>A simulator with something of everything, and clients for it whose waits between tries are zero.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly ServiceHttp _http;
    private readonly TimeSpan _timeout;

    private Rig(SimulatorHost sim, HttpMessageHandler? handler, TimeSpan timeout, int maxResponse)
    {
        Sim = sim;
        _timeout = timeout;
        _http = new ServiceHttp(new ServiceHttpOptions { Handler = handler, Randomizer = static () => 0, MaxResponseBytes = maxResponse });
        Gateways = MessageGateways.Create(_http);
        ProlificConnection = Connect(MessagingProvider.Prolific, SimulatorOptions.DefaultProlificToken, "lab");
        OpenHumansConnection = Connect(MessagingProvider.OpenHumans, SimulatorOptions.DefaultOpenHumansToken, "oh");
    }

    public SimulatorHost Sim { get; }

    public ServiceConnection ProlificConnection { get; }

    public ServiceConnection OpenHumansConnection { get; }

    public Func<ServiceConnection, IMessageGateway> Gateways { get; }

    public ProlificClient Prolific => new(ProlificConnection, _http);

    public OpenHumansClient OpenHumans => new(OpenHumansConnection, _http);

    public static async Task<Rig> StartAsync(
        int people = 30, int seed = 1, HttpMessageHandler? handler = null, TimeSpan? timeout = null, int maxResponse = 8 << 20)
    {
        SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = people, Seed = seed, Unread = 8, Events = 40 });
        SimParticipant first = sim.State.Participants[0];
        sim.State.AddConversation(first.Id, "About the study", "other");
        return new Rig(sim, handler, timeout ?? TimeSpan.FromSeconds(60), maxResponse);
    }

    public AccountLookup Account(string? name) => new(name == "oh" ? OpenHumansConnection : ProlificConnection, null);

    public static void AssertNoToken(string? text)
    {
        Assert.DoesNotContain(SimulatorOptions.DefaultProlificToken, text ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain(SimulatorOptions.DefaultOpenHumansToken, text ?? "", StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => Sim.DisposeAsync();

    private ServiceConnection Connect(MessagingProvider provider, string token, string name)
        => new(provider, new AccessToken(token), Sim.BaseUri, name) { CallTimeout = _timeout, MaxRetryWait = TimeSpan.FromSeconds(2) };
}
