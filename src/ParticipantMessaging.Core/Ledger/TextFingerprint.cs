using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// What the ledger keeps of a text instead of the text: a SHA-256 of it as it was sent, and one of its normal form, by which
/// the text is found again at the provider, who may store line breaks, spaces and markup in another way.
/// </summary>
public static partial class TextFingerprint
{
    /// <summary>SHA-256 of the text as it is sent (UTF-8), 64 lower-case hex digits.</summary>
    /// <param name="text">The rendered text.</param>
    /// <param name="subject">The rendered subject; null or empty where there is none. It goes before the text, with a line break between.</param>
    /// <returns>The hash.</returns>
    public static string Hash(string text, string? subject = null)
        => Sha256(string.IsNullOrEmpty(subject) ? text : subject + "\n" + text);

    /// <summary>SHA-256 of the text's normal form, 64 lower-case hex digits; empty when nothing of it is left.</summary>
    /// <param name="text">The rendered text, without the subject.</param>
    /// <returns>The hash.</returns>
    public static string HashNormalized(string text)
    {
        string normal = Normalize(text);
        return normal.Length == 0 ? "" : Sha256(normal);
    }

    /// <summary>
    /// The normal form: entities decoded (also twice encoded ones), markup, white space and invisible characters left out,
    /// Unicode composed. Two texts with the same normal form say the same.
    /// </summary>
    internal static string Normalize(string text)
    {
        // A provider may encode what was typed as "&amp;" once more; the same is done to both sides, until nothing changes.
        for (int round = 0; round < 4; round++)
        {
            string decoded = WebUtility.HtmlDecode(text);
            if (string.Equals(decoded, text, StringComparison.Ordinal))
                break;

            text = decoded;
        }

        text = Tag().Replace(text, "");
        var builder = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            // Zero-width characters, the byte order mark and soft hyphens are no white space for .NET, and just as invisible.
            if (!char.IsWhiteSpace(character) && !char.IsControl(character) && character is not ('\u200B' or '\u2060' or '\uFEFF' or '\u00AD'))
                builder.Append(character);
        }

        return Compose(builder.ToString());
    }

    private static string Compose(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair: as it is.
            return text;
        }
    }

    private static string Sha256(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();

    [GeneratedRegex("</?[a-zA-Z][^<>]*>", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
