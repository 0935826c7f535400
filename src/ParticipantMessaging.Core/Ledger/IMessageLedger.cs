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

    /// <summary>The ledger's clock: the database's where several computers share one, else this computer's. Entries carry its time.</summary>
    DateTimeOffset Now { get; }

    /// <summary>How many open claims of runs that are gone (killed, or their computer went down) became <c>Unknown</c> when it was opened.</summary>
    int Abandoned { get; }

    /// <summary>
    /// Opens it, creates or migrates it when needed, checks that it can be written, and turns claims whose process is gone
    /// (same host: no such process or another start time; other host: lease run out) into <c>Unknown</c>.
    /// </summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many claims of dead runs became <c>Unknown</c>.</returns>
    Task<int> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Begins what the first look or claim would begin with: comparing the entries with the indexes by which they are found. Whoever knows
    /// that there will be one calls it while there is something else to wait for. What is wrong is told by that look or claim.
    /// </summary>
    void CheckAhead()
    {
    }

    /// <summary>
    /// Entries that stand for these claims' campaign, account and study already (not superseded, not Failed), by participant id:
    /// a cheap read for the rows to skip. Claims of one call share account, study and campaign.
    /// </summary>
    /// <param name="account">Who the account is at the service (<see cref="ClaimedMessage.Identity"/>); its name where that is not known.</param>
    /// <param name="studyId">Study; empty where there is none.</param>
    /// <param name="campaign">Campaign; not empty.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>By recipient key: the participant id, or <c>group:&lt;id&gt;</c> (<c>group:*</c> for all members).</returns>
    Task<IReadOnlyDictionary<string, StandingEntry>> GetCampaignAsync(string account, string studyId, string campaign, CancellationToken cancellationToken);

    /// <summary>What would stand in the way of these claims now. Nothing is written; <see cref="ClaimAsync"/> has the last word.</summary>
    /// <param name="claims">The claims, as many as a whole list has.</param>
    /// <param name="options">What may be overridden.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One result per claim, in their order; its entry number is 0.</returns>
    Task<IReadOnlyList<ClaimResult>> PeekAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Claims for one call, in one transaction: each claim is granted, or what stands in its way is returned.
    /// Per account, campaign, study and recipient at most one entry is ever Sending, Sent, Queued or Unknown, whoever claims, and at whatever
    /// moment; likewise per account and received message that is answered, and without a campaign per text within
    /// <see cref="ClaimOptions.RepeatAfter"/>. Who is blocked is never granted.
    /// </summary>
    /// <param name="claims">Distinct recipients.</param>
    /// <param name="options">What may be overridden.</param>
    /// <param name="cancellationToken">Stops it before the transaction is committed.</param>
    /// <returns>One result per claim, in their order.</returns>
    Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Whether claims are still this run's own. To be asked before every attempt to send that comes not right after the claim: in a long wait
    /// between (a service that asks for one, a computer that slept) another machine may have given the claims up for lost. The ledger itself is
    /// looked at: clocks may be set meanwhile, and who gives up may take this run for another one.
    /// </summary>
    /// <param name="entryIds">Entries that this run claimed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when one of them is no longer this run's: then nothing may be sent for them.</returns>
    Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken);

    /// <summary>Writes outcomes, in one transaction.</summary>
    /// <param name="outcomes">The outcomes of entries that this run claimed (or that are being resolved).</param>
    /// <param name="cancellationToken">Stops it before the transaction is committed; pass none when the call has been made, and <see cref="Hurry"/> at a stop.</param>
    /// <returns>Completes when they are on disk.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: they are not, or entries that were claimed are no longer there.</exception>
    Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken);

    /// <summary>Takes claims back that never led to a call: the entries vanish.</summary>
    /// <param name="entryIds">Entries that this run claimed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Completes when they are gone.</returns>
    Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken);

    /// <summary>A stop was asked for: whatever is being written or waited for, now or later, gets two seconds and fails then. What was not written becomes <c>Unknown</c> at the next run.</summary>
    void Hurry();

    /// <summary>
    /// Says who an account is at its service. Entries from before this was known (0.1.0), which only have a name, belong to whoever has one
    /// of these names at the first look-up. To be called once a run and account, before anything is compared.
    /// </summary>
    /// <param name="names">The account's name; and <c>Provider@host</c>, the name of what was sent with a token given directly.</param>
    /// <param name="identity">Who it is (<see cref="ClaimedMessage.Identity"/>).</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many entries were taken over.</returns>
    Task<long> AdoptAccountAsync(IReadOnlyList<string> names, string identity, CancellationToken cancellationToken);

    /// <summary>Who the account of a name was when it was last looked up.</summary>
    /// <param name="name">The account's name, or <c>Provider@host</c>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Its identity; null when it was never looked up.</returns>
    Task<string?> GetIdentityAsync(string name, CancellationToken cancellationToken);

    /// <summary>Which received messages were answered (not Failed, not superseded).</summary>
    /// <param name="account">Who the account is at the service; null for any.</param>
    /// <param name="messageIds">Ids of received messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The answers' entries, by the received message's id.</returns>
    Task<IReadOnlyDictionary<string, SentMessage>> GetAnswersAsync(string? account, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken);

    /// <summary>Blocks people: nothing is sent to them any more. Who is blocked already gets the new reason and keeps the date.</summary>
    /// <param name="people">Whom. An empty provider means every one.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many were not blocked before.</returns>
    Task<int> BlockAsync(IReadOnlyList<BlockedParticipant> people, CancellationToken cancellationToken);

    /// <summary>Lifts blocks.</summary>
    /// <param name="participantIds">Whose.</param>
    /// <param name="provider">Only those for this provider (or for every one); null or empty for any.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The blocks that were lifted.</returns>
    Task<IReadOnlyList<BlockedParticipant>> UnblockAsync(IReadOnlyCollection<string> participantIds, string? provider, CancellationToken cancellationToken);

    /// <summary>Who is blocked.</summary>
    /// <param name="participantIds">Only these; null for all.</param>
    /// <param name="provider">Only those who are blocked for this provider (or for every one); null or empty for any.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The blocks, oldest first.</returns>
    Task<IReadOnlyList<BlockedParticipant>> GetBlockedAsync(IReadOnlyCollection<string>? participantIds, string? provider, CancellationToken cancellationToken);

    /// <summary>Sums named campaigns up: one object per campaign, account (who it is, not what it is called) and study, newest first. Of each person the message that stands counts, else the latest.</summary>
    /// <param name="query">Which entries are looked at.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The campaigns.</returns>
    Task<IReadOnlyList<MessageCampaign>> GetCampaignsAsync(LedgerQuery query, CancellationToken cancellationToken);

    /// <summary>Campaigns of an account whose names look like this one (<see cref="CampaignName"/>) and under which somebody has a message or may have it.</summary>
    /// <param name="account">Who the account is at the service; its name where that is not known.</param>
    /// <param name="campaign">The campaign; not empty.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Their names; none when the very campaign has such entries itself, whatever else there is.</returns>
    Task<IReadOnlyList<string>> GetLookAlikesAsync(string account, string campaign, CancellationToken cancellationToken);

    /// <summary>Takes over another ledger's entries, blocks and accounts. What is here already is left out, so it may be repeated. Open claims of the other one become <c>Unknown</c> here.</summary>
    /// <param name="source">The other ledger, open.</param>
    /// <param name="cancellationToken">Stops it; what was copied until then stays.</param>
    /// <returns>How many entries were copied.</returns>
    Task<long> CopyFromAsync(IMessageLedger source, CancellationToken cancellationToken);

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

    /// <summary>Deletes entries for good (retention). Entries that a live run holds stay, and so do blocks.</summary>
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

    /// <summary>Accounts by who they are at the service (<see cref="ClaimedMessage.Identity"/>), or by name where that is not known.</summary>
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

/// <summary>Makes the ledger that settings describe.</summary>
public static class LedgerFactory
{
    /// <summary>Makes one that is not opened yet: call <see cref="IMessageLedger.OpenAsync"/>.</summary>
    /// <param name="settings">Where it is; null for the default file.</param>
    /// <param name="password">PostgreSQL's password; null when the server asks for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <returns>The ledger.</returns>
    public static IMessageLedger Create(LedgerSettings? settings, string? password = null, TimeProvider? timeProvider = null)
    {
        settings ??= new LedgerSettings();
        SqlDialect dialect = settings.Kind == LedgerKind.File
            ? new SqliteDialect(settings.Path ?? LedgerSettings.DefaultPath, makesFolder: settings.Path is null)
            : new PostgresDialect(settings, password);
        return new SqlLedger(dialect, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Makes one and opens it.</summary>
    /// <param name="settings">Where it is; null for the default file.</param>
    /// <param name="password">PostgreSQL's password; null when the server asks for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open ledger.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public static async Task<IMessageLedger> OpenAsync(
        LedgerSettings? settings, string? password, TimeProvider? timeProvider, CancellationToken cancellationToken)
    {
        IMessageLedger ledger = Create(settings, password, timeProvider);
        try
        {
            await ledger.OpenAsync(cancellationToken).ConfigureAwait(false);
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
