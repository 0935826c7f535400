namespace ParticipantMessaging.Webhooks;

/// <summary>Something that happened while receiving and made no event.</summary>
/// <param name="HttpStatus">What the sender was answered.</param>
/// <param name="Text">What happened, for a researcher.</param>
/// <param name="Error">The error, where a genuine event could not be taken; null for a request that was merely refused.</param>
public sealed record ReceiverNotice(int HttpStatus, string Text, MessagingException? Error);
