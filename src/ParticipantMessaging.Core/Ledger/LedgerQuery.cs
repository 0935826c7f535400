namespace ParticipantMessaging.Ledger;

/// <summary>Which entries to read. Null means any; texts are compared without case, except ids. Newest first.</summary>
public sealed record LedgerQuery
{
    /// <summary>Campaigns, by name: never a pattern.</summary>
    public IReadOnlyList<string>? Campaigns { get; init; }

    /// <summary>Participants.</summary>
    public IReadOnlyList<string>? ParticipantIds { get; init; }

    /// <summary>Statuses.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }

    /// <summary>Accounts; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>Accounts by who they are at the service (<see cref="MessageClaim.Identity"/>), or by name where that is not known.</summary>
    public IReadOnlyList<string>? Identities { get; init; }

    /// <summary>Studies.</summary>
    public IReadOnlyList<string>? StudyIds { get; init; }

    /// <summary>Settled at or after this time; for what is open, claimed.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Settled before this time; for what is open, claimed.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>These entries only.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>Also entries that a later one has superseded (<c>-Force</c>, <c>-ResendUnknown</c>); true unless set.</summary>
    public bool IncludeSuperseded { get; init; } = true;
}
