namespace ParticipantMessaging.Prolific;

/// <summary>A signing secret as the service gives it, in clear.</summary>
/// <param name="Id">Id of the secret.</param>
/// <param name="Value">The value, used as literal UTF-8 text.</param>
/// <param name="WorkspaceId">The workspace.</param>
public sealed record WebhookSecretValue(string Id, string Value, string WorkspaceId)
{
    /// <summary>Never the secret.</summary>
    public override string ToString() => $"WebhookSecretValue {Id}";
}
