namespace ParticipantMessaging.Simulator;

/// <summary>A broadcast, unchangeable once it was sent.</summary>
public sealed record SimBroadcast(
    string Id, string StudyId, string? WorkspaceId, string Subject, string? Topic, string Body,
    string AudienceSource, int RecipientCount, DateTimeOffset CreatedAt);
