namespace ParticipantMessaging.Ledger;

/// <summary>What became of a claimed entry.</summary>
/// <param name="EntryId">The entry.</param>
/// <param name="Status"><c>Sent</c>, <c>Queued</c>, <c>Failed</c> or <c>Unknown</c>.</param>
/// <param name="Reason">Why; empty when it was sent. Never a text or a token.</param>
/// <param name="HttpStatus">HTTP status of the last answer; null when there was none.</param>
/// <param name="Attempts">How many times the call was tried.</param>
public sealed record MessageOutcome(long EntryId, string Status, string Reason = "", int? HttpStatus = null, int Attempts = 0);
