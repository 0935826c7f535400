namespace ParticipantMessaging.Simulator;

/// <summary>The order of the list of Open Humans members; the service guarantees none.</summary>
public enum SimMemberOrder
{
    /// <summary>As the rows lie in the table: as they came, those that were changed at the end.</summary>
    Stored,

    /// <summary>Another one at every call.</summary>
    Shuffled,
}
