namespace ParticipantMessaging.Simulator;

/// <summary>A study of the researcher.</summary>
public sealed record SimStudy(string Id, string Name, string WorkspaceId);
