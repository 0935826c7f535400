namespace ParticipantMessaging.Ledger;

/// <summary>What a run wants to send next: written to the ledger before the call is made.</summary>
/// <param name="Account">Account label.</param>
/// <param name="Provider"><c>Prolific</c> or <c>OpenHumans</c>.</param>
/// <param name="ParticipantId">The person; empty for a group or all-members send.</param>
/// <param name="StudyId">Prolific study; empty where there is none.</param>
/// <param name="GroupId">Prolific group; <c>*</c> for all members; empty for a person.</param>
/// <param name="Campaign">Campaign; empty when none was named: such claims never conflict with anything.</param>
/// <param name="BodyHash">SHA-256 of the rendered text, 64 hex digits.</param>
/// <param name="BodyLength">Length of the rendered text in characters.</param>
/// <param name="Recipients">1 for a person, else the head count.</param>
/// <param name="NormalizedHash"><see cref="TextFingerprint.HashNormalized"/> of the text, by which <c>Resolve-SentMessage</c> finds it at the provider; empty when it cannot be looked up.</param>
public sealed record MessageClaim(
    string Account,
    string Provider,
    string ParticipantId,
    string StudyId,
    string GroupId,
    string Campaign,
    string BodyHash,
    int BodyLength,
    int Recipients = 1,
    string NormalizedHash = "");
