using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace ParticipantMessaging.Webhooks;

/// <summary>Posts events again, to a function on this computer or a test address: the body unchanged, signed with the present time.</summary>
public sealed class WebhookSender : IDisposable
{
    // Well within the ten minutes that receivers allow.
    private const int LongestBack = 300;
    private const int MostBodies = 10_000;

    private readonly Uri _target;
    private readonly WebhookKey? _key;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly Dictionary<string, (long Earliest, long Latest)> _signedAt = new(StringComparer.Ordinal);

    /// <summary>Makes one.</summary>
    /// <param name="target">Where to post: https, or plain http on this computer.</param>
    /// <param name="key">The secret to sign with; null to post unsigned.</param>
    /// <param name="timeout">How long one post may take; 60 seconds when null.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: events must not be posted there.</exception>
    public WebhookSender(Uri target, WebhookKey? key, TimeSpan? timeout = null, TimeProvider? timeProvider = null)
    {
        _target = LocalTarget.Check(target);
        _client = EventHttp.CreateClient(_target);
        _key = key;
        _timeout = timeout ?? TimeSpan.FromSeconds(60);
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Makes an event of the JSON text of a body.</summary>
    /// <param name="json">The text; it is posted unchanged.</param>
    /// <returns>An event with a new id.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: it is no JSON object.</exception>
    public static WebhookEvent FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return WebhookEventReader.Parse(
                new WebhookHeaders([new(WebhookHeaderNames.EventId, Guid.NewGuid().ToString("N")[..24])]),
                System.Text.Encoding.UTF8.GetBytes(json),
                account: "",
                isVerified: false);
        }
        catch (MessagingException error)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "The text is not a JSON object, which every event is.",
                $"{Wording.Begin(Job.GiveEvents)}.",
                error);
        }
    }

    /// <summary>Posts one event, once.</summary>
    /// <param name="item">The event; it must have its body.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What became of it; failures of the target are no exceptions.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: the event has no body.</exception>
    public async Task<WebhookDelivery> SendAsync(WebhookEvent item, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (item.Payload is null)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The log holds no body for event {item.Id}, so it cannot be posted again.",
                "Read the submission or study that it is about instead.");
        }

        long start = _time.GetTimestamp();
        (int? status, string error) = await PostAsync(item, item.Payload.Utf8, cancellationToken).ConfigureAwait(false);
        return new WebhookDelivery
        {
            EventId = item.Id,
            EventType = item.EventType,
            Uri = _target.GetLeftPart(UriPartial.Path),
            Ok = error.Length == 0,
            HttpStatus = status,
            Error = error,
            IsSigned = _key is not null,
            Milliseconds = (long)_time.GetElapsedTime(start).TotalMilliseconds,
        };
    }

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>
    /// The second to sign with. Events of one kind may have the very same body; signed in the same second they would be one and the same
    /// request, and a careful receiver would take the second one for a replay. So each such body gets a second of its own, a little earlier.
    /// </summary>
    private long TimestampFor(ReadOnlyMemory<byte> body, long now)
    {
        string key = Convert.ToBase64String(SHA256.HashData(body.Span));
        lock (_signedAt)
        {
            if (_signedAt.Count >= MostBodies) _signedAt.Clear();
            long second = !_signedAt.TryGetValue(key, out (long Earliest, long Latest) used) || now > used.Latest ? now : Math.Max(used.Earliest - 1, now - LongestBack);
            _signedAt[key] = (second, Math.Max(now, used.Latest));
            return second;
        }
    }

    private async Task<(int? Status, string Error)> PostAsync(WebhookEvent item, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        string timestamp = TimestampFor(body, now.ToUnixTimeSeconds()).ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, _target) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "ParticipantMessaging");
        if (item.Id.Length > 0) request.Headers.TryAddWithoutValidation(WebhookHeaderNames.EventId, item.Id);

        // The event's own time, so that the order of replayed events can still be seen.
        request.Headers.TryAddWithoutValidation(
            WebhookHeaderNames.EventTimestamp,
            (item.CreatedAt ?? now).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (_key is not null)
        {
            request.Headers.TryAddWithoutValidation(WebhookHeaderNames.RequestTimestamp, timestamp);
            request.Headers.TryAddWithoutValidation(WebhookHeaderNames.Signature, WebhookSignature.Compute(_key, timestamp, body.Span));
        }

        using var limit = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            return (status, response.IsSuccessStatusCode ? "" : $"The target answered {status}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"The target did not answer within {_timeout.TotalSeconds:0.#} seconds."));
        }
        catch (HttpRequestException error)
        {
            return (null, $"The target could not be reached ({error.HttpRequestError}).");
        }
    }
}

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

/// <summary>Where events may be posted to: this computer, or another one by https.</summary>
internal static class LocalTarget
{
    public static Uri Check(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        bool isFine = uri.IsAbsoluteUri
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            && uri.UserInfo.Length == 0;
        return isFine ? uri : throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "Events are posted to https:// addresses, or to plain http:// on this computer only.",
            "Give an address such as http://localhost:7071/api/hook or https://test.example.org/hook.");
    }
}
