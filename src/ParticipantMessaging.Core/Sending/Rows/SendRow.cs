namespace ParticipantMessaging.Sending;

/// <summary>One row of a list as it was collected, before anything was checked.</summary>
public sealed class SendRow
{
    /// <summary>The row as a spreadsheet with a header line shows it: the first is 2.</summary>
    public required int Row { get; init; }

    /// <summary>The object that came in; the target of the row's errors.</summary>
    public object? Source { get; init; }

    /// <summary>Columns that a text may name.</summary>
    public IRowFields Fields { get; init; } = NoFields.Instance;

    /// <summary>Whom it is for.</summary>
    public required RowRecipient Recipient { get; init; }

    /// <summary>Name of the account; null for the default.</summary>
    public string? Account { get; init; }

    /// <summary>Study; null when none was given.</summary>
    public string? StudyId { get; init; }

    /// <summary>Text before its placeholders are filled; null when none was given.</summary>
    public string? Body { get; init; }

    /// <summary>Subject before its placeholders are filled; null when none was given.</summary>
    public string? Subject { get; init; }
}
