using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ParticipantMessaging.Simulator;

/// <summary>One request with its body read.</summary>
internal sealed class SimRequest(HttpContext context, byte[] body, long number)
{
    private Dictionary<string, StringValues>? _query;
    private string[]? _segments;

    public HttpContext Context { get; } = context;

    public long Number { get; } = number;

    public string Method { get; } = context.Request.Method;

    public string Path { get; } = context.Request.Path.Value ?? "/";

    public byte[] Body { get; } = body;

    public string? ContentType => Context.Request.ContentType;

    /// <summary>The content type without its parameters, in small letters.</summary>
    public string MediaType => (ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>The fields of a message to Open Humans members, once the body was read.</summary>
    public MessageForm? Form { get; set; }

    public IHeaderDictionary Headers => Context.Request.Headers;

    /// <summary>The parts of the path, without the empty ones at its ends.</summary>
    public string[] Segments => _segments ??= Path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    public string BaseUrl => $"http://{Context.Request.Host.Value}";

    public Dictionary<string, StringValues> Query =>
        _query ??= QueryHelpers.ParseQuery(Context.Request.QueryString.Value);

    public string? QueryValue(string name) =>
        Query.TryGetValue(name, out StringValues values) && values.Count > 0 ? values[^1] : null;

    /// <summary>The body as JSON; null when it is none. The caller disposes it.</summary>
    public JsonDocument? Json(out string? error)
    {
        error = null;
        if (!System.Text.Unicode.Utf8.IsValid(Body))
        {
            error = "'utf-8' codec can't decode a byte of the body";
            return null;
        }

        try
        {
            return JsonDocument.Parse(Body);
        }
        catch (JsonException e)
        {
            error = $"Expecting value: line {e.LineNumber + 1} column {e.BytePositionInLine + 1}";
            return null;
        }
    }
}
