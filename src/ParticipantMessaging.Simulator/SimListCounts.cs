namespace ParticipantMessaging.Simulator;

/// <summary>Whether lists tell how many entries there are in all.</summary>
public enum SimListCounts
{
    /// <summary>Where the services are known to.</summary>
    AsUsual,

    /// <summary>Everywhere, messages and group members included.</summary>
    Always,

    /// <summary>Nowhere.</summary>
    Never,
}
