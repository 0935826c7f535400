namespace ParticipantMessaging.Simulator;

/// <summary>A workspace of the researcher.</summary>
public sealed record SimWorkspace(string Id, string Title);
