using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>The account that a row names: its connection, or why there is none.</summary>
/// <param name="Connection">The connection; null when there is none.</param>
/// <param name="Failure">Why there is none; null when there is one.</param>
public readonly record struct AccountLookup(ServiceConnection? Connection, MessagingException? Failure);
