namespace ParticipantMessaging.Sending;

/// <summary>Whom a group or all-members send reaches.</summary>
/// <param name="Name">Name of the group or project.</param>
/// <param name="People">Head count; null when the service did not say.</param>
public sealed record Audience(string Name, int? People);
