using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>What a check has to say of a row that is not simply in order.</summary>
public sealed record CheckNotes
{
    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The earlier row with the same person, study and text; null when there is none.</summary>
    public int? DuplicateOf { get; init; }

    /// <summary>An earlier row with another text for the same person; null when there is none.</summary>
    public int? OtherTextInRow { get; init; }

    /// <summary>The block of this person, who must not be written to: then nothing else of the row is looked at. Null when there is none.</summary>
    public BlockedParticipant? Block { get; init; }

    /// <summary>The account, as far as it is known, for the receipt of a row with findings.</summary>
    public ServiceConnection? Connection { get; init; }

    /// <summary>The id, as far as it is known.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>The study, as far as it is known.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The text, as far as it could be rendered.</summary>
    public RenderedText? Text { get; init; }
}
