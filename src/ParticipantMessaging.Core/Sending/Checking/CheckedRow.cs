namespace ParticipantMessaging.Sending;

/// <summary>What the check made of one row. A value of three references: of 100,000 rows, nearly all have a message and no notes.</summary>
/// <param name="Row">The row.</param>
/// <param name="Message">What goes out; null when there are findings, or when the person is blocked.</param>
/// <param name="Notes">What else there is to say; null when there is nothing.</param>
public readonly record struct CheckedRow(SendRow Row, PreparedMessage? Message, CheckNotes? Notes = null)
{
    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<Finding> Findings => Notes?.Findings ?? [];

    /// <summary>The earlier row with the same person, study and text; null when there is none.</summary>
    public int? DuplicateOf => Notes?.DuplicateOf;

    /// <summary>The block of this person; null when there is none.</summary>
    public BlockedParticipant? Block => Notes?.Block;

    /// <summary>An earlier row with another text for the same person (sent all the same, without a campaign); null when there is none.</summary>
    public int? OtherTextInRow => Notes?.OtherTextInRow;
}
