using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// Delivers events as the provider does (facts, section 5): signed, at least once, with up to 11 retries in full jitter. Only targets on
/// loopback are ever called. All waiting is on the options' clock.
/// </summary>
internal sealed class WebhookDispatcher : IAsyncDisposable
{
    /// <summary>The first try and eleven retries.</summary>
    public const int MaxAttempts = 12;

    private static readonly TimeSpan DisableAfter = TimeSpan.FromDays(5);
    private readonly SimulatorOptions _options;
    private readonly SimulatorState _state;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http;
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    public WebhookDispatcher(SimulatorOptions options, SimulatorState state)
    {
        _options = options;
        _state = state;
        _random = new Random(options.Seed);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        state.EventAdded += Enqueue;
    }

    /// <summary>Whether the simulator would call this address at all.</summary>
    public static bool IsAllowed(string targetUrl) =>
        Uri.TryCreate(targetUrl, UriKind.Absolute, out Uri? uri) && uri.IsLoopback && uri.Scheme is "http" or "https";

    /// <summary>Delivers one event again and again until it is accepted or the tries are used up.</summary>
    public Task DeliverAsync(SimSubscription subscription, SimEvent item) => Track(RunAsync(subscription, item));

    /// <summary>Sends events again whatever their status, in the order given; each once, several at a time when they are shuffled.</summary>
    public async Task<int> RepeatAsync(SimSubscription subscription, IReadOnlyList<SimEvent> items, bool shuffle, int parallel = 1)
    {
        SimEvent[] order = [.. items];
        if (shuffle)
        {
            lock (_random)
                _random.Shuffle(order);
        }

        int accepted = 0;
        await Parallel.ForEachAsync(order, new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Max(1, parallel),
            CancellationToken = _stop.Token,
        }, async (item, _) =>
        {
            if (await AttemptAsync(subscription, item, 0) && Settle(subscription, item, succeeded: true, final: true))
                Interlocked.Increment(ref accepted);
        });
        return accepted;
    }

    /// <summary>Begins a delivery, sends half of its body and cuts the connection. Plain http only. Nothing is logged as delivered.</summary>
    public async Task CutOffAsync(SimSubscription subscription, SimEvent item)
    {
        if (!IsAllowed(item.TargetUrl) || !item.TargetUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
            return;
        var target = new Uri(item.TargetUrl);
        byte[] body = WebhookBody.Bytes(item);
        var head = new StringBuilder($"POST {target.PathAndQuery} HTTP/1.1\r\nHost: {target.Authority}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        foreach ((string name, string value) in Headers(subscription, item, body, _state.Now))
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        using var client = new TcpClient();
        await client.ConnectAsync(target.DnsSafeHost, target.Port, _stop.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        await stream.WriteAsync(body.AsMemory(0, body.Length / 2), _stop.Token);
        client.LingerState = new LingerOption(true, 0);
    }

    public async ValueTask DisposeAsync()
    {
        _state.EventAdded -= Enqueue;
        await _stop.CancelAsync();
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running);
        _http.Dispose();
        _stop.Dispose();
    }

    internal static string Sign(string secret, string timestamp, byte[] body)
    {
        byte[] time = Encoding.UTF8.GetBytes(timestamp);
        byte[] signed = [.. time, .. body];
        return Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
    }

    private void Enqueue(SimSubscription subscription, SimEvent item)
    {
        if (_options.DeliverWebhooks && IsAllowed(item.TargetUrl) && subscription.IsEnabled)
            _ = DeliverAsync(subscription, item);
    }

    private Task Track(Task task)
    {
        lock (_gate)
            _running.Add(task);
        _ = task.ContinueWith(done =>
        {
            lock (_gate)
                _running.Remove(done);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    private async Task RunAsync(SimSubscription subscription, SimEvent item)
    {
        try
        {
            for (int attempt = 1; subscription.IsEnabled; attempt++)
            {
                bool accepted = await AttemptAsync(subscription, item, attempt);
                if (Settle(subscription, item, accepted, final: attempt == MaxAttempts) || attempt == MaxAttempts)
                    return;
                await Task.Delay(Wait(attempt), _options.TimeProvider, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The simulator stops; the log keeps the last known status.
        }
    }

    /// <summary>Before retry n a uniform wait in [0, 2^(n-1) minutes].</summary>
    internal TimeSpan Wait(int retry)
    {
        lock (_random)
            return TimeSpan.FromMinutes(_random.NextDouble() * Math.Pow(2, retry - 1));
    }

    private async Task<bool> AttemptAsync(SimSubscription subscription, SimEvent item, int attempt)
    {
        if (!IsAllowed(item.TargetUrl))
            return false;
        DateTimeOffset now = _state.Now;
        byte[] body = WebhookBody.Bytes(item);
        using var request = new HttpRequestMessage(HttpMethod.Post, item.TargetUrl) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach ((string name, string value) in Headers(subscription, item, body, now))
            request.Headers.TryAddWithoutValidation(name, value);

        int status = 0;
        string? error = null;
        try
        {
            // How long the provider waits is not known; ten real seconds are patient enough.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            status = (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !_stop.IsCancellationRequested)
        {
            error = e is OperationCanceledException ? "No answer within 10 seconds." : e.GetBaseException().Message;
        }

        _state.AddDelivery(new SimDelivery(
            subscription.Id, item.Id, item.EventType, item.TargetUrl, attempt, status, error, now, Encoding.UTF8.GetString(body)));
        return status is >= 200 and < 300;
    }

    private (string Name, string Value)[] Headers(SimSubscription subscription, SimEvent item, byte[] body, DateTimeOffset now)
    {
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string secret = _state.FindSecret(subscription.WorkspaceId)?.Value ?? "";
        return
        [
            ("X-Prolific-Request-Signature", Sign(secret, timestamp, body)),
            ("X-Prolific-Request-Timestamp", timestamp),
            ("X-Event-ID", item.Id),
            ("X-Timestamp", item.CreatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Writes the outcome into the log and watches for persistent failure. True when the event is done.</summary>
    private bool Settle(SimSubscription subscription, SimEvent item, bool succeeded, bool final)
    {
        DateTimeOffset now = _state.Now;
        _state.SetEventStatus(subscription, item, succeeded ? "SUCCEEDED" : "FAILED");
        if (succeeded)
        {
            // Watched per target and event type: one success ends the run of failures of all that share both.
            foreach (SimSubscription other in Alike(subscription))
            {
                if (other.FailingSince is not null)
                    _state.ChangeSubscription(other, s => s.FailingSince = null);
            }

            return true;
        }

        foreach (SimSubscription other in Alike(subscription))
        {
            if (other.FailingSince is null)
                _state.ChangeSubscription(other, s => s.FailingSince = now);
            else if (other.IsEnabled && now - other.FailingSince >= DisableAfter)
                _state.ChangeSubscription(other, s => s.IsEnabled = false);
        }

        return final;
    }

    private IEnumerable<SimSubscription> Alike(SimSubscription subscription) => _state.Subscriptions.Where(s =>
        s.TargetUrl == subscription.TargetUrl && s.EventType == subscription.EventType);
}
