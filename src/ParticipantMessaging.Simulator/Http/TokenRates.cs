namespace ParticipantMessaging.Simulator;

/// <summary>Lets every token through at the steady rate of the options, with a small burst, and says how long the others have to wait.</summary>
internal sealed class TokenRates(SimulatorOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TimeSpan> _due = new(StringComparer.Ordinal);

    /// <summary>Null when the call may pass; else the time until one may.</summary>
    public TimeSpan? Hold(SimRequest request)
    {
        if (options.Rate is not { } rate)
            return null;
        string token = request.QueryValue("access_token") ?? request.Headers.Authorization.ToString();
        TimeSpan now = options.TimeProvider.GetElapsedTime(0);
        int burst = options.RateBurst > 0 ? options.RateBurst : Math.Max(1, (int)Math.Ceiling(1 / rate.Distance.TotalSeconds));
        lock (_gate)
        {
            // The time at which the next call is due when all come evenly; a burst may be ahead of it by as many distances as it is long.
            TimeSpan due = _due.TryGetValue(token, out TimeSpan known) && known > now ? known : now;
            TimeSpan wait = due - now - rate.Distance * (burst - 1);
            if (wait > TimeSpan.Zero)
                return wait;
            _due[token] = due + rate.Distance;
            return null;
        }
    }

    public SimResponse Refuse(SimRequest request, TimeSpan wait)
    {
        int seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        string detail = $"Request was throttled. Expected available in {seconds} second{(seconds == 1 ? "" : "s")}.";
        SimResponse body = request.Path.StartsWith("/api/direct-sharing/", StringComparison.Ordinal)
            ? SimResponse.Json(429, w =>
            {
                w.WriteStartObject();
                w.WriteString("detail", detail);
                w.WriteEndObject();
            })
            : ProlificErrors.Make(ProlificErrorShape.Wrapped, 429, detail);
        return new SimResponse
        {
            Status = 429,
            ContentType = body.ContentType,
            Body = body.Body,
            Headers = options.RateRetryAfter
                ? [("Retry-After", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture))]
                : null,
        };
    }
}
