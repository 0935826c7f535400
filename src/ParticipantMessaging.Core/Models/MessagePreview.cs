namespace ParticipantMessaging;

/// <summary>What a row of a list would come to, before anything is sent.</summary>
public sealed class MessagePreview
{
    /// <summary>The row as a spreadsheet with a header line shows it: the first piped object is row 2.</summary>
    public int Row { get; init; }

    /// <summary>Name of the account, or <c>Provider@host</c> when a token was given directly; empty when there is none.</summary>
    public string Account { get; init; } = "";

    /// <summary>The person, as the service writes the id; as it stands in the row when it is none. Empty for a group or all members.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>Prolific study; empty where there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>The subject; empty where there is none.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The text as it would arrive; empty when it could not be filled in.</summary>
    public string Body { get; init; } = "";

    /// <summary>Length of the text in characters.</summary>
    public int Length { get; init; }

    /// <summary>What is wrong with the row, a sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary><c>Send</c>; <c>Skip</c> (a duplicate, a person who has it already or is blocked); <c>Refuse</c> (it has findings, or others of its list have).</summary>
    public string WouldBe { get; init; } = "";

    /// <summary>Why it would not be sent; empty when it would.</summary>
    public string Reason { get; init; } = "";
}
