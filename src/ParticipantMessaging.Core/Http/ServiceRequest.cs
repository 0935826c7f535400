using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParticipantMessaging.Http;

/// <summary>One call, before it is made.</summary>
internal sealed record ServiceRequest
{
    [SetsRequiredMembers]
    public ServiceRequest(HttpMethod method, string path, CallKind kind = CallKind.Read)
    {
        Method = method;
        Path = path;
        Kind = kind;
    }

    public required HttpMethod Method { get; init; }

    /// <summary>Path from the host root, its variable parts escaped.</summary>
    public required string Path { get; init; }

    public required CallKind Kind { get; init; }

    /// <summary>Query without the question mark and without the token; null when there is none.</summary>
    public string? Query { get; init; }

    /// <summary>JSON body; null when there is none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The token goes into the query instead of the header (Open Humans' members listing needs that).</summary>
    public bool TokenInQuery { get; init; }

    /// <summary>The feature may be switched off at the service, so a 404 has three possible causes.</summary>
    public bool MayBeSwitchedOff { get; init; }

    /// <summary>A change that sends a message, too: what is not known of it is told like a send's.</summary>
    public bool CarriesMessage { get; init; }

    /// <summary>A read that a send depends on: tried as often as a send is.</summary>
    public bool IsPatient { get; init; }

    /// <summary>What is asked before each try; null for nothing.</summary>
    public SendGuard? Guard { get; init; }

    /// <summary>Method and path, fit for messages.</summary>
    public string Display => $"{Method.Method} {Path}";
}

/// <summary>What a send asks before each of its tries.</summary>
/// <param name="BeforeTry">Awaited after whatever had to be waited for; what it throws ends the call before it leaves.</param>
/// <param name="NoFurtherTry">Once it is cancelled, waits end, no try begins, and a request of which nothing has left yet does not leave any more.</param>
public sealed record SendGuard(Func<CancellationToken, Task> BeforeTry, CancellationToken NoFurtherTry = default);

/// <summary>How a call may be repeated.</summary>
internal enum CallKind
{
    /// <summary>Has no effect at the service: may be repeated.</summary>
    Read,

    /// <summary>Messages people: repeated only when it is sure that nothing happened.</summary>
    Send,

    /// <summary>Changes something else at the service: repeated like a send, told in other words.</summary>
    Change,
}

/// <summary>
/// A JSON body that knows whether it has begun to leave. As long as it has not, the service cannot have acted on the
/// request; from then on it may have. It leaves once: a handler that tried to repeat it would fail here.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private static readonly MediaTypeHeaderValue _json = new("application/json");
    private readonly byte[] _utf8;
    private readonly CancellationToken _stop;
    private int _left;

    /// <summary>Makes one that does not begin to leave any more once it was stopped, however long connecting took.</summary>
    public RequestBody(byte[] utf8, CancellationToken stop)
    {
        _utf8 = utf8;
        _stop = stop;
        Headers.ContentType = _json;
    }

    public bool HasLeft => Volatile.Read(ref _left) != 0;

    protected override bool TryComputeLength(out long length)
    {
        length = _utf8.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _stop.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _left, 1) != 0) throw new InvalidOperationException("A request body leaves only once.");
        await stream.WriteAsync(_utf8, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Builds the parts of an address out of values that may hold anything.</summary>
internal static class QueryBuilder
{
    /// <summary>A query of the parameters that have a value.</summary>
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach ((string name, string? value) in parameters)
        {
            if (string.IsNullOrEmpty(value)) continue;
            if (query.Length > 0) query.Append('&');
            query.Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return query.ToString();
    }

    public static string Join(string first, string second) => first.Length == 0 ? second : second.Length == 0 ? first : $"{first}&{second}";

    /// <summary>An id as one segment of a path: whatever it holds, it does not leave its place.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: it is blank or no id.</exception>
    public static string Segment(string? id, string what)
    {
        string trimmed = id?.Trim() ?? "";
        if (trimmed.Length == 0 || trimmed is "." or ".." || trimmed.Any(static c => c is '/' or '\\' or '?' or '#' or '%' || char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                trimmed.Length == 0 ? $"The id of the {what} is blank." : $"'{trimmed}' is not the id of a {what}.",
                $"Give the id of the {what} as the service shows it.");
        }

        return Uri.EscapeDataString(trimmed);
    }
}

/// <summary>Writes request bodies.</summary>
internal static class JsonBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    /// <summary>A text that can be sent: half a surrogate pair would arrive as a broken character.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>.</exception>
    public static string Sendable(string? text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The {what} holds a broken character (half of a surrogate pair) at position {i + 1}.",
                "Check the encoding of the file that the text comes from.");
        }

        return text;
    }
}
