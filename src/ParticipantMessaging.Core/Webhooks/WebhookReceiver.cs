using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Listens for events, checks each one, drops repeats and hands the others over. A sender is answered 200 only after the
/// reader has accepted its event; whatever is not accepted is answered so that the sender tries again.
/// </summary>
/// <remarks>
/// Answers: 200 accepted, or a repeat of what was; 400 unreadable; 401 not signed; 403 signed with another secret, changed, or
/// too old; 404 another path; 405 not POST; 408 too slow; 413 body too large; 431 headers too large; 502 the forwarding
/// target did not take it; 503 stopping, full, or not accepted in time.
/// </remarks>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebhookReceiverOptions _options;
    private readonly ListenPrefix _prefix;
    private readonly RequestServer _server;
    private readonly RepeatFilter _repeats;
    private readonly EventForwarder? _forwarder;
    private readonly Channel<ReceivedWebhook> _queue = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly Channel<ReceiverNotice> _notices = Channel.CreateBounded<ReceiverNotice>(
        new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly object _gate = new();
    private int _queued;
    private int _open;
    private int _accepted;
    private bool _stopping;

    private WebhookReceiver(WebhookReceiverOptions options, TimeProvider time)
    {
        _options = options;
        _prefix = ListenPrefix.Parse(options.Prefix, options.AllowRemote);
        _forwarder = options.ForwardTo is null ? null : new EventForwarder(options.ForwardTo);
        _repeats = new RepeatFilter(options.RememberedIds);
        var limits = new RequestLimits
        {
            MaxBodyBytes = options.MaxBodyBytes,
            RequestTimeout = options.RequestTimeout,
            MaxConnections = options.MaxConnections,
        };
        _server = new RequestServer(limits, HandleAsync, time);
    }

    /// <summary>Where it listens, with the port that it really has.</summary>
    public Uri Uri => new($"http://{_prefix.Host}:{_server.Port}{_prefix.Path}");

    /// <summary>How many repeats were dropped so far.</summary>
    public int Repeats { get; private set; }

    /// <summary>How many requests were refused so far because they are not signed, not genuine or too old.</summary>
    public int Refused { get; private set; }

    internal int OpenConnections => _server.OpenConnections;

    internal int RememberedIds => _repeats.Count;

    /// <summary>Events that wait for the reader's word.</summary>
    internal int WaitingEvents
    {
        get
        {
            lock (_gate) return _queued;
        }
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="options">How.</param>
    /// <param name="timeProvider">The clock for time limits; null for the system's.</param>
    /// <returns>The receiver; dispose of it to stop.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: the address is not one to listen on, or is in use.</exception>
    public static WebhookReceiver Start(WebhookReceiverOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var receiver = new WebhookReceiver(options, timeProvider ?? TimeProvider.System);
        receiver._server.Start(receiver._prefix);
        return receiver;
    }

    /// <summary>The events, as they come, each once. Every one must be accepted or refused; the next one may be taken before that.</summary>
    /// <param name="cancellationToken">Ends the reading; what was not yet read is refused when the receiver is disposed of.</param>
    /// <returns>The events; ends by itself when <see cref="WebhookReceiverOptions.MaxEvents"/> were accepted.</returns>
    public async IAsyncEnumerable<ReceivedWebhook> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out ReceivedWebhook? received))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return received;
            }
        }
    }

    /// <summary>What was refused and why, as it happens; of many at once only some. Ends when the receiver is disposed of.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The notices.</returns>
    public IAsyncEnumerable<ReceiverNotice> ReadNoticesAsync(CancellationToken cancellationToken) => _notices.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Stops listening. Events that were not accepted are answered 503.</summary>
    /// <returns>A task that ends when all connections are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopping) return;
            _stopping = true;
        }

        _server.StopAccepting();
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out ReceivedWebhook? left)) left.Refuse();
        await _server.DrainAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        _notices.Writer.TryComplete();
        _forwarder?.Dispose();
    }

    private async Task<Answer> HandleAsync(RequestHead head, Func<CancellationToken, Task<byte[]>> readBody, CancellationToken cancellationToken)
    {
        if (!_prefix.Covers(head.Path)) return Refuse(404, "There is nothing at this address.");
        if (head.Method != "POST") return Refuse(405, "Events are posted.");

        // Without a signature nothing of the body is worth reading.
        string? signature = head.Headers[WebhookHeaderNames.Signature];
        string? timestamp = head.Headers[WebhookHeaderNames.RequestTimestamp];
        if (signature is null || timestamp is null) return RefuseForged(401, "The request is not signed.");

        byte[] body = await readBody(cancellationToken).ConfigureAwait(false);
        WebhookSignatureResult result = _options.Verifier.Check(body, timestamp, signature);
        if (!result.IsValid) return RefuseForged(403, result.Message);

        WebhookEvent received;
        try
        {
            received = WebhookEventReader.Parse(head.Headers, body, _options.Account, isVerified: true);
        }
        catch (MessagingException error)
        {
            return Refuse(400, error.Message, error);
        }

        // An event without an id is known by its signature, which is the same for the same body and second.
        RepeatFilter.Claim? claim = _repeats.TryClaim(received.Id.Length > 0 ? received.Id : signature, out Task<bool> outcome);
        if (claim is null)
        {
            lock (_gate) Repeats++;
            return await WaitAsync(outcome, cancellationToken).ConfigureAwait(false);
        }

        return await HandOverAsync(received, claim, head.Headers, body, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Answer> HandOverAsync(WebhookEvent received, RepeatFilter.Claim claim, WebhookHeaders headers, byte[] body, CancellationToken cancellationToken)
    {
        if (!TryReserve())
        {
            claim.Settle(false);
            return Refuse(503, "Nothing more is taken at the moment.");
        }

        bool isQueued = false;
        try
        {
            if (_forwarder is not null)
            {
                (int? status, string problem) = await _forwarder.PostAsync(headers, body, cancellationToken).ConfigureAwait(false);
                if (problem.Length > 0) return Refuse(502, problem, ForwardingFailed(received, problem, status));
            }

            isQueued = _queue.Writer.TryWrite(new ReceivedWebhook(received, isAccepted => Settle(claim, isAccepted)));
            if (!isQueued) return Refuse(503, "The receiver is stopping.");
        }
        finally
        {
            if (!isQueued) Settle(claim, false);
        }

        // When this takes too long the event stays in the queue; the sender's next try learns what became of it.
        return await WaitAsync(claim.Outcome, cancellationToken).ConfigureAwait(false);
    }

    private bool TryReserve()
    {
        lock (_gate)
        {
            if (_stopping || _queued >= _options.QueueLength || _open + _accepted >= _options.MaxEvents) return false;
            _queued++;
            _open++;
            return true;
        }
    }

    private void Settle(RepeatFilter.Claim claim, bool isAccepted)
    {
        lock (_gate)
        {
            if (claim.Outcome.IsCompleted) return;
            _queued--;
            _open--;
            if (isAccepted) _accepted++;
            claim.Settle(isAccepted);
            if (_accepted >= _options.MaxEvents) _queue.Writer.TryComplete();
        }
    }

    private static async Task<Answer> WaitAsync(Task<bool> outcome, CancellationToken cancellationToken)
    {
        try
        {
            bool isAccepted = await outcome.WaitAsync(cancellationToken).ConfigureAwait(false);
            return isAccepted ? new Answer(200, "Accepted.") : new Answer(503, "The event could not be taken.");
        }
        catch (OperationCanceledException)
        {
            return new Answer(503, "The event was not taken in time.");
        }
    }

    private Answer RefuseForged(int status, string text)
    {
        lock (_gate) Refused++;

        // Whoever sent this learns no more than that it is not genuine.
        Refuse(status, text);
        return new Answer(status, status == 401 ? text : "The signature does not match, or the request is too old.");
    }

    private Answer Refuse(int status, string text, MessagingException? error = null)
    {
        _notices.Writer.TryWrite(new ReceiverNotice(status, text, error));
        return new Answer(status, text);
    }

    private MessagingException ForwardingFailed(WebhookEvent received, string problem, int? status) => new(
        status is null ? MessagingErrorReason.ConnectionFailed : MessagingErrorReason.ServiceUnavailable,
        $"Event {received.Id} was not taken: {problem} The sender will try again.",
        $"Check that {_options.ForwardTo?.GetLeftPart(UriPartial.Path)} runs and answers 2xx.")
    {
        HttpStatus = status,
    };
}
