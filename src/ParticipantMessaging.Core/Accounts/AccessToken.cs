using System.Runtime.InteropServices;
using System.Security;

namespace ParticipantMessaging.Accounts;

/// <summary>A token of a service. Its text is only given out by <see cref="Reveal"/>, which only the HTTP layer calls.</summary>
public sealed class AccessToken
{
    private readonly string _value;

    /// <summary>Wraps a token.</summary>
    /// <param name="value">The token; white space around it is a copying accident and is dropped.</param>
    /// <exception cref="ArgumentException">The token is blank or holds characters that no header can carry.</exception>
    public AccessToken(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value.Trim();
        if (_value.Length == 0) throw new ArgumentException("The token is blank.", nameof(value));
        if (_value.Any(static c => c <= ' ' || c > '~')) throw new ArgumentException("The token holds a character that no token has.", nameof(value));
    }

    /// <summary>Wraps a token.</summary>
    /// <param name="value">The token.</param>
    /// <returns>The wrapped token.</returns>
    /// <exception cref="ArgumentException">The token is blank or holds characters that no header can carry.</exception>
    public static AccessToken From(SecureString value)
    {
        ArgumentNullException.ThrowIfNull(value);
        nint pointer = Marshal.SecureStringToGlobalAllocUnicode(value);
        try
        {
            return new AccessToken(Marshal.PtrToStringUni(pointer, value.Length));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }

    /// <summary>The token in clear, for an Authorization header or to scrub it from a text.</summary>
    internal string Reveal() => _value;

    /// <summary>Replaces every occurrence of the token in a text by <c>***</c>.</summary>
    /// <param name="text">Any text; null stays null.</param>
    /// <returns>The text without the token, in its plain and its URL-escaped spelling.</returns>
    public string? Scrub(string? text)
    {
        if (string.IsNullOrEmpty(text)) return text;
        string escaped = Uri.EscapeDataString(_value);
        text = text.Replace(_value, "***", StringComparison.Ordinal);
        return escaped == _value ? text : text.Replace(escaped, "***", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Never the token.</summary>
    public override string ToString() => "***";
}
