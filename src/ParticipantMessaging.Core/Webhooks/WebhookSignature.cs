using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
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
