using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ParticipantMessaging.Simulator;

/// <summary>A running simulator: both APIs, the control API and the page on one port of this machine.</summary>
public sealed class SimulatorHost : IAsyncDisposable
{
    private readonly SimulatorOptions _options;
    private readonly IPAddress _address;
    private readonly RequestPipeline _pipeline;
    private readonly WebhookDispatcher _dispatcher;
    private WebApplication? _application;
    private Socket? _heldPort;
    private CancellationTokenSource _stopping = new();
    private int _port;
    private int _disposed;

    private SimulatorHost(SimulatorOptions options, IPAddress address)
    {
        _options = options;
        _address = address;
        _port = options.Port;
        State = new SimulatorState(options);
        Faults = new FaultList(options.Seed);
        _pipeline = new RequestPipeline(options, State, Faults);
        _dispatcher = new WebhookDispatcher(options, State);
        if (options.StateFile is { } path)
        {
            State.Attach(StateJournal.Open(path));
        }
        else
        {
            State.Seed();
        }
    }

    /// <summary>Where it listens: <c>http://127.0.0.1:port</c>, without a path.</summary>
    public Uri BaseUri { get; private set; } = null!;

    /// <summary>What the services know; for seeding and asserting.</summary>
    public SimulatorState State { get; }

    /// <summary>What goes wrong.</summary>
    public FaultList Faults { get; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>The options it was started with; those that are read at every call may be changed while it runs.</summary>
    public SimulatorOptions Options => _options;

    /// <summary>Ends the page's streams, which would hold up the end otherwise.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Starts a simulator; with port 0 on a free port.</summary>
    /// <exception cref="ArgumentException">The address is none, or is reachable by other machines without being allowed to.</exception>
    public static async Task<SimulatorHost> StartAsync(SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SimulatorOptions();
        string text = options.Address.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" : options.Address;
        if (!IPAddress.TryParse(text, out IPAddress? address))
            throw new ArgumentException($"'{options.Address}' is not an IP address.");
        if (!IPAddress.IsLoopback(address) && !options.AllowRemote)
        {
            throw new ArgumentException(
                $"{address} can be reached by other machines. The simulator has no protection; use 127.0.0.1, or allow it with --allow-remote.");
        }

        var host = new SimulatorHost(options, address);
        try
        {
            await host.ListenAsync(cancellationToken);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        return host;
    }

    /// <summary>Stops listening, so that connections are refused; the state stays. <see cref="ListenAsync"/> takes the same port again.</summary>
    public async Task StopListeningAsync()
    {
        if (Interlocked.Exchange(ref _application, null) is not { } application)
            return;
        await _stopping.CancelAsync();
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await application.StopAsync(atOnce.Token);
        await application.DisposeAsync();

        // Taken, but not listened on: connections are refused, and nobody else is given the port meanwhile.
        _heldPort = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _heldPort.Bind(new IPEndPoint(_address, _port));
        }
        catch (SocketException)
        {
            // Somebody was faster; listening again will say so.
        }
    }

    /// <summary>Listens (again).</summary>
    public async Task ListenAsync(CancellationToken cancellationToken = default)
    {
        if (_application is not null)
            return;
        _stopping.Dispose();
        _stopping = new CancellationTokenSource();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Any byte may stand in a header, as it may for the services.
            kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(_address, _port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication application = builder.Build();
        application.Run(HandleAsync);
        _heldPort?.Dispose();
        await application.StartAsync(cancellationToken);
        BaseUri = new Uri(application.Urls.First());
        _port = BaseUri.Port;
        _application = application;
    }

    /// <summary>
    /// Delivers events again, each once, whatever their status: all of the subscription's log, or those named. Shuffled on request, and
    /// several at a time.
    /// </summary>
    /// <returns>How many were accepted.</returns>
    public Task<int> RepeatDeliveriesAsync(
        SimSubscription subscription, IEnumerable<string>? eventIds = null, bool shuffle = false, int parallel = 1)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        IEnumerable<SimEvent> items = State.Events(subscription.Id);
        if (eventIds is not null)
        {
            HashSet<string> wanted = [.. eventIds];
            items = items.Where(e => wanted.Contains(e.Id));
        }

        return _dispatcher.RepeatAsync(subscription, [.. items], shuffle, parallel);
    }

    /// <summary>Begins to deliver an event to its loopback target and cuts the connection in the middle of the body.</summary>
    public Task CutOffDeliveryAsync(SimSubscription subscription, SimEvent item)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentNullException.ThrowIfNull(item);
        return _dispatcher.CutOffAsync(subscription, item);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await StopListeningAsync();
        _heldPort?.Dispose();
        await _dispatcher.DisposeAsync();
        _stopping.Dispose();
        State.Detach();
    }

    private Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        return path.StartsWith("/api/", StringComparison.Ordinal)
            ? _pipeline.HandleAsync(context)
            : ControlApi.HandleAsync(context, this);
    }
}
