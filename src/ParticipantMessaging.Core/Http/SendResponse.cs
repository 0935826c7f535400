namespace ParticipantMessaging.Http;

/// <summary>A send that the service has taken.</summary>
/// <param name="HttpStatus">Status of the answer: 204 from Prolific, 200 from Open Humans.</param>
/// <param name="Attempts">How many times the call was tried.</param>
/// <param name="AnsweredAt">When the answer came.</param>
public sealed record SendResponse(int HttpStatus, int Attempts, DateTimeOffset AnsweredAt);
