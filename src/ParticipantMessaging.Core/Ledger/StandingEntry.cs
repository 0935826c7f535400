namespace ParticipantMessaging.Ledger;

/// <summary>An entry that stands in the way of a claim: what is told of it, and no more, since a list that was sent before meets as many of them as it has rows.</summary>
public sealed class StandingEntry
{
    /// <summary>Number of the entry in its ledger.</summary>
    public long Id { get; init; }

    /// <summary>The person; empty for a group or all-members send.</summary>
    public string ParticipantId { get; init; } = "";

    /// <summary>One of <see cref="MessageStatus"/>: Sending, Sent, Queued, Unknown.</summary>
    public string Status { get; init; } = "";

    /// <summary>HTTP status of the call's last answer; null when there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>SHA-256 (64 hex digits) of the rendered text, subject included where there is one.</summary>
    public string BodyHash { get; init; } = "";

    /// <summary>When it was claimed, just before the call.</summary>
    public DateTimeOffset ClaimedAt { get; init; }

    /// <summary>When its outcome was written; null while it is Sending.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>The computer that claimed it; empty where that is not known.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The process that claimed it; 0 where that is not known.</summary>
    public int ProcessId { get; init; }

    /// <summary>The same of an entry that is known as a whole.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>What stands in the way.</returns>
    public static StandingEntry Of(SentMessage entry) => new()
    {
        Id = entry.Id,
        ParticipantId = entry.ParticipantId,
        Status = entry.Status,
        HttpStatus = entry.HttpStatus,
        BodyHash = entry.BodyHash,
        ClaimedAt = entry.ClaimedAt,
        SettledAt = entry.SettledAt,
        HostName = entry.HostName,
        ProcessId = entry.ProcessId,
    };
}
