using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>A real ledger whose process "dies": before or after a claim is on disk, or before an outcome is. Nothing further gets through to it then.</summary>
internal sealed class CrashingLedger(SqlLedger inner, Func<bool> dies) : IMessageLedger
{
    private bool _dead;

    public string Location => inner.Location;

    public int Abandoned => inner.Abandoned;

    public DateTimeOffset Now => inner.Now;

    public Task<int> OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    public Task<IReadOnlyDictionary<string, StandingEntry>> GetCampaignAsync(string account, string studyId, string campaign, CancellationToken cancellationToken)
        => inner.GetCampaignAsync(account, studyId, campaign, cancellationToken);

    public async Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        MayDie();
        IReadOnlyList<ClaimResult> results = await inner.ClaimAsync(claims, options, cancellationToken);
        MayDie();
        return results;
    }

    public Task<IReadOnlyList<ClaimResult>> PeekAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken) => inner.PeekAsync(claims, options, cancellationToken);

    public void Hurry() => inner.Hurry();

    public Task<long> AdoptAccountAsync(IReadOnlyList<string> names, string identity, CancellationToken cancellationToken) => inner.AdoptAccountAsync(names, identity, cancellationToken);

    public Task<string?> GetIdentityAsync(string name, CancellationToken cancellationToken) => inner.GetIdentityAsync(name, cancellationToken);

    public Task<IReadOnlyDictionary<string, SentMessage>> GetAnswersAsync(string? account, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken) => inner.GetAnswersAsync(account, messageIds, cancellationToken);

    public Task<int> BlockAsync(IReadOnlyList<BlockedParticipant> people, CancellationToken cancellationToken) => inner.BlockAsync(people, cancellationToken);

    public Task<IReadOnlyList<BlockedParticipant>> UnblockAsync(IReadOnlyCollection<string> participantIds, string? provider, CancellationToken cancellationToken) => inner.UnblockAsync(participantIds, provider, cancellationToken);

    public Task<IReadOnlyList<BlockedParticipant>> GetBlockedAsync(IReadOnlyCollection<string>? participantIds, string? provider, CancellationToken cancellationToken) => inner.GetBlockedAsync(participantIds, provider, cancellationToken);

    public Task<IReadOnlyList<MessageCampaign>> GetCampaignsAsync(LedgerQuery query, CancellationToken cancellationToken) => inner.GetCampaignsAsync(query, cancellationToken);

    public Task<IReadOnlyList<string>> GetLookAlikesAsync(string account, string campaign, CancellationToken cancellationToken) => inner.GetLookAlikesAsync(account, campaign, cancellationToken);

    public Task<long> CopyFromAsync(IMessageLedger source, CancellationToken cancellationToken) => inner.CopyFromAsync(source, cancellationToken);

    public Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken) => inner.HoldsAsync(entryIds, cancellationToken);

    public Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken)
    {
        MayDie();
        return inner.SettleAsync(outcomes, cancellationToken);
    }

    public Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken) => inner.ReleaseAsync(entryIds, cancellationToken);

    public IAsyncEnumerable<SentMessage> QueryAsync(LedgerQuery query, CancellationToken cancellationToken) => inner.QueryAsync(query, cancellationToken);

    public Task<long> CountAsync(LedgerQuery query, CancellationToken cancellationToken) => inner.CountAsync(query, cancellationToken);

    public Task<long> ClearAsync(LedgerQuery query, CancellationToken cancellationToken) => inner.ClearAsync(query, cancellationToken);

    public Task<IReadOnlyList<string>> GetCampaignNamesAsync(int most, CancellationToken cancellationToken) => inner.GetCampaignNamesAsync(most, cancellationToken);

    /// <summary>A process that is dead cleans nothing up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_dead) await inner.DropAsync();
        else await inner.DisposeAsync();
    }

    private void MayDie()
    {
        _dead |= dies();
        if (_dead) throw new ProcessDiedException();
    }
}
