using System.Globalization;
using System.Net.Http.Headers;

namespace ParticipantMessaging.Webhooks;

/// <summary>Posts events again, to a function on this computer or a test address: the body unchanged, signed with the present time.</summary>
public sealed class WebhookSender : IDisposable
{
    private readonly Uri _target;
    private readonly WebhookKey? _key;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

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
                "Pipe events of Get-WebhookEvent, or the JSON text of one event per string (Get-Content -Raw).",
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

    private async Task<(int? Status, string Error)> PostAsync(WebhookEvent item, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
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
