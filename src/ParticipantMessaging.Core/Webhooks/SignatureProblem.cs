namespace ParticipantMessaging.Webhooks;

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
