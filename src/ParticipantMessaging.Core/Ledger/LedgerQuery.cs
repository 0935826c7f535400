namespace ParticipantMessaging.Ledger;

/// <summary>Which entries to read. Null means any; texts are compared without case, except ids. Newest first.</summary>
public sealed record LedgerQuery
{
    /// <summary>Campaigns; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string>? Campaigns { get; init; }

    /// <summary>Participants.</summary>
    public IReadOnlyList<string>? ParticipantIds { get; init; }

    /// <summary>Statuses.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }

    /// <summary>Accounts; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>Studies.</summary>
    public IReadOnlyList<string>? StudyIds { get; init; }

    /// <summary>Claimed at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Claimed before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>These entries only.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>Also entries that a later one has superseded (<c>-Force</c>, <c>-ResendUnknown</c>); true unless set.</summary>
    public bool IncludeSuperseded { get; init; } = true;
}
