using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Accounts;

/// <summary>A token of a service. Its text is only given out by <see cref="Reveal"/>, which only the HTTP layer calls.</summary>
public sealed class AccessToken
{
    private readonly string _value;

    /// <summary>Wraps a token.</summary>
    /// <param name="value">The token; white space around it is a copying accident and is dropped.</param>
    /// <exception cref="ArgumentException">The token is blank, in quotes, has a word before it, or holds characters that no header can carry; the message says which, and nothing of the token.</exception>
    public AccessToken(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value.Trim();
        if (Fault(_value) is { } fault) throw new ArgumentException(fault, nameof(value));
    }

    /// <summary>Wraps a token.</summary>
    /// <param name="value">The token.</param>
    /// <returns>The wrapped token.</returns>
    /// <exception cref="ArgumentException">The token is blank, in quotes, has a word before it, or holds characters that no header can carry; the message says which, and nothing of the token.</exception>
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

    /// <summary>
    /// A mark by which the same token is known again, and from which it cannot be found: a token is far too long to be guessed. Never leaves
    /// this computer.
    /// </summary>
    /// <param name="salt">What makes marks of the same token differ from file to file.</param>
    internal string Mark(string salt) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}\n{_value}")), 0, 8);

    /// <summary>What is wrong with it, as people copy tokens: a sentence; null when nothing is.</summary>
    private static string? Fault(string value)
    {
        if (value.Length == 0) return "The token is blank.";
        if (IsQuote(value[0]) || IsQuote(value[^1])) return "The token is in quotation marks, which do not belong to it.";
        if (value[0] == '<' && value[^1] == '>') return "The token is in angle brackets, which do not belong to it.";
        foreach (string word in (ReadOnlySpan<string>)["Authorization:", "Token ", "Bearer "])
        {
            if (value.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return $"The token has '{word.Trim()}' before it, which belongs to the header of a call and not to the token.";
        }

        return value.Any(static c => c <= ' ' || c > '~') ? "The token holds a blank, a line break or another character that no token has." : null;
    }

    private static bool IsQuote(char c) => c is '"' or '\'' or '`' or '\u2018' or '\u2019' or '\u201C' or '\u201D' or '\u201E' or '\u00AB' or '\u00BB';

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
