using System.Net.Http.Headers;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>Changes every answer of the service at random: bytes flipped, cut out, doubled, JSON values exchanged. The same seed does the same.</summary>
internal sealed class MutatingHandler(int seed) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "1e400", "99999999999999999999999999", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[[[", "}", "\"", ",", "\\", "\u0000", "\uFEFF",
        "\"https://elsewhere.example/next\"", "\"0000-00-00T99:99:99Z\"", "{\"results\":{\"results\":[]}}", "\"9999-12-31T23:59:59.9999999+14:00\"",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Called before every request.</summary>
    public Action? Asked { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked?.Invoke();
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        MediaTypeHeaderValue? type = answer.Content.Headers.ContentType;
        lock (_random)
        {
            for (int i = _random.Next(1, 4); i > 0; i--) body = Mutate(body);
        }

        answer.Content = new ByteArrayContent(body) { Headers = { ContentType = type } };
        return answer;
    }

    private byte[] Mutate(byte[] body)
    {
        int from = _random.Next(body.Length + 1);
        int to = Math.Min(body.Length, from + _random.Next(1, 40));
        byte[] piece = System.Text.Encoding.UTF8.GetBytes(Pieces[_random.Next(Pieces.Length)]);
        switch (_random.Next(6))
        {
            case 0:
                return body[..from];
            case 1:
                return [.. body[..from], .. body[to..]];
            case 2:
                return [.. body[..to], .. body[from..]];
            case 3:
                byte[] changed = [.. body];
                for (int i = from; i < to; i++) changed[i] = (byte)_random.Next(256);
                return changed;
            case 4:
                return [.. body[..from], .. piece, .. body[from..]];
            default:
                // A whole value is exchanged: what is parsed is still JSON, but of other kinds.
                int colon = Array.IndexOf(body, (byte)':', Math.Min(from, Math.Max(0, body.Length - 1)));
                if (colon < 0) return piece;
                int end = Array.FindIndex(body, colon, static b => b is (byte)',' or (byte)'}');
                return end < 0 ? piece : [.. body[..(colon + 1)], .. piece, .. body[end..]];
        }
    }
}
