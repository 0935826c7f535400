namespace ParticipantMessaging.Ledger;

/// <summary>The answer to one claim: it was granted, or an entry stands in the way.</summary>
/// <param name="EntryId">The new entry, <c>Sending</c>; 0 when the claim was not granted.</param>
/// <param name="Blocking">The entry that stands in the way (Sent, Queued, Unknown, or Sending by a live run); null when the claim was granted.</param>
public readonly record struct ClaimResult(long EntryId, SentMessage? Blocking)
{
    /// <summary>True when this run may send.</summary>
    public bool IsGranted => Blocking is null;
}
