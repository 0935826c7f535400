namespace ParticipantMessaging.Resolving;

/// <summary>What came of looking one entry up.</summary>
/// <param name="Entry">The entry as it is now.</param>
/// <param name="Kind">What came of it.</param>
/// <param name="Why">Why it cannot be told, for a researcher; empty otherwise.</param>
/// <param name="Error">Why there was no answer; null otherwise.</param>
public sealed record Resolution(SentMessage Entry, ResolutionKind Kind, string Why = "", MessagingException? Error = null);
