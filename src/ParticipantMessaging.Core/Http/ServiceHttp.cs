using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using ParticipantMessaging.Accounts;
using Polly;
using Polly.Retry;

namespace ParticipantMessaging.Http;

/// <summary>
/// The one place through which every call to a service goes. Redirects are not followed, the token is put on each
/// request, answers are bounded, and a call is only repeated when that is safe: reads after 408, 429, 5xx and broken
/// connections; sends after 429, after 503 with <c>Retry-After</c>, and when no connection could be made.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The invoker does not own its handler: there is nothing to dispose of.")]
public sealed class ServiceHttp
{
    private const int ReadRetries = 3;
    private const int SendRetries = 6;
    private const int ErrorBodyLimit = 256 * 1024;
    private static readonly TimeSpan ReadBase = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan SendBase = TimeSpan.FromSeconds(1);

    // Whether a host keeps its connections open. A server of HTTP/1.0 closes after each answer without saying so, and the handler would use
    // the connection again: a send that meets that cannot be told from one that was read, and is Unknown for nothing.
    private readonly ConcurrentDictionary<Uri, bool> _keepsOpen = new();
    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageInvoker _once;
    private readonly ServiceHttpOptions _options;
    private readonly ResiliencePipeline<Attempt> _reads;
    private readonly ResiliencePipeline<Attempt> _sends;

    /// <summary>Makes one; <see cref="Shared"/> is the usual way.</summary>
    /// <param name="options">What to replace; null for nothing.</param>
    public ServiceHttp(ServiceHttpOptions? options = null)
    {
        _options = options ?? new ServiceHttpOptions();
        _invoker = new HttpMessageInvoker(_options.Handler ?? SharedHandler.Instance, disposeHandler: false);
        _once = new HttpMessageInvoker(_options.Handler ?? SharedHandler.Once, disposeHandler: false);
        _reads = Pipeline(ReadRetries, ReadBase);
        _sends = Pipeline(SendRetries, SendBase);
    }

    /// <summary>The one that everybody uses: one pool of connections for the process.</summary>
    public static ServiceHttp Shared { get; } = new();

    /// <summary>The clock of time-outs and waits.</summary>
    internal TimeProvider Clock => _options.TimeProvider;

    /// <summary>Name and version of this library, as services see them.</summary>
    internal static ProductInfoHeaderValue UserAgent { get; } = new(
        "ParticipantMessaging",
        typeof(ServiceHttp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>Makes a call.</summary>
    /// <exception cref="MessagingException">It failed; <see cref="MessagingException.Effect"/> says whether it may have had its effect.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled and had no effect.</exception>
    internal async Task<ServiceResponse> CallAsync(ServiceConnection connection, ServiceRequest request, Action<ServiceWait>? onWait, CancellationToken cancellationToken)
    {
        var call = new Call(connection, request, onWait);
        ResiliencePipeline<Attempt> pipeline = request is { Kind: CallKind.Read, IsPatient: false } ? _reads : _sends;
        Attempt last = await pipeline.ExecuteAsync(
            static async (state, token) => await state.Http.TryAsync(state.Call, token).ConfigureAwait(false),
            (Http: this, Call: call),
            cancellationToken).ConfigureAwait(false);
        return last.Response ?? throw last.Failure!;
    }

    private ResiliencePipeline<Attempt> Pipeline(int retries, TimeSpan first) => new ResiliencePipelineBuilder<Attempt> { TimeProvider = _options.TimeProvider }
        .AddRetry(new RetryStrategyOptions<Attempt>
        {
            MaxRetryAttempts = retries,
            ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Result is { Repeat: true }),
            DelayGenerator = a => ValueTask.FromResult<TimeSpan?>(NextDelay(a.Outcome.Result!, a.AttemptNumber, first)),
            OnRetry = static a =>
            {
                Attempt attempt = a.Outcome.Result!;
                attempt.Call.Report(a.RetryDelay, attempt.Failure!.Message, a.AttemptNumber + 2);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private TimeSpan NextDelay(Attempt attempt, int number, TimeSpan first)
    {
        // Full jitter: anything between nothing and the doubled step; what the service asked for is obeyed as it stands.
        TimeSpan delay = attempt.RetryAfter is { Ticks: > 0 } asked
            ? asked
            : first * Math.Pow(2, number) * _options.Randomizer();
        if (attempt.HoldsBack) RateGate.Of(attempt.Call.Connection).HoldUntil(Clock.GetUtcNow() + delay);
        return delay;
    }

    private async Task<Attempt> TryAsync(Call call, CancellationToken stop)
    {
        if (await WaitForGateAsync(call, stop).ConfigureAwait(false) is { } tooLong) return new Attempt(call) { Failure = tooLong };
        if (call.Request.Guard?.BeforeTry is { } before)
        {
            try
            {
                await before(stop).ConfigureAwait(false);
            }
            catch (MessagingException e)
            {
                return new Attempt(call) { Failure = e };
            }
        }

        call.Attempts++;
        var failures = new Failures(call.Connection, call.Request, call.Attempts);
        using var timeout = new CancellationTokenSource(call.Connection.CallTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        RequestBody? body = call.Request.Body is null ? null : new RequestBody(call.Request.Body);
        using HttpRequestMessage message = Message(call, body);
        Uri host = call.Connection.BaseUri;
        bool isKnown = _keepsOpen.TryGetValue(host, out bool keeps);
        // The services themselves speak HTTP/1.1; what runs on this computer has to show it first.
        HttpMessageInvoker invoker = isKnown ? (keeps ? _invoker : _once) : host.Scheme == Uri.UriSchemeHttps ? _invoker : _once;
        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(message, either.Token).ConfigureAwait(false);
            bool keepsNow = response.Version >= HttpVersion.Version11;
            if (!isKnown || keeps != keepsNow) _keepsOpen[host] = keepsNow;
            return (int)response.StatusCode is >= 200 and < 300
                ? await ReadGoodAsync(call, response, failures, either.Token).ConfigureAwait(false)
                : await ReadBadAsync(call, response, failures, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            bool left = MayHaveLeft(call, body, null);
            if (stop.IsCancellationRequested)
            {
                if (!left || call.Request.Kind == CallKind.Read) throw new OperationCanceledException("The call was cancelled.", e, stop);
                return new Attempt(call) { Failure = failures.FromStop(e) };
            }

            // The handler gives up connecting by itself: then nothing was written.
            bool connecting = !timeout.IsCancellationRequested;
            return new Attempt(call)
            {
                Failure = connecting ? failures.FromNetwork(e.InnerException ?? e, left) : failures.FromTimeout(e, left),
                Repeat = connecting && (call.Request.Kind == CallKind.Read || !left),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // A body that has not begun to leave proves that the service cannot have acted; everything else is doubt.
            bool left = MayHaveLeft(call, body, e as HttpRequestException);
            bool answered = e is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded };
            if (answered) return new Attempt(call) { Failure = failures.Unreadable("it is not a readable HTTP answer", null, e) };
            return new Attempt(call)
            {
                Failure = failures.FromNetwork(e, left),
                Repeat = !Failures.IsSecurity(e) && (call.Request.Kind == CallKind.Read || !left),
            };
        }
        catch (InvalidDataException e)
        {
            return new Attempt(call) { Failure = failures.Unreadable("its compression is broken", 200, e) };
        }
    }

    private async Task<MessagingException?> WaitForGateAsync(Call call, CancellationToken stop)
    {
        var gate = RateGate.Of(call.Connection);
        while (gate.Remaining(Clock) is { Ticks: > 0 } remaining)
        {
            if (remaining > call.Connection.MaxRetryWait)
            {
                return new Failures(call.Connection, call.Request, call.Attempts).WaitTooLong(429, remaining, null);
            }

            call.Report(remaining, "The service asked this account to wait.", call.Attempts + 1);
            await Task.Delay(remaining, Clock, stop).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<Attempt> ReadGoodAsync(Call call, HttpResponseMessage response, Failures failures, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        DateTimeOffset answeredAt = Clock.GetUtcNow();
        byte[] buffer;
        int length;
        bool cut;
        try
        {
            (buffer, length, cut) = await BoundedBody.ReadAsync(response.Content, _options.MaxResponseBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (call.Request.Kind == CallKind.Send && e is IOException or HttpRequestException or OperationCanceledException or InvalidDataException)
        {
            // The status says that the service has taken the message; the rest of the answer carries nothing.
            (buffer, length, cut) = ([], 0, false);
        }

        var answer = new ServiceResponse(status, response.Headers, buffer, length, answeredAt, call.Attempts);
        if (!cut) return new Attempt(call) { Response = answer };
        answer.Dispose();
        return new Attempt(call) { Failure = failures.Unreadable($"it is larger than {_options.MaxResponseBytes / 1024} KiB", status) };
    }

    private async Task<Attempt> ReadBadAsync(Call call, HttpResponseMessage response, Failures failures, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        ErrorBody said;
        try
        {
            (byte[] buffer, int length, _) = await BoundedBody.ReadAsync(response.Content, ErrorBodyLimit, cancellationToken).ConfigureAwait(false);
            using var answer = new ServiceResponse(status, response.Headers, buffer, length, default, call.Attempts);
            said = ErrorBody.Read(answer.Body.Span, call.Connection.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or InvalidDataException)
        {
            // The status has arrived and counts, whatever became of the words that explain it.
            said = ErrorBody.Read(default, call.Connection.Token);
        }

        TimeSpan? retryAfter = status is 429 or 503 ? RetryAfter(response.Headers.RetryAfter) : null;
        if (retryAfter is { } wait && wait > call.Connection.MaxRetryWait)
        {
            RateGate.Of(call.Connection).HoldUntil(Clock.GetUtcNow() + wait);
            return new Attempt(call) { Failure = failures.WaitTooLong(status, wait, said) };
        }

        bool repeat = call.Request.Kind == CallKind.Read
            ? status is 408 or 429 or >= 500
            : status == 429 || (status == 503 && retryAfter is not null);
        return new Attempt(call)
        {
            Failure = failures.FromStatus(status, said, retryAfter),
            Repeat = repeat,
            RetryAfter = retryAfter,
            HoldsBack = status == 429,
        };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        if (header is null) return null;
        TimeSpan wait = header.Delta ?? (header.Date is { } date ? date - Clock.GetUtcNow() : TimeSpan.Zero);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private static bool MayHaveLeft(Call call, RequestBody? body, HttpRequestException? cause)
    {
        if (body is not null) return body.HasLeft;
        return call.Request.Kind != CallKind.Read
            && cause?.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError);
    }

    private static HttpRequestMessage Message(Call call, RequestBody? body)
    {
        ServiceRequest request = call.Request;
        string token = call.Connection.Token.Reveal();
        string query = request.Query ?? "";
        if (request.TokenInQuery) query = $"{query}{(query.Length > 0 ? "&" : "")}access_token={Uri.EscapeDataString(token)}";
        var message = new HttpRequestMessage(request.Method, new Uri(call.Connection.BaseUri, query.Length > 0 ? $"{request.Path}?{query}" : request.Path))
        {
            Content = body,
            Version = HttpVersion.Version11,
        };
        message.Headers.UserAgent.Add(UserAgent);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (!request.TokenInQuery)
        {
            string scheme = call.Connection.Provider == MessagingProvider.Prolific ? "Token" : "Bearer";
            message.Headers.Authorization = new AuthenticationHeaderValue(scheme, token);
        }

        return message;
    }

    /// <summary>The one pool of connections; made when it is first needed.</summary>
    private static class SharedHandler
    {
        public static readonly SocketsHttpHandler Instance = Create(TimeSpan.FromMinutes(5));

        /// <summary>The same, without keeping connections.</summary>
        public static readonly SocketsHttpHandler Once = Create(TimeSpan.Zero);

        private static SocketsHttpHandler Create(TimeSpan lifetime) => new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = lifetime,

            // Shorter than the idle limit of the servers in use (60 s and more), so that a send never meets a connection
            // that the other side is just closing.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            MaxResponseHeadersLength = 64,
            ActivityHeadersPropagator = null,
        };
    }

    /// <summary>A call and what it has gone through.</summary>
    private sealed class Call(ServiceConnection connection, ServiceRequest request, Action<ServiceWait>? onWait)
    {
        public ServiceConnection Connection { get; } = connection;

        public ServiceRequest Request { get; } = request;

        public int Attempts { get; set; }

        public void Report(TimeSpan delay, string why, int attempt)
            => onWait?.Invoke(new ServiceWait(Connection.Account, Request.Display, delay, why, attempt));
    }

    /// <summary>How one try ended.</summary>
    private sealed class Attempt(Call call)
    {
        public Call Call { get; } = call;

        public ServiceResponse? Response { get; init; }

        public MessagingException? Failure { get; init; }

        public bool Repeat { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        /// <summary>All calls of the account wait, not only this one.</summary>
        public bool HoldsBack { get; init; }
    }
}

/// <summary>What tests and special hosts may replace in the HTTP layer.</summary>
public sealed class ServiceHttpOptions
{
    /// <summary>Handler that carries the requests; null for the shared one. Must not follow redirects or repeat requests itself.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>The clock of time-outs and waits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers from 0 up to and excluding 1, for the jitter of waits.</summary>
    public Func<double> Randomizer { get; init; } = Random.Shared.NextDouble;

    /// <summary>The largest answer that is read, in bytes after decompression; 64 MiB unless set.</summary>
    public int MaxResponseBytes { get; init; } = 64 * 1024 * 1024;
}

/// <summary>A wait before a call is made or made again; for verbose output.</summary>
/// <param name="Account">The account whose call waits.</param>
/// <param name="Request">Method and path, without query and token.</param>
/// <param name="Delay">How long.</param>
/// <param name="Why">The cause, a short sentence in plain words.</param>
/// <param name="Attempt">The number of the try that follows; 1 for the first.</param>
public sealed record ServiceWait(string Account, string Request, TimeSpan Delay, string Why, int Attempt);
