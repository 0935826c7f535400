namespace ParticipantMessaging.Simulator;

/// <summary>The order of the webhook event log; the provider guarantees none.</summary>
public enum SimEventOrder
{
    /// <summary>The last one first.</summary>
    NewestFirst,

    /// <summary>The first one first.</summary>
    OldestFirst,

    /// <summary>Newest first, but shuffled within blocks of 16, the same way at every call.</summary>
    Shuffled,
}
