namespace ParticipantMessaging.Prolific;

/// <summary>Whose token it is (Prolific <c>users/me</c>). Money and personal data of the answer are not kept.</summary>
public sealed class ProlificUser
{
    /// <summary>Id of the researcher; it is what excludes own messages from a history.</summary>
    public string Id { get; init; } = "";

    /// <summary>E-mail address; empty when the service did not say.</summary>
    public string Email { get; init; } = "";
}
