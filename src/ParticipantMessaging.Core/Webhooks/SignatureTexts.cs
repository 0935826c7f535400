using System.Globalization;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Webhooks;

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
            $"The signature matches, but the request is dated {sentAt:yyyy-MM-dd HH:mm:ss} UTC, more than {TimeText.Words(maxAge ?? TimeSpan.Zero)} from now."),
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
