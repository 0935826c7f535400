using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>What the check made of one row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Findings">What is wrong with it; empty when nothing is.</param>
public sealed record CheckedRow(SendRow Row, IReadOnlyList<Finding> Findings)
{
    /// <summary>What goes out; null when there are findings.</summary>
    public PreparedMessage? Message { get; init; }

    /// <summary>The earlier row with the same person, study and text; null when there is none.</summary>
    public int? DuplicateOf { get; init; }

    /// <summary>An earlier row with another text for the same person (sent all the same, without a campaign); null when there is none.</summary>
    public int? OtherTextInRow { get; init; }

    /// <summary>The account, as far as it is known, for the receipt of a row with findings.</summary>
    public ServiceConnection? Connection { get; init; }

    /// <summary>The id, as far as it is known.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>The study, as far as it is known.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The text, as far as it could be rendered.</summary>
    public RenderedText? Text { get; init; }
}
