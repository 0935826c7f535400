namespace ParticipantMessaging.Ledger;

/// <summary>What would stand in the way of a whole list's claims: a handful of statements, however long the list is.</summary>
internal static class Peeking
{
    public static async Task<IReadOnlyList<ClaimResult>> PeekAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, Func<string, string, string, Task<Dictionary<string, SentMessage>>> readCampaignAsync,
        CancellationToken cancellationToken)
    {
        var results = new ClaimResult[claims.Count];
        foreach (var provider in Enumerable.Range(0, claims.Count).GroupBy(index => LedgerKeys.Name(claims[index].Provider)))
            await PeekBlocksAsync(scope, claims, [.. provider], results, cancellationToken).ConfigureAwait(false);
        var open = Enumerable.Range(0, claims.Count).Where(index => results[index].IsGranted && !claims[index].IsTrial).ToList();

        foreach (var account in open.Where(index => claims[index].ReplyTo.Count > 0).GroupBy(index => LedgerKeys.Account(claims[index])))
            await PeekAnswersAsync(scope, claims, account.Key, [.. account], results, cancellationToken).ConfigureAwait(false);
        foreach (var same in open.Where(index => results[index].IsGranted)
            .GroupBy(index => (Account: LedgerKeys.Account(claims[index]), Study: LedgerKeys.Id(claims[index].StudyId), Campaign: LedgerKeys.Campaign(claims[index]))))
        {
            if (same.Key.Campaign.Length > 0)
            {
                var standing = await readCampaignAsync(same.Key.Account, same.Key.Study, same.Key.Campaign).ConfigureAwait(false);
                foreach (var index in same)
                {
                    if (standing.TryGetValue(LedgerKeys.Recipient(claims[index]), out var entry) && !scope.MayOverride(entry))
                        results[index] = results[index] with { Blocking = entry };
                }
            }
            else if (same.Where(index => scope.LooksAtRepeats(claims[index])).ToList() is { Count: > 0 } repeatable)
            {
                var late = await EntryStatements.ReadLateAsync(
                    scope, claims[repeatable[0]], repeatable.ConvertAll(index => LedgerKeys.Recipient(claims[index])), cancellationToken).ConfigureAwait(false);
                var byText = new Dictionary<(string, string), SentMessage>();
                foreach (var (entry, recipient, _) in late)
                    byText[(recipient, entry.BodyHash)] = entry;
                foreach (var index in repeatable)
                {
                    if (byText.TryGetValue((LedgerKeys.Recipient(claims[index]), claims[index].BodyHash), out var entry))
                        results[index] = results[index] with { Blocking = entry };
                }
            }
        }

        return results;
    }

    private static async Task PeekBlocksAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, IReadOnlyList<int> indexes, ClaimResult[] results, CancellationToken cancellationToken)
    {
        var blocks = await BlockStatements.ReadAsync(scope.Session, scope.Dialect, null, claims[indexes[0]].Provider, cancellationToken).ConfigureAwait(false);
        if (blocks.Count == 0)
            return;

        var byRecipient = blocks.ToLookup(static block => LedgerKeys.Id(block.ParticipantId), StringComparer.Ordinal);
        foreach (var index in indexes)
        {
            if (byRecipient[LedgerKeys.Recipient(claims[index])].FirstOrDefault() is { } block)
                results[index] = results[index] with { BlockedPerson = block };
        }
    }

    private static async Task PeekAnswersAsync(
        ClaimScope scope, IReadOnlyList<MessageClaim> claims, string account, IReadOnlyList<int> indexes, ClaimResult[] results, CancellationToken cancellationToken)
    {
        string[] messages = [.. indexes.SelectMany(index => claims[index].ReplyTo).Select(LedgerKeys.MessageId).Distinct()];
        var answers = new Dictionary<string, SentMessage>(StringComparer.Ordinal);
        foreach (var (entry, message, _) in await AnswerStatements.ReadAsync(scope.Session, scope.Dialect, account, messages, cancellationToken).ConfigureAwait(false))
        {
            if (!scope.MayOverride(entry))
                answers[message] = entry;
        }

        foreach (var index in indexes)
        {
            var answered = claims[index].ReplyTo.Distinct().Where(message => answers.ContainsKey(LedgerKeys.MessageId(message)))
                .ToDictionary(static message => message, message => answers[LedgerKeys.MessageId(message)]);
            var all = answered.Count == claims[index].ReplyTo.Distinct().Count();
            results[index] = results[index] with { Answered = answered, Blocking = all ? answered[claims[index].ReplyTo[0]] : null };
        }
    }
}
