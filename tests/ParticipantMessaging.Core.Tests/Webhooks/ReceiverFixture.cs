using System.Globalization;
using System.Net;
using System.Text;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>A receiver on a free port, a client that signs, and a reader that takes all events.</summary>
internal sealed class ReceiverFixture : IAsyncDisposable
{
    public static readonly WebhookKey Key = new("secret");

    private readonly List<WebhookEvent> _taken = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };

    private ReceiverFixture(WebhookReceiver receiver)
    {
        Receiver = receiver;
    }

    public WebhookReceiver Receiver { get; }

    /// <summary>What was taken up to now.</summary>
    public IReadOnlyList<WebhookEvent> Taken
    {
        get
        {
            lock (_taken) return [.. _taken];
        }
    }

    public Task Reading { get; private set; } = Task.CompletedTask;

    public static ReceiverFixture Start(
        Uri? forwardTo = null,
        int? maxEvents = null,
        int queueLength = 256,
        TimeSpan? maxAge = null,
        int maxConnections = 1000,
        TimeProvider? time = null,
        bool read = true,
        Func<CancellationToken, Task<WebhookVerifier>>? askAgain = null)
    {
        var options = new WebhookReceiverOptions
        {
            Prefix = "http://127.0.0.1:0/hooks/",
            Verifier = new WebhookVerifier([Key], maxAge, time),
            ForwardTo = forwardTo,
            MaxEvents = maxEvents,
            QueueLength = queueLength,
            MaxConnections = maxConnections,
            Account = "lab",
            AskAgain = askAgain,
        };
        var fixture = new ReceiverFixture(WebhookReceiver.Start(options, time));
        if (read) fixture.Read();
        return fixture;
    }

    public static string Now(int secondsAgo = 0)
        => DateTimeOffset.UtcNow.AddSeconds(-secondsAgo).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The body of an event, another one for each id: what is signed at the same time with the same body is the same event.</summary>
    public static string BodyOf(string id) => $"{{\"event_type\": \"x\", \"resource_id\": \"{id}\"}}";

    public static HttpRequestMessage Signed(Uri uri, string id, string? body = null, string? timestamp = null, WebhookKey? key = null)
    {
        body ??= BodyOf(id);
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        timestamp ??= Now();
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent(bytes) };
        request.Headers.Add(WebhookHeaderNames.EventId, id);
        request.Headers.Add(WebhookHeaderNames.EventTimestamp, timestamp);
        request.Headers.Add(WebhookHeaderNames.RequestTimestamp, timestamp);
        request.Headers.Add(WebhookHeaderNames.Signature, WebhookSignature.Compute(key ?? Key, timestamp, bytes));
        return request;
    }

    public void Read(Func<ReceivedWebhook, bool>? take = null) => Reading = Task.Run(async () =>
    {
        try
        {
            await foreach (ReceivedWebhook received in Receiver.ReadAllAsync(_stop.Token))
            {
                if (take is null || take(received))
                {
                    lock (_taken) _taken.Add(received.Event);
                    received.Accept();
                }
                else
                {
                    received.Refuse();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    });

    /// <summary>What was told so far.</summary>
    public async Task<IReadOnlyList<ReceiverNotice>> NoticesAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var notices = new List<ReceiverNotice>();
        await foreach (ReceiverNotice notice in Receiver.ReadNoticesAsync(limit.Token))
        {
            notices.Add(notice);
            if (notices.Count == count) break;
        }

        return notices;
    }

    public async Task<HttpStatusCode> PostAsync(string id, string? body = null, string? timestamp = null, WebhookKey? key = null)
    {
        using HttpRequestMessage request = Signed(Receiver.Uri, id, body, timestamp, key);
        return await SendAsync(request);
    }

    public async Task<HttpStatusCode> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage response = await _client.SendAsync(request);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Receiver.DisposeAsync();
        await Reading;
        _client.Dispose();
        _stop.Dispose();
    }
}
