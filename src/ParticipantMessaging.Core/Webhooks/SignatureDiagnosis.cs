using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>Finds out by trying why a signature does not match.</summary>
internal sealed class SignatureDiagnosis(WebhookKey[] keys, WebhookKey[] otherKeys)
{
    public (SignatureProblem Problem, string Detail)? Find(
        ReadOnlyMemory<byte> body, string? timestamp, string? signature, string reason, bool readBody)
    {
        if (reason == nameof(SignatureProblem.SignatureNotBase64)) return DescribeUnreadable(body.Span, timestamp!, signature!);
        if (reason != nameof(SignatureProblem.WrongSecret)) return null;
        WebhookSignature.TryDecode(signature!, out byte[]? claimed);
        return FindOtherSecret(body.Span, timestamp!, claimed)
            ?? FindOtherText(body.Span, timestamp!, claimed)
            ?? FindOtherBody(body, timestamp!, claimed, readBody);
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

    private (SignatureProblem, string)? FindOtherBody(ReadOnlyMemory<byte> body, string timestamp, byte[]? claimed, bool readBody)
    {
        IEnumerable<BodyVariant> variants = BodyVariants.OfBytes(body);
        if (readBody) variants = variants.Concat(BodyVariants.OfJson(body));
        foreach (BodyVariant variant in variants)
        {
            if (WebhookVerifier.Matches(keys, timestamp, variant.Body, claimed)) return (variant.Problem, variant.Detail);
        }

        return null;
    }
}
