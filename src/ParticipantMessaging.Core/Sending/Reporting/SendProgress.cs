namespace ParticipantMessaging.Sending;

/// <summary>How far a send is.</summary>
/// <param name="Done">People whose outcome is known.</param>
/// <param name="Total">People in all.</param>
/// <param name="PerSecond">People a second so far.</param>
/// <param name="Left">Time left at that rate; null when it cannot be told yet.</param>
public readonly record struct SendProgress(int Done, int Total, double PerSecond, TimeSpan? Left);
