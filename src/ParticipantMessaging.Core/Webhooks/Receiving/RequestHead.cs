using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>A request that must be answered with this status and not looked at any further.</summary>
internal sealed class BadRequestException(int status, string text) : Exception(text)
{
    public int Status { get; } = status;
}

/// <summary>Request line and headers, read strictly: what two readers could understand in two ways is refused.</summary>
internal sealed class RequestHead
{
    private const string TokenSymbols = "!#$%&'*+-.^_`|~";

    private RequestHead(string method, string path, WebhookHeaders headers, long? contentLength, bool isChunked)
    {
        Method = method;
        Path = path;
        Headers = headers;
        ContentLength = contentLength;
        IsChunked = isChunked;
    }

    public string Method { get; }

    /// <summary>Without the query.</summary>
    public string Path { get; }

    public WebhookHeaders Headers { get; }

    /// <summary>Null when it is not said; then there is no body, or a chunked one.</summary>
    public long? ContentLength { get; }

    public bool IsChunked { get; }

    public bool HasBody => IsChunked || ContentLength > 0;

    public bool ExpectsContinue => string.Equals(Headers["Expect"], "100-continue", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the head's bytes, up to and without the empty line.</summary>
    public static RequestHead Parse(ReadOnlySpan<byte> bytes, int maxHeaders)
    {
        string[] lines = Encoding.Latin1.GetString(bytes).Split("\r\n");
        string[] parts = lines[0].Split(' ');
        if (parts.Length != 3 || !IsToken(parts[0]) || parts[2] is not ("HTTP/1.1" or "HTTP/1.0")) throw new BadRequestException(400, "The request line is malformed.");
        if (lines.Length - 1 > maxHeaders) throw new BadRequestException(431, "There are too many headers.");

        var headers = new List<KeyValuePair<string, string>>(lines.Length);
        long? length = null;
        bool chunked = false;
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !IsToken(line[..colon])) throw new BadRequestException(400, "A header is malformed.");
            string name = line[..colon];
            string value = line[(colon + 1)..].Trim(' ', '\t');
            if (value.AsSpan().IndexOfAnyInRange('\0', '\u0008') >= 0 || value.AsSpan().IndexOfAnyInRange('\n', '\u001F') >= 0) throw new BadRequestException(400, "A header is malformed.");
            headers.Add(new(name, value));
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) length = ReadLength(value, length);
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                if (chunked || !value.Equals("chunked", StringComparison.OrdinalIgnoreCase)) throw new BadRequestException(501, "This transfer encoding is not supported.");
                chunked = true;
            }
        }

        if (chunked && length is not null) throw new BadRequestException(400, "The request says its length in two ways.");
        return new RequestHead(parts[0], ReadPath(parts[1]), new WebhookHeaders(headers), length, chunked);
    }

    private static long ReadLength(string value, long? before)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length) || (before is not null && before != length))
        {
            throw new BadRequestException(400, "The length of the request is malformed.");
        }

        return length;
    }

    private static string ReadPath(string target)
    {
        if (!target.StartsWith('/'))
        {
            if (!Uri.TryCreate(target, UriKind.Absolute, out Uri? uri)) throw new BadRequestException(400, "The request line is malformed.");
            target = uri.AbsolutePath;
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }

    private static bool IsToken(string text)
        => text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || TokenSymbols.Contains(c, StringComparison.Ordinal));
}
