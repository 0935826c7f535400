namespace ParticipantMessaging.Simulator;

/// <summary>One call that reached more than one person at once.</summary>
/// <param name="Kind">bulk, group, broadcast, project-list or project-all.</param>
/// <param name="Recipients">How many people it reached.</param>
/// <param name="Body">The text as it was sent.</param>
/// <param name="StudyId">The study, if any.</param>
/// <param name="RequestNumber">Number of the request.</param>
/// <param name="Time">When.</param>
public sealed record SimBulkCall(string Kind, int Recipients, string Body, string? StudyId, long RequestNumber, DateTimeOffset Time);
