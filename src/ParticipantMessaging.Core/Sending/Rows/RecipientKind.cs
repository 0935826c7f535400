namespace ParticipantMessaging.Sending;

/// <summary>What a row addresses.</summary>
public enum RecipientKind
{
    /// <summary>One person.</summary>
    Person,

    /// <summary>A Prolific participant group.</summary>
    Group,

    /// <summary>All members of an Open Humans project.</summary>
    AllMembers,

    /// <summary>Nobody: the object offers no recipient.</summary>
    None,

    /// <summary>Two columns name different people.</summary>
    Ambiguous,
}
