using System.Collections.Concurrent;
using System.Net;
using System.Text;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>Answers requests inside the process, one scripted answer after the other, and remembers what it was asked.</summary>
internal sealed class StubService : HttpMessageHandler
{
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(59.999);

    private readonly ConcurrentQueue<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>> _answers = new();

    public List<(string Method, Uri Uri, string? Authorization, string Body)> Requests { get; } = [];

    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? Otherwise { get; set; }

    public SkippingClock Clock { get; } = new();

    public ServiceHttp Http => field ??= new ServiceHttp(new ServiceHttpOptions { Handler = this, TimeProvider = Clock, Randomizer = () => 0.5 });

    public static ServiceConnection Connection(MessagingProvider provider = MessagingProvider.Prolific, string token = "sekret-token", string? account = null)
        => new(provider, new AccessToken(token), new Uri("https://service.example"), account)
        {
            CallTimeout = CallTimeout,
        };

    public StubService Then(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public StubService Then(HttpStatusCode status, string body = "", string? retryAfter = null, string contentType = "application/json") => Then((_, _) =>
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (retryAfter is not null) response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return Task.FromResult(response);
    });

    /// <summary>Fails without taking the body: the connection was never made.</summary>
    public StubService ThenNoConnection() => Then((_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));

    /// <summary>Fails after it has taken the body.</summary>
    public StubService ThenReset() => Then((_, _) => throw new HttpRequestException(HttpRequestError.ResponseEnded, "reset", new IOException("reset")));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!_answers.TryDequeue(out Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? answer)) answer = Otherwise ?? throw new InvalidOperationException("One request too many.");
        string body = "";
        bool refuses = answer.Method.Name.Contains("ThenNoConnection", StringComparison.Ordinal);
        if (!refuses && request.Content is not null) body = await request.Content.ReadAsStringAsync(cancellationToken);
        lock (Requests) Requests.Add((request.Method.Method, request.RequestUri!, request.Headers.Authorization?.ToString(), body));
        return await answer(request, cancellationToken);
    }
}
