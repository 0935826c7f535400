using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>
/// How Prolific signs (provider facts, section 5.2): base64 of HMAC-SHA256, keyed with the secret's UTF-8 text, over
/// the timestamp's text followed directly by the raw bytes of the body.
/// </summary>
public static class WebhookSignature
{
    /// <summary>Length of a signature in bytes.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>Signs a body.</summary>
    /// <param name="key">The secret.</param>
    /// <param name="timestamp">The timestamp, as it stands in the header.</param>
    /// <param name="body">The bytes, as they go over the wire.</param>
    /// <returns>The header's value: 44 characters of base64.</returns>
    public static string Compute(WebhookKey key, string timestamp, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(timestamp);
        Span<byte> hash = stackalloc byte[Size];
        Hash(key, timestamp, body, hash);
        return Convert.ToBase64String(hash);
    }

    internal static void Hash(WebhookKey key, string timestamp, ReadOnlySpan<byte> body, Span<byte> destination)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Utf8);
        hmac.AppendData(Encoding.UTF8.GetBytes(timestamp));
        hmac.AppendData(body);
        hmac.GetHashAndReset(destination);
    }

    /// <summary>Decodes a signature: strict, but for padding that was lost on the way.</summary>
    internal static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = TryDecodeBase64(text, out byte[] bytes) && bytes.Length == Size ? bytes : null;
        return signature is not null;
    }

    internal static bool TryDecodeBase64(string text, out byte[] bytes)
    {
        bytes = [];
        string padded = (text.Length % 4) switch
        {
            2 => text + "==",
            3 => text + "=",
            _ => text,
        };
        foreach (char c in padded)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/' or '=')) return false;
        }

        if (!Base64.IsValid(padded, out int length)) return false;
        bytes = new byte[length];
        return Convert.TryFromBase64String(padded, bytes, out int written) && written == length;
    }
}

/// <summary>A signing secret of a workspace. It is used as literal UTF-8 text and never shown.</summary>
public sealed class WebhookKey
{
    private readonly byte[] _utf8;

    /// <summary>Wraps a secret.</summary>
    /// <param name="secret">The secret, exactly as the provider shows it: nothing is trimmed or decoded.</param>
    /// <exception cref="ArgumentException">The secret is empty.</exception>
    public WebhookKey(string secret)
        : this(Encoding.UTF8.GetBytes(secret ?? throw new ArgumentNullException(nameof(secret))))
    {
    }

    private WebhookKey(byte[] utf8)
    {
        if (utf8.Length == 0) throw new ArgumentException("The webhook secret is empty.");
        _utf8 = utf8;
    }

    internal ReadOnlySpan<byte> Utf8 => _utf8;

    /// <summary>Wraps a secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <returns>The wrapped secret.</returns>
    /// <exception cref="ArgumentException">The secret is empty.</exception>
    public static WebhookKey From(SecureString secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        nint pointer = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return new WebhookKey(Marshal.PtrToStringUni(pointer, secret.Length));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "***";

    /// <summary>The keys that a slip in copying could have made of this one: for finding out why a signature does not match.</summary>
    internal IEnumerable<(WebhookKey Key, string Slip)> Slips()
    {
        string text = Encoding.UTF8.GetString(_utf8);
        string trimmed = text.Trim().TrimStart('\uFEFF');
        if (trimmed != text && trimmed.Length > 0) yield return (new WebhookKey(trimmed), "the given secret has white space or a line break around it");
        yield return (new WebhookKey(text + "\n"), "the sender's secret ends in a line break");
        yield return (new WebhookKey(text + "\r\n"), "the sender's secret ends in a line break");
        if (WebhookSignature.TryDecodeBase64(trimmed, out byte[] decoded) && decoded.Length > 0)
        {
            yield return (new WebhookKey(decoded), "the sender decodes the secret as base64, but it must be used as text");
        }
    }
}

/// <summary>Names of the headers of a delivered event (provider facts, section 5.1); compared without case.</summary>
public static class WebhookHeaderNames
{
    /// <summary>Base64 of the HMAC-SHA256 over request timestamp and raw body.</summary>
    public const string Signature = "X-Prolific-Request-Signature";

    /// <summary>UNIX time in seconds at which the request was sent; part of what is signed.</summary>
    public const string RequestTimestamp = "X-Prolific-Request-Timestamp";

    /// <summary>Id of the event, the same on every repeat; not signed.</summary>
    public const string EventId = "X-Event-ID";

    /// <summary>UNIX time in seconds at which the event was sent, for ordering; not signed.</summary>
    public const string EventTimestamp = "X-Timestamp";
}
