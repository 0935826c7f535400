using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// Listens for events, checks each one, drops repeats and hands the others over. A sender is answered 200 only after the
/// reader has accepted its event; whatever is not accepted is answered so that the sender tries again.
/// </summary>
/// <remarks>
/// Answers: 200 accepted, or a repeat or replay of what was; 400 unreadable; 401 not signed; 403 signed with another secret, changed, or
/// too old; 404 another path; 405 not POST; 408 too slow; 413 body too large; 431 headers too large; 502 the forwarding
/// target did not take it; 503 stopping, full, or not accepted in time.
/// </remarks>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private const int MostAskers = 64;
    private const int MostRefusalsTold = 100;

    private readonly WebhookReceiverOptions _options;
    private readonly ListenPrefix _prefix;
    private readonly RequestServer _server;
    private readonly RepeatFilter _repeats;
    private readonly EventForwarder? _forwarder;
    private readonly AccountVerifier _verifier;
    private readonly TimeProvider _time;
    private readonly Channel<ReceivedWebhook> _queue = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly Channel<ReceiverNotice> _notices = Channel.CreateUnbounded<ReceiverNotice>();

    private readonly object _gate = new();
    private int _queued;
    private int _open;
    private int _accepted;
    private bool _stopping;
    private int _askers;
    private long? _diagnosedAt;
    private long? _warnedAt;

    private WebhookReceiver(WebhookReceiverOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _verifier = new AccountVerifier(options.Verifier, options.AskAgain, text => Note(new ReceiverNotice(0, text, IsWarning: true)), time);
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

    /// <summary>How many repeats, and replays under another id, were dropped so far.</summary>
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

    /// <summary>What was refused and why, and what else is worth telling, as it happens; of many at once only some. Ends when the receiver is disposed of.</summary>
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
        (Answer? refusal, bool isGenuine) = await VerifyAsync(body, timestamp, signature, cancellationToken).ConfigureAwait(false);
        if (!isGenuine) return refusal!;

        WebhookEvent received;
        try
        {
            received = WebhookEventReader.Parse(head.Headers, body, _options.Account, isVerified: true);
        }
        catch (MessagingException error)
        {
            return Refuse(400, error.Message, error);
        }

        RepeatFilter.Claim? claim = _repeats.TryClaim(received.Id, timestamp, body, out RepeatFilter.Known known);
        if (claim is not null) return await HandOverAsync(received, claim, head.Headers, body, cancellationToken).ConfigureAwait(false);
        lock (_gate) Repeats++;
        if (known.ReplayOf is { } first)
        {
            Note(new ReceiverNotice(
                200,
                $"Event '{received.Id}' is the very request of event '{first}', body and time of signing, under another id: somebody replays it. It was not given out again.",
                IsWarning: known.IsFirstReplay));
        }

        return await WaitAsync(known.Outcome, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(Answer? Refusal, bool IsGenuine)> VerifyAsync(byte[] body, string timestamp, string signature, CancellationToken cancellationToken)
    {
        WebhookVerifier verifier = _verifier.Current;
        WebhookSignatureResult result = verifier.Check(body, timestamp, signature);
        if (result.Reason == nameof(SignatureProblem.WrongSecret))
        {
            // Many forged requests at once must not all stand and wait for the account's answer.
            if (Interlocked.Increment(ref _askers) > MostAskers && _verifier.IsAsking)
            {
                Interlocked.Decrement(ref _askers);
                return (Refuse(503, "The account is being asked for its secret."), false);
            }

            try
            {
                if (await _verifier.RenewAsync(verifier, cancellationToken).ConfigureAwait(false) is { } renewed)
                {
                    verifier = renewed;
                    result = verifier.Check(body, timestamp, signature);
                }
            }
            finally
            {
                Interlocked.Decrement(ref _askers);
            }
        }

        if (result.IsValid) return (null, true);

        // To find out why takes dozens of tries, which a flood of forged requests must not be able to ask for.
        if (IsTimeFor(ref _diagnosedAt, TimeSpan.FromSeconds(1))) result = verifier.Diagnose(body, timestamp, signature);
        bool warns = IsTimeFor(ref _warnedAt, TimeSpan.FromMinutes(1));
        return (RefuseForged(403, result.Message, warns), false);
    }

    private bool IsTimeFor(ref long? last, TimeSpan every)
    {
        lock (_gate)
        {
            if (last is { } time && _time.GetElapsedTime(time) < every) return false;
            last = _time.GetTimestamp();
            return true;
        }
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

    private Answer RefuseForged(int status, string text, bool warns = false)
    {
        lock (_gate) Refused++;
        Note(new ReceiverNotice(status, text, IsWarning: warns));

        // Whoever sent this learns no more than that it is not genuine.
        return new Answer(status, status == 401 ? text : "The signature does not match, or the request is too old.");
    }

    private Answer Refuse(int status, string text, MessagingException? error = null)
    {
        Note(new ReceiverNotice(status, text, error));
        return new Answer(status, text);
    }

    private void Note(ReceiverNotice notice)
    {
        // Anybody can cause a refusal, and many: of those only some are told.
        bool isCheap = notice.Error is null && !notice.IsWarning;
        if (!isCheap || _notices.Reader.Count < MostRefusalsTold) _notices.Writer.TryWrite(notice);
    }

    private MessagingException ForwardingFailed(WebhookEvent received, string problem, int? status) => new(
        status is null ? MessagingErrorReason.ConnectionFailed : MessagingErrorReason.ServiceUnavailable,
        $"Event {received.Id} was not taken: {problem} The sender will try again.",
        $"Check that {_options.ForwardTo?.GetLeftPart(UriPartial.Path)} runs and answers 2xx.")
    {
        HttpStatus = status,
    };
}

/// <summary>How a <see cref="WebhookReceiver"/> works.</summary>
public sealed class WebhookReceiverOptions
{
    /// <summary>Where to listen, such as <c>http://localhost:8080/hooks/</c>; port 0 takes any free one.</summary>
    public required string Prefix { get; init; }

    /// <summary>What requests are checked with.</summary>
    public required WebhookVerifier Verifier { get; init; }

    /// <summary>
    /// Reads the account's secrets anew, after a signature that did not match: see <see cref="AccountVerifier"/>. Null where the secrets
    /// were given, and there is nobody to ask.
    /// </summary>
    public Func<CancellationToken, Task<WebhookVerifier>>? AskAgain { get; init; }

    /// <summary>Whether other machines may connect; without it only addresses of this computer are accepted as prefix.</summary>
    public bool AllowRemote { get; init; }

    /// <summary>Where each new event is posted on to, byte for byte, before it is accepted; null for nowhere.</summary>
    public Uri? ForwardTo { get; init; }

    /// <summary>After so many distinct events nothing more is taken; null for no end.</summary>
    public int? MaxEvents { get; init; }

    /// <summary>The largest body, in bytes; larger ones get 413. 1 MiB unless set.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>How many events may wait for the reader; further ones get 503. 256 unless set.</summary>
    public int QueueLength { get; init; } = 256;

    /// <summary>How many ids are remembered to drop repeats. 50,000 unless set.</summary>
    public int RememberedIds { get; init; } = 50_000;

    /// <summary>How long one request may take from its headers to its answer, being accepted included. 30 seconds unless set.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many connections may be open; beyond that the oldest goes that has not sent its request in full. 1,000 unless set.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>The account whose secret is used; goes into the events.</summary>
    public string Account { get; init; } = "";
}

/// <summary>An event whose sender still waits for its answer.</summary>
public sealed class ReceivedWebhook
{
    private readonly Action<bool> _settle;

    internal ReceivedWebhook(WebhookEvent received, Action<bool> settle)
    {
        Event = received;
        _settle = settle;
    }

    /// <summary>The event, verified.</summary>
    public WebhookEvent Event { get; }

    /// <summary>It has been taken: the sender gets its 200, and repeats are dropped from now on.</summary>
    public void Accept() => _settle(true);

    /// <summary>It could not be taken: the sender gets a 503 and will try again.</summary>
    public void Refuse() => _settle(false);
}

/// <summary>Something that happened while receiving and made no event.</summary>
/// <param name="HttpStatus">What the sender was answered; 0 for what is no answer to anybody.</param>
/// <param name="Text">What happened, for a researcher.</param>
/// <param name="Error">The error, where a genuine event could not be taken; null for a request that was merely refused.</param>
/// <param name="IsWarning">Whether somebody should look at it: a replay, a secret that was replaced, and once a minute at most a signature that does not match.</param>
public sealed record ReceiverNotice(int HttpStatus, string Text, MessagingException? Error = null, bool IsWarning = false);
