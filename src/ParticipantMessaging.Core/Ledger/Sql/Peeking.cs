using System.Collections;

namespace ParticipantMessaging.Ledger;

/// <summary>What would stand in the way of a whole list's claims: a handful of statements, however long the list is.</summary>
internal static class Peeking
{
    public static async Task<IReadOnlyList<ClaimResult>> PeekAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, Func<string, string, string, IReadOnlyCollection<string>?, Task<Dictionary<string, StandingEntry>>> readCampaignAsync,
        CancellationToken cancellationToken)
    {
        var results = new Answers(claims.Count);
        Dictionary<Share, List<int>> shares = Divide(claims);
        foreach (IGrouping<string, KeyValuePair<Share, List<int>>> provider in shares.GroupBy(static share => share.Key.Provider))
            await PeekBlocksAsync(scope, claims, provider.Key, [.. provider.Select(static share => share.Value)], results, cancellationToken).ConfigureAwait(false);

        var counting = shares.Where(static share => !share.Key.IsTrial).ToList();
        foreach (IGrouping<string, KeyValuePair<Share, List<int>>> account in counting.GroupBy(static share => share.Key.Account))
        {
            var answers = account.Where(static share => share.Key.IsAnswer).SelectMany(static share => share.Value).Where(index => results[index].IsGranted).ToList();
            if (answers.Count > 0)
                await PeekAnswersAsync(scope, claims, account.Key, answers, results, cancellationToken).ConfigureAwait(false);
        }

        foreach ((Share same, List<int>? all) in counting)
        {
            List<int> open = results.IsClear ? all : all.FindAll(index => results[index].IsGranted);
            if (open.Count == 0)
                continue;

            if (same.Campaign.Length == 0)
            {
                if (scope.LooksAtRepeats(claims[open[0]]))
                    await PeekRepeatsAsync(scope, claims, open, results, cancellationToken).ConfigureAwait(false);
                continue;
            }

            Dictionary<string, StandingEntry> standing = await readCampaignAsync(
                same.Account, same.Study, same.Campaign, await RecipientsAsync(scope, claims, open, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            if (standing.Count == 0)
                continue;

            foreach (int index in open)
            {
                if (standing.TryGetValue(LedgerKeys.Recipient(claims[index]), out StandingEntry? entry) && !scope.MayOverride(entry.Status))
                    results[index] = results[index] with { Blocking = entry };
            }
        }

        return results;
    }

    /// <summary>Puts those together that are compared with the same entries. Nearly all of a list share one of these, as the same objects: what it is called is made once, not for each of 100,000.</summary>
    private static Dictionary<Share, List<int>> Divide(IReadOnlyList<MessageClaim> claims)
    {
        var shares = new Dictionary<Share, List<int>>();
        MessageClaim? last = null;
        List<int> share = [];
        for (int index = 0; index < claims.Count; index++)
        {
            MessageClaim claim = claims[index];
            if (last is null || !IsAlike(last, claim))
            {
                ClaimedMessage message = claim.Message;
                var key = new Share(LedgerKeys.Name(message.Provider), LedgerKeys.Account(message), LedgerKeys.Id(message.StudyId), LedgerKeys.Campaign(message), message.IsTrial, claim.ReplyTo.Count > 0);
                if (!shares.TryGetValue(key, out share!))
                    shares.Add(key, share = new List<int>(shares.Count == 0 ? claims.Count : 0));
                last = claim;
            }

            share.Add(index);
        }

        return shares;
    }

    private static bool IsAlike(MessageClaim one, MessageClaim other)
        => (one.ReplyTo.Count > 0) == (other.ReplyTo.Count > 0) && IsAlike(one.Message, other.Message);

    private static bool IsAlike(ClaimedMessage one, ClaimedMessage other)
        => ReferenceEquals(one, other)
            || (one.Provider == other.Provider && one.Account == other.Account && one.Identity == other.Identity && one.StudyId == other.StudyId
                && one.Campaign == other.Campaign && one.IsTrial == other.IsTrial);

    private static async Task PeekRepeatsAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, List<int> indexes, Answers results, CancellationToken cancellationToken)
    {
        List<(StandingEntry Entry, string Recipient, long RunId)> late = await EntryStatements.ReadLateAsync(
            scope, claims[indexes[0]], await RecipientsAsync(scope, claims, indexes, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        if (late.Count == 0)
            return;

        var byText = new Dictionary<(string, string), StandingEntry>(late.Count);
        foreach ((StandingEntry? entry, string? recipient, long _) in late)
            byText[(recipient, entry.BodyHash)] = entry;
        foreach (int index in indexes)
        {
            if (byText.TryGetValue((LedgerKeys.Recipient(claims[index]), claims[index].Message.BodyHash), out StandingEntry? entry))
                results[index] = results[index] with { Blocking = entry };
        }
    }

    /// <summary>Whom to look up; null for everybody there is. To look up every person of a long list costs more than to read what there is, where that is not much more.</summary>
    private static async Task<List<string>?> RecipientsAsync(ClaimScope scope, IReadOnlyList<MessageClaim> claims, List<int> indexes, CancellationToken cancellationToken)
    {
        long entries = await scope.Session.ScalarAsync(
            "SELECT COALESCE((SELECT max(id) FROM ledger_entry) - (SELECT min(id) FROM ledger_entry) + 1, 0)", cancellationToken).ConfigureAwait(false);
        return entries <= 2L * indexes.Count ? null : indexes.ConvertAll(index => LedgerKeys.Recipient(claims[index]));
    }

    private static async Task PeekBlocksAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, string provider, IReadOnlyList<List<int>> shares, Answers results, CancellationToken cancellationToken)
    {
        List<BlockedParticipant> blocks = await BlockStatements.ReadAsync(scope.Session, scope.Dialect, null, provider, cancellationToken).ConfigureAwait(false);
        if (blocks.Count == 0)
            return;

        ILookup<string, BlockedParticipant> byRecipient = blocks.ToLookup(static block => LedgerKeys.Id(block.ParticipantId), StringComparer.Ordinal);
        foreach (int index in shares.SelectMany(static share => share))
        {
            if (byRecipient[LedgerKeys.Recipient(claims[index])].FirstOrDefault() is { } block)
                results[index] = results[index] with { BlockedPerson = block };
        }
    }

    private static async Task PeekAnswersAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, string account, IReadOnlyList<int> indexes, Answers results, CancellationToken cancellationToken)
    {
        string[] messages = [.. indexes.SelectMany(index => claims[index].ReplyTo).Select(LedgerKeys.MessageId).Distinct()];
        var answers = new Dictionary<string, StandingEntry>(StringComparer.Ordinal);
        foreach ((StandingEntry? entry, string? message, long _) in await AnswerStatements.ReadStandingAsync(scope.Session, scope.Dialect, account, messages, cancellationToken).ConfigureAwait(false))
        {
            if (!scope.MayOverride(entry.Status))
                answers[message] = entry;
        }

        foreach (int index in indexes)
        {
            var answered = claims[index].ReplyTo.Distinct().Where(message => answers.ContainsKey(LedgerKeys.MessageId(message)))
                .ToDictionary(static message => message, message => answers[LedgerKeys.MessageId(message)]);
            bool all = answered.Count == claims[index].ReplyTo.Distinct().Count();
            results[index] = results[index] with { Answered = answered, Blocking = all ? answered[claims[index].ReplyTo[0]] : null };
        }
    }

    /// <summary>One answer a claim, in their order. As long as nothing stands in anybody's way there is nothing to keep.</summary>
    private sealed class Answers(int count) : IReadOnlyList<ClaimResult>
    {
        private ClaimResult[]? _found;

        public int Count => count;

        /// <summary>Nothing stands in anybody's way so far.</summary>
        public bool IsClear => _found is null;

        public ClaimResult this[int index]
        {
            get => _found is null ? default : _found[index];
            set => (_found ??= new ClaimResult[count])[index] = value;
        }

        public IEnumerator<ClaimResult> GetEnumerator()
        {
            for (int index = 0; index < count; index++) yield return this[index];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>What claims have in common that are compared with the same entries.</summary>
    private readonly record struct Share(string Provider, string Account, string Study, string Campaign, bool IsTrial, bool IsAnswer);
}
