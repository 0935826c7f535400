namespace ParticipantMessaging;

/// <summary>What came of trying an account: does its token work, whose is it, how long did it take.</summary>
public sealed class MessagingAccountTest
{
    /// <summary>Name of the account, or <c>Provider@host</c> when a token was given directly.</summary>
    public string Name { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The host root.</summary>
    public Uri? BaseUri { get; init; }

    /// <summary>True when messages of this account arrive, as far as the service says: it accepted the token, and there is no <see cref="Problem"/>.</summary>
    public bool Ok { get; init; }

    /// <summary>Id of the researcher (which <c>-ExcludeSenderId</c> takes) or of the project; empty when it did not work.</summary>
    public string Id { get; init; } = "";

    /// <summary>Whose token it is, as the service says: a researcher on Prolific, a project on Open Humans; empty when it did not work.</summary>
    public string Identity { get; init; } = "";

    /// <summary>How long the call took, in milliseconds.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Why it does not work, or why nobody would get its messages; empty when all is well.</summary>
    public string Problem { get; init; } = "";
}
