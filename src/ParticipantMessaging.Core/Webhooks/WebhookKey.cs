using System.Runtime.InteropServices;
using System.Security;
using System.Text;

namespace ParticipantMessaging.Webhooks;

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
