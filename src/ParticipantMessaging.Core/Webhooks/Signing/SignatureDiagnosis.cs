using System.Globalization;
using System.Text;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Webhooks;

/// <summary>Finds out by trying why a signature does not match.</summary>
internal sealed class SignatureDiagnosis(WebhookKey[] keys, WebhookKey[] otherKeys)
{
    public (SignatureProblem Problem, string Detail)? Find(
        ReadOnlyMemory<byte> body, string? timestamp, string? signature, string reason)
    {
        if (reason == nameof(SignatureProblem.SignatureNotBase64)) return DescribeUnreadable(body.Span, timestamp!, signature!);
        if (reason != nameof(SignatureProblem.WrongSecret)) return null;
        WebhookSignature.TryDecode(signature!, out byte[]? claimed);
        return FindOtherSecret(body.Span, timestamp!, claimed)
            ?? FindOtherText(body.Span, timestamp!, claimed)
            ?? FindOtherBody(body, timestamp!, claimed);
    }

    private static (SignatureProblem, string)? DescribeUnreadable(ReadOnlySpan<byte> body, string timestamp, string signature)
    {
        string text = signature.Trim();
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit))
        {
            return (SignatureProblem.SignatureNotBase64, "The signature is written in hex digits; Prolific writes it in base64 (44 characters).");
        }

        if (text != signature && WebhookSignature.TryDecode(text, out _))
        {
            return (SignatureProblem.SignatureNotBase64, "The signature has white space around it.");
        }

        return text.Contains('-', StringComparison.Ordinal) || text.Contains('_', StringComparison.Ordinal)
            ? (SignatureProblem.SignatureNotBase64, "The signature is in the URL form of base64; Prolific writes it with + and /.")
            : null;
    }

    private (SignatureProblem, string)? FindOtherSecret(ReadOnlySpan<byte> body, string timestamp, byte[]? claimed)
    {
        if (WebhookVerifier.Matches(otherKeys, timestamp, body, claimed)) return (SignatureProblem.OtherKnownSecret, "");
        foreach (WebhookKey key in keys)
        {
            foreach ((WebhookKey other, string slip) in key.Slips())
            {
                if (WebhookVerifier.Matches([other], timestamp, body, claimed)) return (SignatureProblem.SecretMiscopied, slip);
            }
        }

        return null;
    }

    private (SignatureProblem, string)? FindOtherText(ReadOnlySpan<byte> body, string timestamp, byte[]? claimed)
    {
        // Timestamp and body are given as one text here, so that any order can be tried.
        byte[] stamp = Encoding.UTF8.GetBytes(timestamp);
        (byte[] Text, string Detail)[] tries =
        [
            ([.. body, .. stamp], "the body comes before the timestamp"),
            ([.. stamp, (byte)'.', .. body], "there is a full stop between timestamp and body"),
            ([.. body, (byte)'.', .. stamp], "the body comes before the timestamp, with a full stop between them"),
            ([.. stamp, (byte)'\n', .. body], "there is a line break between timestamp and body"),
            ([.. body], "the timestamp is not part of it"),
        ];
        foreach ((byte[] text, string detail) in tries)
        {
            if (WebhookVerifier.Matches(keys, "", text, claimed)) return (SignatureProblem.SignedTextDiffers, detail);
        }

        string trimmed = timestamp.Trim();
        return trimmed != timestamp && WebhookVerifier.Matches(keys, trimmed, body, claimed)
            ? (SignatureProblem.SignedTextDiffers, "the timestamp has white space around it here")
            : null;
    }

    private (SignatureProblem, string)? FindOtherBody(ReadOnlyMemory<byte> body, string timestamp, byte[]? claimed)
    {
        foreach (BodyVariant variant in BodyVariants.OfBytes(body).Concat(BodyVariants.OfJson(body)))
        {
            if (WebhookVerifier.Matches(keys, timestamp, variant.Body, claimed)) return (variant.Problem, variant.Detail);
        }

        return null;
    }
}

/// <summary>Why a signature does not match, as far as it can be found out by trying.</summary>
public enum SignatureProblem
{
    /// <summary>It matches.</summary>
    None,

    /// <summary>There is no signature.</summary>
    SignatureMissing,

    /// <summary>The signature is not the base64 of 32 bytes.</summary>
    SignatureNotBase64,

    /// <summary>There is no request timestamp, which is part of what is signed.</summary>
    TimestampMissing,

    /// <summary>The request timestamp is not a number of seconds.</summary>
    TimestampNotANumber,

    /// <summary>The signature matches, but the request is older than allowed, or from the future.</summary>
    TimestampOutsideWindow,

    /// <summary>The JSON was read and written anew on its way: other blanks, escapes or order.</summary>
    BodyReserialized,

    /// <summary>A line break at the end was added or lost, or the kind of line breaks was changed.</summary>
    LineBreakChanged,

    /// <summary>A byte order mark was added or lost.</summary>
    ByteOrderMarkChanged,

    /// <summary>The body's text was stored in another encoding than it came in.</summary>
    EncodingChanged,

    /// <summary>The sender signed something else than timestamp and body in this order.</summary>
    SignedTextDiffers,

    /// <summary>The signature matches another secret that is known.</summary>
    OtherKnownSecret,

    /// <summary>The secret was copied with white space around it, or was decoded.</summary>
    SecretMiscopied,

    /// <summary>Nothing that was tried explains it: the secret is another one, or the body or the timestamp was changed.</summary>
    WrongSecret,
}

/// <summary>The reasons in words.</summary>
internal static class SignatureTexts
{
    public static string Describe(SignatureProblem problem, string? detail, DateTimeOffset? sentAt, TimeSpan? maxAge) => problem switch
    {
        SignatureProblem.None => "The signature matches.",
        SignatureProblem.SignatureMissing => $"There is no signature (header {WebhookHeaderNames.Signature}).",
        SignatureProblem.SignatureNotBase64 => detail ?? "The signature is not the base64 of 32 bytes (44 characters).",
        SignatureProblem.TimestampMissing => $"There is no request timestamp (header {WebhookHeaderNames.RequestTimestamp}), which is part of what is signed.",
        SignatureProblem.TimestampNotANumber => "The request timestamp is not a number of seconds since 1970.",
        SignatureProblem.TimestampOutsideWindow => string.Create(
            CultureInfo.InvariantCulture,
            $"The signature matches, but the request is dated {(sentAt is { } time ? TimeText.Shown(time) : "")}, more than {TimeText.Words(maxAge ?? TimeSpan.Zero)} from now."),
        SignatureProblem.BodyReserialized => $"The body was read and written anew on its way: it matches with {detail}. Use the raw bytes of the request, not JSON that was parsed before.",
        SignatureProblem.LineBreakChanged => $"The line breaks of the body were changed on its way: it matches {detail}.",
        SignatureProblem.ByteOrderMarkChanged => $"A byte order mark was changed on the way: the body matches {detail}.",
        SignatureProblem.EncodingChanged => $"The body was stored in another encoding: it matches when {detail}.",
        SignatureProblem.SignedTextDiffers => $"The sender signed something else: {detail}. Prolific signs the timestamp followed directly by the body.",
        SignatureProblem.OtherKnownSecret => "The signature was made with another secret that is known here, so the request belongs to another workspace, or the secret was replaced.",
        SignatureProblem.SecretMiscopied => $"The secret was not taken as it is: {detail}.",
        _ => "The signature does not match, and nothing that usually goes wrong explains it: the secret is another one, or the body or the timestamp was changed.",
    };
}
