namespace ParticipantMessaging.Sending;

/// <summary>What was given for all rows (on the command line, say). It wins over what stands in a row.</summary>
public sealed record SendDefaults
{
    /// <summary>Recipient for all rows; null when the rows name theirs.</summary>
    public RowRecipient? Recipient { get; init; }

    /// <summary>Study for all rows; null when the rows may name theirs.</summary>
    public string? StudyId { get; init; }

    /// <summary>Text for all rows; null when the rows may bring theirs.</summary>
    public string? Body { get; init; }

    /// <summary>Subject for all rows; null when the rows may bring theirs.</summary>
    public string? Subject { get; init; }

    /// <summary>True when an account or a token was given: then a row's Account column does not count.</summary>
    public bool HasConnection { get; init; }
}
