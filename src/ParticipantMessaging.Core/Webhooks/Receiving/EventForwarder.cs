using System.Net;

namespace ParticipantMessaging.Webhooks;

/// <summary>Posts a request on as it came: its very bytes and its own headers.</summary>
internal sealed class EventForwarder : IDisposable
{
    // What belongs to one connection, or is set anew by the client.
    private static readonly HashSet<string> _ownHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect",
        "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
    };

    private readonly Uri _target;
    private readonly HttpClient _client;

    public EventForwarder(Uri target)
    {
        _target = LocalTarget.Check(target);
        _client = EventHttp.CreateClient(_target);
    }

    /// <summary>Status of the target's answer; null when there was none.</summary>
    public async Task<(int? Status, string Error)> PostAsync(WebhookHeaders headers, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _target) { Content = new ByteArrayContent(body) };
        foreach ((string name, string value) in headers.All)
        {
            if (_ownHeaders.Contains(name)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return ((int)response.StatusCode, response.IsSuccessStatusCode ? "" : $"The forwarding target answered {(int)response.StatusCode}.");
        }
        catch (HttpRequestException error)
        {
            return (null, $"The forwarding target could not be reached ({error.HttpRequestError}).");
        }
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>The client with which events are posted: no redirects, and no proxy on the way to this very computer.</summary>
internal static class EventHttp
{
    public static HttpClient CreateClient(Uri target) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        UseProxy = !target.IsLoopback,
    })
    {
        // Each call has its own limit.
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
