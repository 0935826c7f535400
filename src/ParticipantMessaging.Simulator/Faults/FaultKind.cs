namespace ParticipantMessaging.Simulator;

/// <summary>The ways in which a request can go wrong.</summary>
public enum FaultKind
{
    /// <summary>Another status, with <c>Retry-After</c> if asked for.</summary>
    Status,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>No answer ever comes.</summary>
    NoAnswer,

    /// <summary>The true answer comes late.</summary>
    Slow,

    /// <summary>The true answer comes byte by byte.</summary>
    Dribble,

    /// <summary>The true answer ends in the middle of its JSON.</summary>
    TruncatedJson,

    /// <summary>JSON in which every text is a number and every number a list.</summary>
    WrongTypes,

    /// <summary>Bytes that are no UTF-8 within the JSON's texts.</summary>
    InvalidUtf8,

    /// <summary>A gzip body that unpacks to a gigabyte.</summary>
    GzipBomb,

    /// <summary>A JSON text that never ends.</summary>
    EndlessBody,

    /// <summary>A hundred thousand lists within each other.</summary>
    DeepNesting,

    /// <summary>Numbers with ten thousand digits where counts belong.</summary>
    HugeNumbers,

    /// <summary>A page without rows although there are some.</summary>
    EmptyPage,

    /// <summary>A list that shows its first rows only (Size, else half of them) and links to no further ones; its count stays or goes.</summary>
    CutList,

    /// <summary>200 with a page of HTML in place of the answer, as a proxy gives.</summary>
    HtmlPage,

    /// <summary>200 with a word of plain text in place of the answer.</summary>
    TextPage,

    /// <summary>200 with a JSON error in place of the answer.</summary>
    JsonError,

    /// <summary>The true answer behind a byte order mark.</summary>
    ByteOrderMark,

    /// <summary>A redirect.</summary>
    Redirect,
}
