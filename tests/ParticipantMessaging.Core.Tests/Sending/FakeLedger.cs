using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>The ledger's contract in memory, shared by the runs of one test: what is in it survives a "crash".</summary>
internal sealed class FakeLedger : IMessageLedger
{
    private readonly object _lock = new();
    private readonly List<SentMessage> _entries = [];

    public Action? BeforeClaim { get; set; }

    public Action? BeforeSettle { get; set; }

    public int MostOpen { get; private set; }

    public string Location => "memory";

    public IReadOnlyList<SentMessage> Entries
    {
        get
        {
            lock (_lock) return [.. _entries];
        }
    }

    /// <summary>What OpenAsync does with the claims of a process that is gone.</summary>
    public Task<int> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            int count = 0;
            for (int i = 0; i < _entries.Count; i++)
            {
                if (_entries[i].Status != MessageStatus.Sending) continue;
                _entries[i] = With(_entries[i], MessageStatus.Unknown);
                count++;
            }

            return Task.FromResult(count);
        }
    }

    public Task<IReadOnlyDictionary<string, SentMessage>> GetCampaignAsync(string account, string studyId, string campaign, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyDictionary<string, SentMessage>>(_entries
                .Where(e => e.Account == account && e.StudyId == studyId && e.Campaign == campaign && e.Status != MessageStatus.Failed)
                .GroupBy(Key).ToDictionary(static g => g.Key, static g => g.Last()));
        }
    }

    public Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        BeforeClaim?.Invoke();
        lock (_lock)
        {
            var results = new List<ClaimResult>();
            foreach (MessageClaim c in claims)
            {
                SentMessage? blocking = c.Campaign.Length == 0 ? null : _entries.LastOrDefault(e =>
                    e.Account == c.Account && e.StudyId == c.StudyId && e.Campaign == c.Campaign && e.ParticipantId == c.ParticipantId && e.GroupId == c.GroupId
                    && (e.Status == MessageStatus.Sending || (e.Status == MessageStatus.Unknown && !options.ResendUnknown)
                        || (e.Status is MessageStatus.Sent or MessageStatus.Queued && !options.Force)));
                if (blocking is not null)
                {
                    results.Add(new ClaimResult(0, blocking));
                    continue;
                }

                var entry = new SentMessage
                {
                    Id = _entries.Count + 1,
                    Account = c.Account,
                    Provider = c.Provider,
                    ParticipantId = c.ParticipantId,
                    StudyId = c.StudyId,
                    GroupId = c.GroupId,
                    Campaign = c.Campaign,
                    BodyHash = c.BodyHash,
                    Status = MessageStatus.Sending,
                };
                _entries.Add(entry);
                results.Add(new ClaimResult(entry.Id, null));
            }

            MostOpen = Math.Max(MostOpen, _entries.Count(static e => e.Status == MessageStatus.Sending));
            return Task.FromResult<IReadOnlyList<ClaimResult>>(results);
        }
    }

    /// <summary>Which claims another machine has given up for lost.</summary>
    public Func<SentMessage, bool> Loses { get; set; } = static _ => false;

    public Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(!entryIds.Any(id => Loses(_entries[(int)id - 1])));
    }

    public Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken)
    {
        BeforeSettle?.Invoke();
        lock (_lock)
        {
            foreach (MessageOutcome o in outcomes) _entries[(int)o.EntryId - 1] = With(_entries[(int)o.EntryId - 1], o.Status);
        }

        return Task.CompletedTask;
    }

    public Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (long id in entryIds) _entries[(int)id - 1] = With(_entries[(int)id - 1], MessageStatus.Failed);
        }

        return Task.CompletedTask;
    }

    public IAsyncEnumerable<SentMessage> QueryAsync(LedgerQuery query, CancellationToken cancellationToken) => throw new InvalidOperationException("Not asked for by a send.");

    public Task<long> CountAsync(LedgerQuery query, CancellationToken cancellationToken) => throw new InvalidOperationException("Not asked for by a send.");

    public Task<long> ClearAsync(LedgerQuery query, CancellationToken cancellationToken) => throw new InvalidOperationException("Not asked for by a send.");

    public Task<IReadOnlyList<string>> GetCampaignNamesAsync(int most, CancellationToken cancellationToken) => throw new InvalidOperationException("Not asked for by a send.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Key(SentMessage e) => e.ParticipantId.Length > 0 ? e.ParticipantId : "group:" + e.GroupId;

    private static SentMessage With(SentMessage e, string status) => new()
    {
        Id = e.Id,
        Account = e.Account,
        Provider = e.Provider,
        ParticipantId = e.ParticipantId,
        StudyId = e.StudyId,
        GroupId = e.GroupId,
        Campaign = e.Campaign,
        BodyHash = e.BodyHash,
        Status = status,
    };
}
