using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>One call to a service: the same text, study and account for all its messages.</summary>
/// <param name="Messages">Whom it goes to: one person, several (a bulk call), one group, or all members.</param>
public sealed record PlannedCall(IReadOnlyList<PreparedMessage> Messages)
{
    /// <summary>The account.</summary>
    public ServiceConnection Connection => Messages[0].Connection;

    /// <summary>What it addresses.</summary>
    public RecipientKind Kind => Messages[0].Kind;

    /// <summary>The study; empty when there is none.</summary>
    public string StudyId => Messages[0].StudyId;

    /// <summary>What it says.</summary>
    public RenderedText Text => Messages[0].Text;

    /// <summary>How many people it reaches.</summary>
    public int People => Kind == RecipientKind.Person ? Messages.Count : Messages[0].Recipients;
}
