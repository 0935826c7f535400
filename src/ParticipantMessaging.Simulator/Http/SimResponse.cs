using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>What is answered, complete before the first byte leaves, so that a fault can change or cut it.</summary>
internal sealed class SimResponse
{
    public const string JsonType = "application/json";
    public const string HtmlType = "text/html; charset=utf-8";

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public required int Status { get; init; }

    public string? ContentType { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public List<(string Name, string Value)>? Headers { get; init; }

    /// <summary>How many messages the call stored.</summary>
    public int Stored { get; init; }

    /// <summary>Where the service answers later: what gives the answer. Null from it closes the connection without one.</summary>
    public Func<CancellationToken, Task<SimResponse?>>? Later { get; init; }

    public static SimResponse NoContent(int stored = 0) => new() { Status = 204, Stored = stored };

    public static SimResponse Json(int status, Action<Utf8JsonWriter> write, int stored = 0, params (string, string)[] headers) => new()
    {
        Status = status,
        ContentType = JsonType,
        Body = Build(write),
        Stored = stored,
        Headers = headers.Length == 0 ? null : [.. headers],
    };

    public static SimResponse Text(int status, string contentType, string text, params (string, string)[] headers) => new()
    {
        Status = status,
        ContentType = contentType,
        Body = Encoding.UTF8.GetBytes(text),
        Headers = headers.Length == 0 ? null : [.. headers],
    };

    /// <summary>The page that a crashed Django answers.</summary>
    public static SimResponse ServerError() => Text(500, HtmlType,
        "<!doctype html><html lang=\"en\"><head><title>Server Error (500)</title></head><body><h1>Server Error (500)</h1></body></html>");

    public static ReadOnlyMemory<byte> Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            write(writer);
        return buffer.WrittenMemory;
    }
}
