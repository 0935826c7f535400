namespace ParticipantMessaging.Sending;

/// <summary>Whom a row is for, as it was found in the row.</summary>
/// <param name="Kind">What it addresses.</param>
/// <param name="Id">The id as it stands in the row, trimmed; empty when blank.</param>
/// <param name="Column">The column it stands in; empty when it was given directly. For an ambiguous row: both columns and values.</param>
public readonly record struct RowRecipient(RecipientKind Kind, string Id, string Column)
{
    /// <summary>All members of an Open Humans project.</summary>
    public static RowRecipient AllMembers { get; } = new(RecipientKind.AllMembers, "", "");

    /// <summary>A person whose id was given directly.</summary>
    /// <param name="id">The id; null and blank are findings later.</param>
    /// <returns>The recipient.</returns>
    public static RowRecipient Person(string? id) => new(RecipientKind.Person, id?.Trim() ?? "", "");

    /// <summary>A Prolific participant group.</summary>
    /// <param name="id">The group's id.</param>
    /// <returns>The recipient.</returns>
    public static RowRecipient Group(string? id) => new(RecipientKind.Group, id?.Trim() ?? "", "");
}
