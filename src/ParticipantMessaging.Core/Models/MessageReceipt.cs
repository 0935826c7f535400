namespace ParticipantMessaging;

/// <summary>What became of one row of a send: one receipt per row that went in.</summary>
public sealed class MessageReceipt
{
    /// <summary>The row as a spreadsheet with a header line shows it: the first piped object, id or group is row 2.</summary>
    public int Row { get; init; }

    /// <summary>Name of the account, or <c>Provider@host</c> when a token was given directly.</summary>
    public string Account { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Prolific participant id or Open Humans project member id; empty for a group or all-members send.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Prolific study; empty where there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>Prolific participant group; empty unless it is a group send.</summary>
    public string GroupId { get; init; } = "";

    /// <summary>The conversation it went into; empty when the service chose it.</summary>
    public string ConversationId { get; init; } = "";

    /// <summary>Campaign; empty when none was named.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>One of <see cref="MessageStatus"/>.</summary>
    public string Status { get; init; } = "";

    /// <summary>Why it was skipped, failed or is unknown; empty when it was sent without remark.</summary>
    public string Reason { get; init; } = "";

    /// <summary>1 for a person; the head count of a group or all-members send, null when the service did not give it.</summary>
    public long? Recipients { get; init; }

    /// <summary>HTTP status of the call's last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How many times the call was tried; 0 when nothing left.</summary>
    public int Attempts { get; init; }

    /// <summary>When the service answered; null unless Sent or Queued.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>SHA-256 (64 hex digits) of the rendered text, subject included where there is one; empty when it could not be rendered.</summary>
    public string BodyHash { get; init; } = "";

    /// <summary>The object that came in as this row: piped back, a receipt means it, with all its columns. Null when there is none.</summary>
    public object? InputObject { get; init; }
}
