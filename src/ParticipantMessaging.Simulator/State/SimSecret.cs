namespace ParticipantMessaging.Simulator;

/// <summary>The webhook secret of a workspace.</summary>
public sealed record SimSecret(string Id, string Value, string WorkspaceId);
