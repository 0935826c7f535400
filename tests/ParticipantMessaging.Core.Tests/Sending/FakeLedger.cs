using System.Text.RegularExpressions;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>
/// The ledger's contract in memory, as plainly as it can be said, shared by the runs of one test: what is in it survives a "crash".
/// The tests of the contract run against it too (FakeLedgerTests).
/// </summary>
internal sealed class FakeLedger(TimeProvider? time = null) : IMessageLedger
{
    private readonly object _lock = new();
    private readonly List<SentMessage> _entries = [];
    private readonly List<BlockedParticipant> _blocks = [];
    private readonly Dictionary<string, string> _identities = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private bool _open = true;

    public Action? BeforeClaim { get; set; }

    /// <summary>The claims are made, and whoever asked does not know yet.</summary>
    public Action? AfterClaim { get; set; }

    public Action? BeforeSettle { get; set; }

    public int MostOpen { get; private set; }

    /// <summary>How often a stop asked it to hurry.</summary>
    public int Hurries { get; private set; }

    /// <summary>Which claims another machine has given up for lost.</summary>
    public Func<SentMessage, bool> Loses { get; set; } = static _ => false;

    public string Location => "memory";

    public int Abandoned => 0;

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

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
            _open = true;
            return Task.FromResult(EndRun());
        }
    }

    public Task<IReadOnlyDictionary<string, StandingEntry>> GetCampaignAsync(string account, string studyId, string campaign, CancellationToken cancellationToken)
        => Locked(() =>
        {
            IReadOnlyDictionary<string, StandingEntry> standing = _entries
                .Where(e => Stands(e) && Key(e.Identity) == Key(account) && Same(e.StudyId, studyId) && Key(e.Campaign) == Key(campaign) && e.Campaign.Length > 0)
                .ToDictionary(RecipientOf, StandingEntry.Of, StringComparer.OrdinalIgnoreCase);
            return standing;
        }, cancellationToken);

    public Task<IReadOnlyList<ClaimResult>> PeekAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
        => Locked(() => (IReadOnlyList<ClaimResult>)[.. claims.Select(claim => Judge(claim, options))], cancellationToken);

    public Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, ClaimOptions options, CancellationToken cancellationToken)
    {
        BeforeClaim?.Invoke();
        Task<IReadOnlyList<ClaimResult>> claimed = Locked(() =>
        {
            var results = new List<ClaimResult>();
            foreach (MessageClaim claim in claims)
            {
                ClaimResult result = Judge(claim, options);
                if (result.IsGranted) result = result with { EntryId = Add(claim, result) };
                results.Add(result);
            }

            MostOpen = Math.Max(MostOpen, _entries.Count(static e => e.Status == MessageStatus.Sending));
            return (IReadOnlyList<ClaimResult>)results;
        }, cancellationToken);
        AfterClaim?.Invoke();
        return claimed;
    }

    public Task<bool> HoldsAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
        => Locked(() => entryIds.All(id => Find(id) is { Status: MessageStatus.Sending } entry && !Loses(entry)), cancellationToken);

    public Task SettleAsync(IReadOnlyList<MessageOutcome> outcomes, CancellationToken cancellationToken)
    {
        BeforeSettle?.Invoke();
        return Locked(() =>
        {
            if (outcomes.Any(outcome => Find(outcome.EntryId) is null)) throw LedgerErrors.EntriesLost(Location, 1);
            foreach (MessageOutcome o in outcomes)
            {
                SentMessage entry = Find(o.EntryId)!;
                if (entry.Status is not (MessageStatus.Sending or MessageStatus.Unknown)) continue;
                Replace(entry, With(entry, o.Status, o.Reason, o.At ?? Now, o.HttpStatus ?? entry.HttpStatus, o.Attempts > 0 ? o.Attempts : entry.Attempts, o.ServiceTime));
                if (o.Status == MessageStatus.Failed) PutBack(entry.Id);
            }

            return 0;
        }, cancellationToken);
    }

    public Task ReleaseAsync(IReadOnlyList<long> entryIds, CancellationToken cancellationToken)
        => Locked(() =>
        {
            foreach (long id in entryIds.Where(id => Find(id)?.Status == MessageStatus.Sending))
            {
                PutBack(id);
                _entries.RemoveAll(e => e.Id == id);
            }

            return 0;
        }, cancellationToken);

    public void Hurry() => Hurries++;

    public Task<long> AdoptAccountAsync(IReadOnlyList<string> names, string identity, CancellationToken cancellationToken)
        => Locked(() =>
        {
            long adopted = 0;
            foreach (string name in names)
            {
                if (!_identities.ContainsKey(Key(name)))
                {
                    foreach (SentMessage e in _entries.Where(e => Key(e.Identity) == Key(name)).ToList())
                    {
                        Replace(e, With(e, identity: Key(identity)));
                        adopted++;
                    }
                }

                _identities[Key(name)] = Key(identity);
            }

            return adopted;
        }, cancellationToken);

    public Task<string?> GetIdentityAsync(string name, CancellationToken cancellationToken)
        => Locked(() => _identities.GetValueOrDefault(Key(name)), cancellationToken);

    public Task<IReadOnlyDictionary<string, SentMessage>> GetAnswersAsync(string? account, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken)
        => Locked(() =>
        {
            var answers = new Dictionary<string, SentMessage>(StringComparer.OrdinalIgnoreCase);
            foreach (string id in messageIds)
            {
                if (_entries.LastOrDefault(e => Stands(e) && (account is null || Key(e.Identity) == Key(account)) && Answers(e, id)) is { } entry) answers[id] = entry;
            }

            return (IReadOnlyDictionary<string, SentMessage>)answers;
        }, cancellationToken);

    public Task<int> BlockAsync(IReadOnlyList<BlockedParticipant> people, CancellationToken cancellationToken)
        => Locked(() =>
        {
            int added = 0;
            foreach (BlockedParticipant person in people)
            {
                BlockedParticipant? known = _blocks.Find(b => Same(b.ParticipantId, person.ParticipantId) && Key(b.Provider) == Key(person.Provider));
                _blocks.RemoveAll(b => ReferenceEquals(b, known));
                _blocks.Add(new BlockedParticipant
                {
                    ParticipantId = person.ParticipantId,
                    Provider = person.Provider,
                    Reason = person.Reason.Length > 0 || known is null ? person.Reason : known.Reason,
                    BlockedAt = known?.BlockedAt ?? (person.BlockedAt == default ? Now : person.BlockedAt),
                });
                added += known is null ? 1 : 0;
            }

            return added;
        }, cancellationToken);

    public async Task<IReadOnlyList<BlockedParticipant>> UnblockAsync(IReadOnlyCollection<string> participantIds, string? provider, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockedParticipant> lifted = await GetBlockedAsync(participantIds, provider, cancellationToken);
        lock (_lock) _blocks.RemoveAll(lifted.Contains);
        return lifted;
    }

    public Task<IReadOnlyList<BlockedParticipant>> GetBlockedAsync(IReadOnlyCollection<string>? participantIds, string? provider, CancellationToken cancellationToken)
        => Locked(() => (IReadOnlyList<BlockedParticipant>)[.. _blocks
            .Where(b => participantIds?.Any(id => Same(id, b.ParticipantId)) ?? true)
            .Where(b => string.IsNullOrEmpty(provider) || b.Provider.Length == 0 || Key(b.Provider) == Key(provider))
            .OrderBy(static b => b.BlockedAt).ThenBy(static b => b.ParticipantId, StringComparer.Ordinal)], cancellationToken);

    public Task<IReadOnlyList<MessageCampaign>> GetCampaignsAsync(LedgerQuery query, CancellationToken cancellationToken)
        => Locked(() => (IReadOnlyList<MessageCampaign>)[.. _entries
            .Where(e => Fits(e, query) && e.Campaign.Length > 0 && !e.IsTrial)
            .GroupBy(static e => (Key(e.Identity), Key(e.Campaign), Key(e.StudyId)))
            .Select(static g => Sum([.. g.GroupBy(RecipientOf).Select(static p => p.LastOrDefault(Stands) ?? p.Last())]))
            .OrderByDescending(static c => c.Last)], cancellationToken);

    /// <summary>How often it was asked for campaigns that look alike.</summary>
    public int AskedForLookAlikes { get; private set; }

    public Task<IReadOnlyList<string>> GetLookAlikesAsync(string account, string campaign, CancellationToken cancellationToken)
        => Locked(() =>
        {
            AskedForLookAlikes++;
            List<string> names = [.. _entries.Where(e => Stands(e) && Key(e.Identity) == Key(account) && e.Campaign.Length > 0)
                .Select(static e => e.Campaign).Where(name => CampaignName.LookAlike(name, campaign)).DistinctBy(Key)];
            return (IReadOnlyList<string>)(names.Exists(name => Key(name) == Key(campaign)) ? [] : names);
        }, cancellationToken);

    public async Task<long> CopyFromAsync(IMessageLedger source, CancellationToken cancellationToken)
    {
        var all = new List<SentMessage>();
        await foreach (SentMessage entry in source.QueryAsync(new LedgerQuery(), cancellationToken)) all.Add(entry);
        await BlockAsync(await source.GetBlockedAsync(null, null, cancellationToken), cancellationToken);
        long copied = 0;
        lock (_lock)
        {
            var ids = new Dictionary<long, long>();
            foreach (SentMessage e in Enumerable.Reverse(all))
            {
                if (_entries.Exists(o => RecipientOf(o) == RecipientOf(e) && Key(o.Identity) == Key(e.Identity) && Same(o.StudyId, e.StudyId)
                    && Key(o.Campaign) == Key(e.Campaign) && o.BodyHash == e.BodyHash && o.ClaimedAt == e.ClaimedAt)) continue;
                SentMessage? here = e.Campaign.Length == 0 || !Stands(e) ? null : _entries.LastOrDefault(o => Stands(o) && Key(o.Identity) == Key(e.Identity)
                    && Same(o.StudyId, e.StudyId) && Key(o.Campaign) == Key(e.Campaign) && RecipientOf(o) == RecipientOf(e));
                SentMessage copy = With(e, e.Status == MessageStatus.Sending ? MessageStatus.Unknown : e.Status, id: _entries.Count + 1, supersededBy: here?.Id);
                _entries.Add(copy);
                ids[e.Id] = copy.Id;
                copied++;
            }

            foreach (SentMessage e in all.Where(e => e.SupersededBy is { } by && ids.ContainsKey(e.Id) && ids.ContainsKey(by)))
            {
                Replace(Find(ids[e.Id])!, With(Find(ids[e.Id])!, supersededBy: ids[e.SupersededBy!.Value]));
            }
        }

        return copied;
    }

    public async IAsyncEnumerable<SentMessage> QueryAsync(LedgerQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<SentMessage> found = await Locked(() => _entries.Where(e => Fits(e, query)).OrderByDescending(static e => e.Id).ToList(), cancellationToken);
        foreach (SentMessage entry in found) yield return entry;
    }

    public Task<long> CountAsync(LedgerQuery query, CancellationToken cancellationToken)
        => Locked(() => (long)_entries.Count(e => Fits(e, query)), cancellationToken);

    public Task<long> ClearAsync(LedgerQuery query, CancellationToken cancellationToken)
        => Locked(() => (long)_entries.RemoveAll(e => Fits(e, query) && e.Status != MessageStatus.Sending), cancellationToken);

    public Task<IReadOnlyList<string>> GetCampaignNamesAsync(int most, CancellationToken cancellationToken)
        => Locked(() => (IReadOnlyList<string>)[.. _entries.Where(static e => e.Campaign.Length > 0)
            .GroupBy(static e => Key(e.Campaign)).OrderByDescending(static g => g.Max(static e => e.Id)).Take(most).Select(static g => g.Last().Campaign)], cancellationToken);

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_open) EndRun();
            _open = false;
        }

        return ValueTask.CompletedTask;
    }

    private static string Key(string name) => name.Trim().ToLowerInvariant();

    private static bool Same(string one, string other) => Key(one) == Key(other);

    private static bool Stands(SentMessage e) => e.Status != MessageStatus.Failed && e.SupersededBy is null && !e.IsTrial;

    private static bool Answers(SentMessage e, string messageId) => e.ReplyTo.Any(id => Same(id, messageId));

    private static string RecipientOf(SentMessage e) => e.GroupId.Length > 0 ? "group:" + Key(e.GroupId) : Key(e.ParticipantId);

    private static string RecipientOf(MessageClaim c) => c.GroupId.Length > 0 ? "group:" + Key(c.GroupId) : Key(c.ParticipantId);

    private static string AccountOf(MessageClaim c) => Key(c.Message.Identity.Length > 0 ? c.Message.Identity : c.Message.Account);

    private static bool MayOverride(SentMessage e, ClaimOptions options) => e.Status switch
    {
        MessageStatus.Unknown => options.ResendUnknown,
        MessageStatus.Sent or MessageStatus.Queued => options.Force,
        _ => false,
    };

    private static bool Fits(SentMessage e, LedgerQuery q)
    {
        static bool Like(string value, string pattern)
            => Regex.IsMatch(Key(value), "^" + Regex.Escape(Key(pattern)).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.Singleline);
        DateTimeOffset when = e.SettledAt ?? e.ClaimedAt;
        return (q.Campaigns?.Any(name => Key(e.Campaign) == Key(name)) ?? true)
            && (q.Accounts?.Any(name => Like(e.Account, name)) ?? true)
            && (q.Identities?.Any(identity => Same(e.Identity, identity)) ?? true)
            && (q.ParticipantIds?.Any(id => RecipientOf(e) == Key(id)) ?? true)
            && (q.StudyIds?.Any(id => Same(e.StudyId, id)) ?? true)
            && (q.Statuses?.Any(status => Same(e.Status, status)) ?? true)
            && (q.Ids?.Contains(e.Id) ?? true)
            && (q.Since is not { } since || when >= since)
            && (q.Before is not { } before || when < before)
            && (q.IncludeSuperseded || e.SupersededBy is null);
    }

    private static MessageCampaign Sum(List<SentMessage> people)
    {
        SentMessage last = people.MaxBy(static e => e.Id)!;
        static long? Total(List<SentMessage> some) => some.TrueForAll(static e => e.Recipients is not null) ? some.Sum(static e => e.Recipients) : null;
        long? Count(string status) => Total(people.FindAll(e => e.Status == status));
        return new MessageCampaign
        {
            Campaign = last.Campaign,
            Account = last.Account,
            Identity = last.Identity,
            Provider = last.Provider,
            StudyId = last.StudyId,
            People = Total(people),
            Sent = Count(MessageStatus.Sent),
            Queued = Count(MessageStatus.Queued),
            Failed = Count(MessageStatus.Failed),
            Unknown = Count(MessageStatus.Unknown),
            Texts = people.Select(static e => e.BodyHash).Distinct().Count(),
            First = people.Min(static e => e.SettledAt ?? e.ClaimedAt),
            Last = people.Max(static e => e.SettledAt ?? e.ClaimedAt),
        };
    }

    private ClaimResult Judge(MessageClaim c, ClaimOptions options)
    {
        if (c.GroupId.Length == 0
            && _blocks.Find(b => Same(b.ParticipantId, c.ParticipantId) && (b.Provider.Length == 0 || Key(b.Provider) == Key(c.Message.Provider))) is { } block)
        {
            return new ClaimResult(0, null) { BlockedPerson = block };
        }

        if (c.Message.IsTrial) return default;
        var answered = new Dictionary<string, StandingEntry>();
        foreach (string id in c.ReplyTo.Distinct())
        {
            if (_entries.LastOrDefault(e => Stands(e) && Key(e.Identity) == AccountOf(c) && Answers(e, id)) is { } answer && !MayOverride(answer, options)) answered[id] = StandingEntry.Of(answer);
        }

        if (c.ReplyTo.Count > 0 && answered.Count == c.ReplyTo.Distinct().Count()) return new ClaimResult(0, answered[c.ReplyTo[0]]) { Answered = answered };
        SentMessage? entry = null;
        if (c.Message.Campaign.Trim().Length > 0)
        {
            entry = _entries.LastOrDefault(e => Stands(e) && Key(e.Identity) == AccountOf(c) && Same(e.StudyId, c.Message.StudyId)
                && Key(e.Campaign) == Key(c.Message.Campaign) && RecipientOf(e) == RecipientOf(c) && !MayOverride(e, options));
        }
        else if (options.RepeatAfter is { } span && !options.Force && c.ReplyTo.Count == 0)
        {
            entry = _entries.LastOrDefault(e => e.Status != MessageStatus.Failed && !e.IsTrial && e.ReplyTo.Count == 0 && Key(e.Identity) == AccountOf(c)
                && Same(e.StudyId, c.Message.StudyId) && RecipientOf(e) == RecipientOf(c) && e.BodyHash == c.Message.BodyHash
                && !(options.ResendUnknown && e.Status == MessageStatus.Unknown) && ((e.SettledAt ?? e.ClaimedAt) > Now - span || (e.SettledServiceTime ?? e.ClaimedServiceTime) > c.Message.ServiceTime - span));
        }

        return new ClaimResult(0, entry is null ? null : StandingEntry.Of(entry)) { Answered = answered };
    }

    private long Add(MessageClaim c, ClaimResult result)
    {
        string[] replyTo = c.Message.IsTrial ? [] : [.. c.ReplyTo.Distinct().Where(id => !result.Answered.ContainsKey(id))];
        var entry = new SentMessage
        {
            Id = _entries.Count == 0 ? 1 : _entries[^1].Id + 1,
            Account = c.Message.Account,
            Identity = AccountOf(c),
            Provider = c.Message.Provider,
            ParticipantId = Key(c.ParticipantId),
            StudyId = Key(c.Message.StudyId),
            GroupId = Key(c.GroupId),
            Campaign = c.Message.IsTrial ? "" : c.Message.Campaign,
            BodyHash = c.Message.BodyHash,
            BodyLength = c.Message.BodyLength,
            NormalizedHash = c.Message.NormalizedHash,
            Recipients = c.Message.Recipients,
            Status = MessageStatus.Sending,
            ClaimedAt = Now,
            ClaimedServiceTime = c.Message.ServiceTime,
            ConversationId = c.Message.ConversationId,
            ReplyTo = replyTo,
            IsTrial = c.Message.IsTrial,
            HostName = Environment.MachineName,
            ProcessId = Environment.ProcessId,
        };
        if (c.Message.Campaign.Trim().Length > 0 && !c.Message.IsTrial)
        {
            foreach (SentMessage earlier in _entries.Where(e => Stands(e) && Key(e.Identity) == AccountOf(c) && Same(e.StudyId, c.Message.StudyId)
                && Key(e.Campaign) == Key(c.Message.Campaign) && RecipientOf(e) == RecipientOf(c)).ToList())
            {
                Replace(earlier, With(earlier, supersededBy: entry.Id));
            }
        }

        _entries.Add(entry);
        return entry.Id;
    }

    // What an entry had superseded stands again when it turned out to be no message.
    private void PutBack(long id)
    {
        long? by = Find(id)!.SupersededBy;
        foreach (SentMessage earlier in _entries.Where(e => e.SupersededBy == id).ToList()) Replace(earlier, With(earlier, supersededBy: by ?? 0));
    }

    private int EndRun()
    {
        List<SentMessage> open = _entries.FindAll(static e => e.Status == MessageStatus.Sending);
        foreach (SentMessage e in open) Replace(e, With(e, MessageStatus.Unknown, RunStatements.Orphaned, Now));
        return open.Count;
    }

    private SentMessage? Find(long id) => _entries.Find(e => e.Id == id);

    private void Replace(SentMessage entry, SentMessage by) => _entries[_entries.FindIndex(e => e.Id == entry.Id)] = by;

    private Task<T> Locked<T>(Func<T> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return _open ? Task.FromResult(act()) : throw LedgerErrors.NotOpen();
    }

    private static SentMessage With(
        SentMessage e, string? status = null, string? reason = null, DateTimeOffset? settledAt = null, int? http = null, int? attempts = null,
        DateTimeOffset? serviceTime = null, string? identity = null, long? supersededBy = null, long? id = null) => new()
        {
            Id = id ?? e.Id,
            Account = e.Account,
            Identity = identity ?? e.Identity,
            Provider = e.Provider,
            ParticipantId = e.ParticipantId,
            StudyId = e.StudyId,
            GroupId = e.GroupId,
            Campaign = e.Campaign,
            Status = status ?? e.Status,
            Reason = reason ?? e.Reason,
            Recipients = e.Recipients,
            HttpStatus = http ?? e.HttpStatus,
            Attempts = attempts ?? e.Attempts,
            BodyHash = e.BodyHash,
            BodyLength = e.BodyLength,
            NormalizedHash = e.NormalizedHash,
            ClaimedAt = e.ClaimedAt,
            SettledAt = settledAt ?? e.SettledAt,
            ClaimedServiceTime = e.ClaimedServiceTime,
            SettledServiceTime = serviceTime ?? e.SettledServiceTime,
            ConversationId = e.ConversationId,
            ReplyTo = e.ReplyTo,
            IsTrial = e.IsTrial,
            SupersededBy = supersededBy is { } by ? (by == 0 ? null : by) : e.SupersededBy,
            HostName = e.HostName,
            ProcessId = e.ProcessId,
        };
}
