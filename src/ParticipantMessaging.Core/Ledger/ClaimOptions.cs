namespace ParticipantMessaging.Ledger;

/// <summary>What a claim may override.</summary>
/// <param name="ResendUnknown">An open <c>Unknown</c> entry does not stand in the way (it is superseded).</param>
/// <param name="Force">Nor does a <c>Sent</c> or <c>Queued</c> one. What another live run holds always does.</param>
public sealed record ClaimOptions(bool ResendUnknown = false, bool Force = false);
