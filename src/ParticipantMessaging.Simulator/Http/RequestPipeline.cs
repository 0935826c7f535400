using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace ParticipantMessaging.Simulator;

/// <summary>The way of every API request: read, log, delay, fault before, answer, fault after, write.</summary>
internal sealed class RequestPipeline
{
    private const int MaxBody = 256 * 1024 * 1024;
    private readonly SimulatorOptions _options;
    private readonly SimulatorState _state;
    private readonly FaultList _faults;
    private readonly ProlificApi _prolific;
    private readonly OpenHumansApi _openHumans;
    private readonly Random _random;
    private readonly TokenRates _rates;

    public RequestPipeline(SimulatorOptions options, SimulatorState state, FaultList faults)
    {
        _options = options;
        _state = state;
        _faults = faults;
        _prolific = new ProlificApi(options, state);
        _openHumans = new OpenHumansApi(options, state);
        _random = new Random(options.Seed);
        _rates = new TokenRates(options);
    }

    public async Task HandleAsync(HttpContext context)
    {
        long started = Stopwatch.GetTimestamp();
        byte[] body = await ReadBodyAsync(context.Request);
        var request = new SimRequest(context, body, _state.Requests.NextNumber());
        SimRequestRecord? record = _state.Requests.Enabled ? RequestRecorder.Begin(request, _state.Now) : null;
        if (record is not null)
            _state.Requests.Add(record);

        try
        {
            context.Response.Headers.Date = _state.Now.ToString("R", CultureInfo.InvariantCulture);
            await DelayAsync(context.RequestAborted);
            if (_rates.Hold(request) is { } wait)
            {
                SimResponse slower = _rates.Refuse(request, wait);
                Note(record, slower);
                if (record is not null)
                    record.Fault = "rate";
                await WriteAsync(context, slower);
                return;
            }

            FaultRule? fault = _faults.IsEmpty ? null : _faults.Match(request);
            if (fault is null)
            {
                SimResponse? response = await AnswerAsync(request, context.RequestAborted);
                Note(record, response);
                if (response is null)
                    context.Abort();
                else
                    await WriteAsync(context, response);
                return;
            }

            if (record is not null)
                record.Fault = fault.Id;
            SimResponse? real = fault.AfterStored || fault.NeedsAnswer
                ? await AnswerAsync(request, context.RequestAborted)
                : null;
            if (record is not null && real is not null)
                record.Stored = real.Stored;
            SimResponse? changed = await FaultEffects.ApplyAsync(fault, request, real, _options.TimeProvider, _state.Now);
            if (changed is not null)
            {
                if (record is not null)
                    record.Status = changed.Status;
                await WriteAsync(context, changed);
            }
            else if (record is not null)
            {
                record.Status = fault.IsCut ? 0 : context.Response.StatusCode;
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone or the simulator is stopping; there is nobody left to answer.
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            // The same, noticed while writing.
        }
        finally
        {
            if (record is not null)
                record.DurationMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            _state.Touch();
        }
    }

    /// <summary>Null when the service closes the connection without an answer.</summary>
    private async ValueTask<SimResponse?> AnswerAsync(SimRequest request, CancellationToken cancellationToken)
    {
        SimResponse response = Answer(request);
        return response.Later is { } later ? await later(cancellationToken) : response;
    }

    private SimResponse Answer(SimRequest request)
    {
        if (request.Path.StartsWith("/api/v1/", StringComparison.Ordinal))
            return _prolific.Handle(request);
        if (request.Path.StartsWith("/api/direct-sharing/", StringComparison.Ordinal))
            return _openHumans.Handle(request);
        return SimResponse.Text(404, SimResponse.HtmlType, "<!doctype html><title>404</title><h1>Not Found</h1>");
    }

    private static void Note(SimRequestRecord? record, SimResponse? response)
    {
        if (record is null || response is null)
            return;
        record.Status = response.Status;
        record.Stored = response.Stored;
    }

    private async Task DelayAsync(CancellationToken cancellationToken)
    {
        if (_options.LatencyMaxMs <= 0)
            return;
        int delay;
        lock (_random)
            delay = _random.Next(_options.LatencyMinMs, Math.Max(_options.LatencyMinMs, _options.LatencyMaxMs) + 1);
        if (delay > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), _options.TimeProvider, cancellationToken);
    }

    internal static async ValueTask WriteAsync(HttpContext context, SimResponse response)
    {
        HttpResponse target = context.Response;
        target.StatusCode = response.Status;
        if (response.Headers is { } headers)
        {
            foreach ((string name, string value) in headers)
                target.Headers[name] = value;
        }

        if (response.Status is 204 or 304)
            return;
        target.ContentType = response.ContentType;
        target.ContentLength = response.Body.Length;
        if (response.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
            await target.BodyWriter.WriteAsync(response.Body, context.RequestAborted);
    }

    private static async ValueTask<byte[]> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength == 0 || HttpMethods.IsGet(request.Method) && request.ContentLength is null)
            return [];
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (result.IsCompleted || result.Buffer.Length > MaxBody)
            {
                byte[] body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
