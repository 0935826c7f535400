namespace ParticipantMessaging.Http;

/// <summary>How a call may be repeated.</summary>
internal enum CallKind
{
    /// <summary>Has no effect at the service: may be repeated.</summary>
    Read,

    /// <summary>Messages people: repeated only when it is sure that nothing happened.</summary>
    Send,

    /// <summary>Changes something else at the service: repeated like a send, told in other words.</summary>
    Change,
}
