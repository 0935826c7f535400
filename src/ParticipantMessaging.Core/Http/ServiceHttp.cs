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
/// connections; sends after 429 and when no connection could be made.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The invoker does not own its handler: there is nothing to dispose of.")]
public sealed class ServiceHttp
{
    private const int ReadRetries = 3;
    private const int SendRetries = 6;
    private const int ErrorBodyLimit = 256 * 1024;
    private static readonly TimeSpan ReadBase = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan SendBase = TimeSpan.FromSeconds(1);
    private static readonly MediaTypeWithQualityHeaderValue AcceptJson = new("application/json");

    // Whether a host keeps its connections open. A server of HTTP/1.0 closes after each answer without saying so, and the handler would use
    // the connection again: a send that meets that cannot be told from one that was read, and is Unknown for nothing.
    private readonly ConcurrentDictionary<Uri, bool> _keepsOpen = new();
    private readonly ConcurrentDictionary<string, AccountThrottle> _throttles = new(StringComparer.Ordinal);
    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageInvoker _once;
    private readonly ServiceHttpOptions _options;
    private readonly ResiliencePipeline<Attempt> _retries;

    /// <summary>Makes one; <see cref="Shared"/> is the usual way.</summary>
    /// <param name="options">What to replace; null for nothing.</param>
    public ServiceHttp(ServiceHttpOptions? options = null)
    {
        _options = options ?? new ServiceHttpOptions();
        _invoker = new HttpMessageInvoker(_options.Handler ?? SharedHandler.Instance, disposeHandler: false);
        _once = new HttpMessageInvoker(_options.Handler ?? SharedHandler.Once, disposeHandler: false);
        _retries = Retries();
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
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call(connection, request, onWait, ThrottleOf(connection));
        Attempt last = await TryAsync(call, cancellationToken).ConfigureAwait(false);

        // Nearly every call ends with its first try, and needs nothing of what repeats the others.
        if (last.Repeat) last = await RepeatAsync(last, cancellationToken).ConfigureAwait(false);
        return last.Response ?? throw last.Failure!;
    }

    /// <summary>The service's own time, as far as its last answer to this account tells it; null before there was one.</summary>
    internal DateTimeOffset? ServiceTimeOf(ServiceConnection connection) => ThrottleOf(connection).ServiceTime;

    private AccountThrottle ThrottleOf(ServiceConnection connection)
        => _throttles.GetOrAdd(connection.CallKey, static (_, clock) => new AccountThrottle(clock), Clock);

    private async Task<Attempt> RepeatAsync(Attempt first, CancellationToken cancellationToken)
    {
        Attempt? made = first;
        return await _retries.ExecuteAsync(
            async token => Interlocked.Exchange(ref made, null) ?? await TryAsync(first.Call, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    // How often a call is repeated is counted in it: a refusal for being too many may cost no try at all.
    private ResiliencePipeline<Attempt> Retries() => new ResiliencePipelineBuilder<Attempt> { TimeProvider = _options.TimeProvider }
        .AddRetry(new RetryStrategyOptions<Attempt>
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Result is { Repeat: true }),
            DelayGenerator = static a => ValueTask.FromResult<TimeSpan?>(a.Outcome.Result!.Delay),
            OnRetry = static a =>
            {
                Attempt attempt = a.Outcome.Result!;
                if (!attempt.IsRefusal) attempt.Call.Report(attempt.Delay, attempt.Failure!.Message);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private async Task<Attempt> TryAsync(Call call, CancellationToken giveUp)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(giveUp, call.Request.Guard?.NoFurtherTry ?? CancellationToken.None);
        for (TimeSpan held = call.Connection.HeldUntil - Waiting.Now(Clock); held > TimeSpan.Zero; held = call.Connection.HeldUntil - Waiting.Now(Clock))
        {
            if (held > call.Connection.MaxRetryWait) return new Attempt(call) { Failure = new Failures(call.Connection, call.Request, call.Attempts).WaitTooLong(429, held, null) };
            call.ReportHold(held);
            await Waiting.UntilAsync(call.Connection.HeldUntil, Clock, stop.Token).ConfigureAwait(false);
        }

        AccountThrottle.Turn turn = await call.Throttle.EnterAsync(call.Refusals, call.Connection.MaxRetryWait, call.ReportHold, stop.Token).ConfigureAwait(false);
        if (turn.Number == 0) return new Attempt(call) { Failure = new Failures(call.Connection, call.Request, call.Attempts).WaitTooLong(429, turn.Wait, null) };
        bool isSend = call.Request.Kind != CallKind.Read;
        Attempt? attempt = null;
        try
        {
            attempt = await AskAndCallAsync(call, stop.Token, giveUp).ConfigureAwait(false);
        }
        finally
        {
            if (attempt is not { IsRefusal: true }) call.Throttle.Leave(turn, attempt is { GotThrough: true }, attempt?.ServiceTime, isSend);
        }

        bool isImpatient = !isSend && !call.Request.IsPatient;
        TimeSpan step = isImpatient ? ReadBase : SendBase;
        int most = 1 + (isImpatient ? ReadRetries : SendRetries);
        if (attempt.IsRefusal)
        {
            // The wait is the throttle's, which lets one call go first.
            attempt.Repeat &= call.Throttle.Refuse(turn, call.Refusals, attempt.RetryAfter, step, _options.Randomizer(), call.Connection.MaxRetryWait, isSend) < most;
            call.LastRefusal = attempt.Failure!.Message;
            return attempt;
        }

        if (!attempt.Repeat) return attempt;
        call.Failures++;
        attempt.Repeat = call.Failures < most;
        attempt.Delay = attempt.RetryAfter is { Ticks: > 0 } asked ? asked : step * Math.Pow(2, call.Failures - 1) * _options.Randomizer();
        return attempt;
    }

    private async Task<Attempt> AskAndCallAsync(Call call, CancellationToken stop, CancellationToken giveUp)
    {
        if (call.Request.Guard is { } guard)
        {
            try
            {
                await guard.BeforeTry(stop).ConfigureAwait(false);
            }
            catch (MessagingException e)
            {
                return new Attempt(call) { Failure = e };
            }
        }

        stop.ThrowIfCancellationRequested();
        call.Attempts++;
        call.AskedAt = Clock.GetUtcNow();
        var failures = new Failures(call.Connection, call.Request, call.Attempts);
        using var timeout = new CancellationTokenSource(call.Connection.CallTimeout, Clock);
        using CancellationTokenRegistration given = giveUp.UnsafeRegister(static timeout => ((CancellationTokenSource)timeout!).Cancel(), timeout);
        RequestBody? body = call.Request.Body is null ? null : new RequestBody(call.Request.Body, stop);
        using HttpRequestMessage message = Message(call, body);
        Uri host = call.Connection.BaseUri;
        bool isKnown = _keepsOpen.TryGetValue(host, out bool keeps);
        // The services themselves speak HTTP/1.1; what runs on this computer has to show it first.
        HttpMessageInvoker invoker = isKnown ? (keeps ? _invoker : _once) : host.Scheme == Uri.UriSchemeHttps ? _invoker : _once;
        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(message, timeout.Token).ConfigureAwait(false);
            bool keepsNow = response.Version >= HttpVersion.Version11;
            if (!isKnown || keeps != keepsNow) _keepsOpen[host] = keepsNow;
            return (int)response.StatusCode is >= 200 and < 300
                ? await ReadGoodAsync(call, response, failures, timeout.Token).ConfigureAwait(false)
                : await ReadBadAsync(call, response, failures, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            bool left = MayHaveLeft(call, body, null);
            if (stop.IsCancellationRequested && (!left || call.Request.Kind == CallKind.Read)) throw new OperationCanceledException("The call was cancelled.", e, stop);
            if (giveUp.IsCancellationRequested)
            {
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
            // An answer that broke off is not the service's own, which has a good status and next to nothing behind it.
            if (status != 204) return new Attempt(call) { GotThrough = true, Failure = failures.Unreadable("the answer broke off", status, e) };
            (buffer, length, cut) = ([], 0, false);
        }

        var answer = new ServiceResponse(status, response.Headers, buffer, length, answeredAt, call.Attempts) { AskedAt = call.AskedAt };
        if (!cut) return new Attempt(call) { Response = answer, GotThrough = true, ServiceTime = answer.ServiceTime };
        answer.Dispose();
        return new Attempt(call) { GotThrough = true, Failure = failures.Unreadable($"it is larger than {_options.MaxResponseBytes / 1024} KiB", status) };
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

        // A send that met a 503 may have been stored, whatever wait the service asks for.
        bool isRead = call.Request.Kind == CallKind.Read;
        TimeSpan? retryAfter = status == 429 || (status == 503 && isRead) ? RetryAfter(response.Headers) : null;
        bool isTooLong = retryAfter > call.Connection.MaxRetryWait;
        if (isTooLong && status == 429) call.Connection.HeldUntil = Waiting.Now(Clock) + retryAfter!.Value;
        return new Attempt(call)
        {
            Failure = isTooLong ? failures.WaitTooLong(status, retryAfter!.Value, said) : failures.FromStatus(status, said, retryAfter, response.Headers.Date),
            Repeat = !isTooLong && (status == 429 || (isRead && status is 408 or >= 500)),
            RetryAfter = isTooLong ? null : retryAfter,
            IsRefusal = status == 429,
            GotThrough = status is not 408 and < 500,
            ServiceTime = response.Headers.Date,
        };
    }

    // A point in time is the service's: it is compared with the service's own time, and ours only where that is not said.
    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        if (headers.RetryAfter is not { } header) return null;
        TimeSpan wait = header.Delta ?? (header.Date is { } date ? date - (headers.Date ?? Clock.GetUtcNow()) : TimeSpan.Zero);
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
        message.Headers.Accept.Add(AcceptJson);
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
            Proxy = new LoopbackBypass(HttpClient.DefaultProxy),
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
    private sealed class Call(ServiceConnection connection, ServiceRequest request, Action<ServiceWait>? onWait, AccountThrottle throttle)
    {
        public ServiceConnection Connection { get; } = connection;

        public ServiceRequest Request { get; } = request;

        public AccountThrottle Throttle { get; } = throttle;

        public AccountThrottle.Tries Refusals { get; } = new();

        public int Attempts { get; set; }

        public DateTimeOffset AskedAt { get; set; }

        public int Failures { get; set; }

        public string? LastRefusal { get; set; }

        public void Report(TimeSpan delay, string why) => onWait?.Invoke(new ServiceWait(Connection.Account, Request.Display, delay, why, Attempts + 1));

        public void ReportHold(TimeSpan delay) => Report(delay, LastRefusal ?? "The service asked this account to wait.");
    }

    /// <summary>How one try ended.</summary>
    private sealed class Attempt(Call call)
    {
        public Call Call { get; } = call;

        public ServiceResponse? Response { get; init; }

        public MessagingException? Failure { get; init; }

        public bool Repeat { get; set; }

        public TimeSpan Delay { get; set; }

        public TimeSpan? RetryAfter { get; init; }

        /// <summary>The service said "too many": all calls of the account wait, not only this one.</summary>
        public bool IsRefusal { get; init; }

        /// <summary>The service worked on it, whatever it made of it.</summary>
        public bool GotThrough { get; init; }

        public DateTimeOffset? ServiceTime { get; init; }
    }
}

/// <summary>
/// The computer's proxy, but never for an address on this computer: a token on its way to a simulator over plain http would pass the proxy
/// in clear text.
/// </summary>
internal sealed class LoopbackBypass(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : proxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
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
