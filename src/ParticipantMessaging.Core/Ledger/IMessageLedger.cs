namespace ParticipantMessaging.Ledger;

/// <summary>
/// The memory of what was sent. Every method throws <see cref="MessagingException"/> with
/// <see cref="MessagingErrorReason.LedgerUnavailable"/> when the ledger cannot be opened, read or written, is full, read-only,
/// damaged or of a newer version. When a method that writes has returned, what it wrote is on disk.
/// Several processes (SQLite) or machines (PostgreSQL) may use one ledger at once.
/// </summary>
public interface IMessageLedger : IAsyncDisposable
{
    /// <summary>Where it is, for people: a path, or host, port and database; never a password.</summary>
    string Location { get; }

    /// <summary>
    /// Opens it, creates or migrates it when needed, checks that it can be written, and turns claims whose process is gone
    /// (same host: no such process or another start time; other host: lease run out) into <c>Unknown</c>.
    /// </summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many claims of dead runs became <c>Unknown</c>.</returns>
    Task<int> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Entries that stand for these claims' campaign, account and study already (not superseded, not Failed), by participant id:
    /// a cheap read for the rows to skip. Claims of one call share account, study and campaign.
    /// </summary>
    /// <param name="account">Account label.</param>
    /// <param name="studyId">Study; empty where there is none.</param>
    /// <param name="campaign">Campaign; not empty.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>By recipient key: the participant id, or <c>group:&lt;id&gt;</c> (<c>group:*</c> for all members).</returns>
    Task<IReadOnlyDictionary<string, SentMessage>> GetCampaignAsync(string account, string studyId, string campaign, CancellationToken cancellationToken);

    /// <summary>
    /// Claims for one call, in one transaction: each claim is granted, or the entry that stands in its way is returned.
    /// Per account, campaign, study and recipient at most one entry is ever Sending, Sent, Queued or Unknown, whoever claims, and at whatever moment.
    /// </summary>
    /// <param name="claims">Distinct recipients.</param>
    /// <param name="options">What may be overridden.</param>
    /// <param name="cancellationToken">Stops it before the transaction is committed.</param>
    /// <returns>One result per claim, in their order.</returns>
    Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Whether claims are still this run's own. To be asked before every attempt to send: between claim and attempt there may be a long
    /// wait (a service that asks for one, a computer that slept), after which another machine may have given the claims up for lost.
    /// Mostly answered from memory.
    /// </summary>
    /// <param name="entryIds">Entries that this run claimed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when one of them is no longer this run's: then nothing may be sent for them.</returns>
    Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken);

    /// <summary>Writes outcomes, in one transaction.</summary>
    /// <param name="outcomes">The outcomes of entries that this run claimed (or that are being resolved).</param>
    /// <param name="cancellationToken">Stops it before the transaction is committed; pass none when the call has been made.</param>
    /// <returns>Completes when they are on disk.</returns>
    Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken);

    /// <summary>Takes claims back that never led to a call: the entries vanish.</summary>
    /// <param name="entryIds">Entries that this run claimed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Completes when they are gone.</returns>
    Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken);

    /// <summary>Reads entries, newest first, page by page.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The entries.</returns>
    IAsyncEnumerable<SentMessage> QueryAsync(LedgerQuery query, CancellationToken cancellationToken);

    /// <summary>Counts entries.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many.</returns>
    Task<long> CountAsync(LedgerQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes entries for good (retention). Entries that a live run holds stay.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many were deleted.</returns>
    Task<long> ClearAsync(LedgerQuery query, CancellationToken cancellationToken);

    /// <summary>Names of campaigns, newest first, for completion.</summary>
    /// <param name="most">How many at the most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The names.</returns>
    Task<IReadOnlyList<string>> GetCampaignNamesAsync(int most, CancellationToken cancellationToken);
}
