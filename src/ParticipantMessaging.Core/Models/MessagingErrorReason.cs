namespace ParticipantMessaging;

/// <summary>
/// Why something could not be done. The name is the stable part of an error id: PowerShell shows
/// <c>ParticipantMessaging.&lt;Reason&gt;</c>. Names are never changed or re-used.
/// </summary>
public enum MessagingErrorReason
{
    /// <summary>The service does not accept the token (401).</summary>
    AuthenticationFailed,

    /// <summary>The token is accepted but may not do this (403).</summary>
    PermissionDenied,

    /// <summary>The thing does not exist, or this token may not see it (404).</summary>
    NotFound,

    /// <summary>The service, or this library before the call, refuses what was asked (400, 409, 422).</summary>
    InvalidRequest,

    /// <summary>Too many requests, and waiting as long as allowed did not help (429).</summary>
    RateLimited,

    /// <summary>The service failed (5xx) and the call is known not to have had an effect, or was a read.</summary>
    ServiceUnavailable,

    /// <summary>No answer in time, to a call that may be repeated.</summary>
    Timeout,

    /// <summary>No connection: name resolution, refused, reset, TLS.</summary>
    ConnectionFailed,

    /// <summary>The answer is not what the service documents: unreadable JSON, another content type, a redirect, too large.</summary>
    InvalidResponse,

    /// <summary>The chosen service does not offer this.</summary>
    NotSupported,

    /// <summary>No account of that name, or no default account.</summary>
    AccountNotFound,

    /// <summary>The vault holds no secret of that name.</summary>
    SecretNotFound,

    /// <summary>SecretManagement or the vault is not installed.</summary>
    VaultNotInstalled,

    /// <summary>A confirmation is needed, and this host cannot ask.</summary>
    ConfirmationRequired,

    /// <summary>The ledger cannot be opened, read or written, or is of a newer version.</summary>
    LedgerUnavailable,

    /// <summary>A message may or may not have been sent.</summary>
    OutcomeUnknown,

    /// <summary>A webhook request is not signed with the expected secret, or is too old.</summary>
    InvalidSignature,

    /// <summary>Finding: blank, null or wrongly shaped recipient.</summary>
    InvalidRecipient,

    /// <summary>Finding: two recipient columns with different values in one row.</summary>
    AmbiguousRecipient,

    /// <summary>Finding: an Open Humans id of 7 digits, whose leading zero a spreadsheet has eaten.</summary>
    LostLeadingZero,

    /// <summary>Finding: Prolific needs a study and there is none, or it is not 24 hex digits.</summary>
    MissingStudy,

    /// <summary>Finding: the text names a column that the row does not have.</summary>
    MissingColumn,

    /// <summary>Finding: the column that the text names is empty in this row.</summary>
    EmptyField,

    /// <summary>Finding: the text is blank.</summary>
    BlankText,

    /// <summary>Finding: the text is longer than the service takes.</summary>
    TextTooLong,

    /// <summary>Finding: template syntax that Open Humans would drop or choke on.</summary>
    UnsafeTemplate,

    /// <summary>Finding: a subject with a line break, too long, or on a service that has none.</summary>
    InvalidSubject,

    /// <summary>Finding: one person, one campaign, two different texts.</summary>
    ConflictingText,

    /// <summary>The list has findings, so nothing of it was sent.</summary>
    ListNotSent,
}
