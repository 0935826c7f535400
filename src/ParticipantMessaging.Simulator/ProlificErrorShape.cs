namespace ParticipantMessaging.Simulator;

/// <summary>The five shapes of an error body that clients of Prolific have met (provider facts, section 1.2).</summary>
public enum ProlificErrorShape
{
    /// <summary>As the OpenAPI file declares it: bare on messages and submissions, wrapped elsewhere.</summary>
    Declared,

    /// <summary><c>{"error":{"status",…}}</c></summary>
    Wrapped,

    /// <summary>The same object without the wrapper.</summary>
    Bare,

    /// <summary><c>{"message","detail"}</c></summary>
    Simple,

    /// <summary><c>{"detail":"…"}</c></summary>
    Detail,

    /// <summary>A page of HTML, as a gateway answers.</summary>
    Html,
}
