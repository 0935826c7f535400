namespace ParticipantMessaging.Simulator;

/// <summary>A mail job that died after the API had answered "success".</summary>
/// <param name="RequestNumber">The request that queued it.</param>
/// <param name="Error">What Django would raise.</param>
/// <param name="MemberId">The member at whom it stopped; null when nobody was mailed.</param>
/// <param name="Unmailed">How many members got nothing.</param>
public sealed record SimWorkerFailure(long RequestNumber, string Error, string? MemberId, int Unmailed);
