using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ParticipantMessaging.Simulator;

/// <summary>Does what a rule says. A null result means that the connection was dealt with here.</summary>
internal static class FaultEffects
{
    public static async Task<SimResponse?> ApplyAsync(FaultRule rule, SimRequest request, SimResponse? real, TimeProvider clock,
        DateTimeOffset now)
    {
        HttpContext context = request.Context;
        CancellationToken aborted = context.RequestAborted;
        switch (rule.Kind)
        {
            case FaultKind.Status:
                return StatusOf(rule, request, now);
            case FaultKind.Redirect:
                return new SimResponse
                {
                    Status = rule.Status is >= 300 and < 400 ? rule.Status : 302,
                    Headers = [("Location", rule.Location ?? request.BaseUrl + "/elsewhere/")],
                };
            case FaultKind.Reset:
                Reset(context);
                return null;
            case FaultKind.NoAnswer:
                await Task.Delay(Timeout.Infinite, aborted);
                return null;
            case FaultKind.Slow:
                await Task.Delay(TimeSpan.FromMilliseconds(rule.DelayMs), clock, aborted);
                return real;
            case FaultKind.Dribble:
                await DribbleAsync(context, real!, TimeSpan.FromMilliseconds(rule.DelayMs), clock, aborted);
                return null;
            case FaultKind.TruncatedJson:
                return Changed(real!, real!.Body[..(real.Body.Length * 2 / 3)]);
            case FaultKind.WrongTypes:
                return Changed(real!, FaultBodies.WrongTypes(real!.Body));
            case FaultKind.InvalidUtf8:
                return Changed(real!, FaultBodies.InvalidUtf8(real!.Body));
            case FaultKind.EmptyPage:
                return Changed(real!, FaultBodies.EmptyPage(real!.Body));
            case FaultKind.CutList:
                return Changed(real!, FaultBodies.CutList(real!.Body, rule.Size, rule.KeepCount));
            case FaultKind.ByteOrderMark:
                return Changed(real!, (byte[])[0xEF, 0xBB, 0xBF, .. real!.Body.Span]);
            case FaultKind.HtmlPage:
                return SimResponse.Text(200, SimResponse.HtmlType, rule.Body ?? FaultBodies.ProxyPage);
            case FaultKind.TextPage:
                return SimResponse.Text(200, "text/plain; charset=utf-8", rule.Body ?? "OK");
            case FaultKind.JsonError:
                return SimResponse.Text(200, SimResponse.JsonType, rule.Body ?? "{\"error\":\"upstream unavailable\"}");
            case FaultKind.DeepNesting:
                return Json(FaultBodies.Nested((int)(rule.Size > 0 ? rule.Size : 100_000)));
            case FaultKind.HugeNumbers:
                return Json(FaultBodies.HugeNumbers());
            case FaultKind.GzipBomb:
                await BombAsync(context, rule.Size > 0 ? rule.Size : 1L << 30, aborted);
                return null;
            case FaultKind.EndlessBody:
                await EndlessAsync(context, rule.Size > 0 ? rule.Size : long.MaxValue, aborted);
                return null;
            default:
                throw new InvalidOperationException($"There is no fault '{rule.Kind}'.");
        }
    }

    private static SimResponse StatusOf(FaultRule rule, SimRequest request, DateTimeOffset now)
    {
        var headers = new List<(string, string)>();
        string? retryAfter = rule.RetryAfter ?? (rule.RetryAfterSeconds, rule.RetryAfterAsDate) switch
        {
            ({ } seconds, false) => seconds.ToString(CultureInfo.InvariantCulture),
            ({ } seconds, true) => now.AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture),
            _ => null,
        };
        if (retryAfter is not null)
            headers.Add(("Retry-After", retryAfter));
        if (rule.Status is 204 or 304)
            return new SimResponse { Status = rule.Status, Headers = headers };

        SimResponse body = rule.Body is { } text
            ? SimResponse.Text(rule.Status, rule.ContentType, text)
            : request.Path.StartsWith("/api/direct-sharing/", StringComparison.Ordinal)
                ? FaultBodies.OpenHumans(rule.Status)
                : ProlificErrors.Make(rule.Shape ?? FaultBodies.UsualShape(rule.Status), rule.Status, FaultBodies.Phrase(rule.Status));
        return new SimResponse
        {
            Status = rule.Status,
            ContentType = body.ContentType,
            Body = body.Body,
            Headers = [.. headers, .. body.Headers ?? []],
        };
    }

    private static SimResponse Changed(SimResponse real, ReadOnlyMemory<byte> body) => new()
    {
        Status = real.Status == 204 ? 200 : real.Status,
        ContentType = real.ContentType ?? SimResponse.JsonType,
        Headers = real.Headers,
        Body = body,
        Stored = real.Stored,
    };

    private static SimResponse Json(ReadOnlyMemory<byte> body) =>
        new() { Status = 200, ContentType = SimResponse.JsonType, Body = body };

    /// <summary>A reset on the wire (RST), not an orderly end.</summary>
    private static void Reset(HttpContext context)
    {
        Socket? socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is not null)
            socket.LingerState = new LingerOption(true, 0);
        context.Features.Get<IHttpRequestLifetimeFeature>()?.Abort();
        socket?.Close(0);
    }

    private static async Task DribbleAsync(HttpContext context, SimResponse real, TimeSpan delay, TimeProvider clock, CancellationToken aborted)
    {
        context.Response.StatusCode = real.Status;
        if (real.Status == 204)
        {
            await Task.Delay(delay, clock, aborted);
            return;
        }

        context.Response.ContentType = real.ContentType;
        context.Response.ContentLength = real.Body.Length;
        for (int i = 0; i < real.Body.Length; i++)
        {
            await context.Response.Body.WriteAsync(real.Body.Slice(i, 1), aborted);
            await context.Response.Body.FlushAsync(aborted);
            await Task.Delay(delay, clock, aborted);
        }
    }

    private static async Task BombAsync(HttpContext context, long size, CancellationToken aborted)
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = SimResponse.JsonType;
        context.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync("{\"results\":[\""u8.ToArray(), aborted);
        byte[] block = new byte[1 << 16];
        Array.Fill(block, (byte)'a');
        for (long written = 0; written < size; written += block.Length)
            await gzip.WriteAsync(block, aborted);
        await gzip.WriteAsync("\"]}"u8.ToArray(), aborted);
    }

    private static async Task EndlessAsync(HttpContext context, long size, CancellationToken aborted)
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = SimResponse.JsonType;
        byte[] row = Encoding.UTF8.GetBytes("{\"id\":\"5f8d0c3e4b2a1c0012345678\",\"body\":\"again\"},");
        byte[] block = new byte[row.Length * 1_000];
        for (int i = 0; i < 1_000; i++)
            row.CopyTo(block, i * row.Length);
        await context.Response.Body.WriteAsync("{\"results\":["u8.ToArray(), aborted);
        for (long written = 0; written < size; written += block.Length)
            await context.Response.Body.WriteAsync(block, aborted);
    }
}
