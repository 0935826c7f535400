namespace ParticipantMessaging.Http;

/// <summary>A wait before a call is made or made again; for verbose output.</summary>
/// <param name="Account">The account whose call waits.</param>
/// <param name="Request">Method and path, without query and token.</param>
/// <param name="Delay">How long.</param>
/// <param name="Why">The cause, a short sentence in plain words.</param>
/// <param name="Attempt">The number of the try that follows; 1 for the first.</param>
public sealed record ServiceWait(string Account, string Request, TimeSpan Delay, string Why, int Attempt);
