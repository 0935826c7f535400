namespace ParticipantMessaging.Ledger;

/// <summary>What the statements of one batch of claims need to know.</summary>
internal sealed record ClaimScope(LedgerSession Session, SqlDialect Dialect, long RunId, long Batch, ClaimOptions Options, DateTimeOffset Now)
{
    /// <summary>The writer whose transaction it is; null when nothing is claimed.</summary>
    public LedgerWriter? Writer { get; init; }

    /// <summary>Whether it matters that the same person got the same text lately.</summary>
    public bool LooksAtRepeats(MessageClaim claim)
        => Options.RepeatAfter > TimeSpan.Zero && !Options.Force && !claim.Message.IsTrial && claim.ReplyTo.Count == 0 && LedgerKeys.Campaign(claim.Message).Length == 0;

    /// <summary>Whether an entry may be superseded.</summary>
    /// <param name="status">What has become of it.</param>
    public bool MayOverride(string status)
        => status switch
        {
            MessageStatus.Unknown => Options.ResendUnknown,
            MessageStatus.Sent or MessageStatus.Queued => Options.Force,
            _ => false,
        };
}

/// <summary>One batch of claims inside of the writer's transaction.</summary>
internal sealed class Claiming(ClaimScope scope, Func<Task<int>> markOrphansAsync)
{
    private const int MostRounds = 4;

    private bool _orphansMarked;

    /// <summary>Grants each claim, or finds what stands in its way.</summary>
    public async Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, CancellationToken cancellationToken)
    {
        if (claims.Count == 1 && !IsAnswer(claims[0]) && await EntryStatements.InsertOneAsync(scope, claims[0], cancellationToken).ConfigureAwait(false) is { } id)
        {
            scope.Writer?.Granted.Add(id);
            return [new ClaimResult(id, null)];
        }

        var results = new ClaimResult[claims.Count];
        for (int index = 0; index < claims.Count; index++)
        {
            if (IsAnswer(claims[index]))
                results[index] = await AnswerAsync(claims[index], cancellationToken).ConfigureAwait(false);
        }

        // What differs only in the recipient is written by one statement.
        foreach (IGrouping<ClaimedMessage, int> alike in Enumerable.Range(0, claims.Count).Where(index => !IsAnswer(claims[index])).GroupBy(index => claims[index].Message))
            await ClaimAlikeAsync(claims, alike.ToList(), results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    /// <summary>Whether it answers messages, each of which has one answer that stands.</summary>
    public static bool IsAnswer(MessageClaim claim) => claim.ReplyTo.Count > 0 && !claim.Message.IsTrial;

    private async Task<ClaimResult> AnswerAsync(MessageClaim claim, CancellationToken cancellationToken)
    {
        string account = LedgerKeys.Account(claim.Message);
        var messages = claim.ReplyTo.GroupBy(LedgerKeys.MessageId).ToDictionary(static same => same.Key, static same => same.First());
        for (int round = 0; ; round++)
        {
            List<(StandingEntry Entry, string MessageId, long RunId)> standing = await AnswerStatements.ReadStandingAsync(scope.Session, scope.Dialect, account, messages.Keys, cancellationToken).ConfigureAwait(false);
            bool hasChanged = await MarkOrphansAsync(standing).ConfigureAwait(false);
            hasChanged |= await TakeBackOwnAsync(standing, cancellationToken).ConfigureAwait(false);
            if (hasChanged)
                standing = await AnswerStatements.ReadStandingAsync(scope.Session, scope.Dialect, account, messages.Keys, cancellationToken).ConfigureAwait(false);

            var answered = standing.Where(found => !scope.MayOverride(found.Entry.Status)).ToDictionary(static found => found.MessageId, static found => found.Entry);
            var open = messages.Keys.Where(message => !answered.ContainsKey(message)).ToList();
            var told = answered.ToDictionary(pair => messages[pair.Key], static pair => pair.Value);
            if (open.Count == 0)
                return new ClaimResult(0, answered[messages.Keys.First()]) { Answered = told };

            // What is answered already is no part of this answer.
            var one = new ClaimResult[1];
            await ClaimAlikeAsync([claim with { ReplyTo = [.. open.Select(message => messages[message])] }], [0], one, cancellationToken).ConfigureAwait(false);
            if (!one[0].IsGranted)
                return one[0] with { Answered = told };

            var setAside = standing.Where(found => scope.MayOverride(found.Entry.Status)).Select(static found => found.Entry.Id).Distinct().ToList();
            if (await AnswerStatements.InsertAsync(scope.Session, scope.Dialect, one[0].EntryId, account, open, setAside, cancellationToken).ConfigureAwait(false) == open.Count)
                return one[0] with { Answered = told };

            // Another run has just answered one of them (PostgreSQL): look again.
            await EntryStatements.DeleteAsync(scope.Session, scope.Dialect, [one[0].EntryId], cancellationToken).ConfigureAwait(false);
            if (round == MostRounds)
                throw scope.Dialect.Contradicted;
        }
    }

    private async Task<bool> MarkOrphansAsync(List<(StandingEntry Entry, string Key, long RunId)> standing)
    {
        if (_orphansMarked || !standing.Exists(found => found.Entry.Status == MessageStatus.Sending && found.RunId != scope.RunId))
            return false;

        _orphansMarked = true;
        return await markOrphansAsync().ConfigureAwait(false) > 0;
    }

    /// <summary>
    /// An earlier try of this very claim may stand in its way: its commit was cut off, and carried out only while this one waited for it. Nobody
    /// has heard of it, so it never led to a call.
    /// </summary>
    private async Task<bool> TakeBackOwnAsync(List<(StandingEntry Entry, string Key, long RunId)> standing, CancellationToken cancellationToken)
    {
        if (scope.Writer is not { Doubtful.Count: > 0 } writer)
            return false;

        List<long> own = await EntryStatements.OfBatchesAsync(
            scope.Session,
            scope.Dialect,
            standing.FindAll(found => found.RunId == scope.RunId && found.Entry.Status == MessageStatus.Sending && !writer.Granted.Contains(found.Entry.Id))
                .ConvertAll(static found => found.Entry.Id),
            writer.Doubtful,
            cancellationToken).ConfigureAwait(false);
        await EntryStatements.DeleteAsync(scope.Session, scope.Dialect, own, cancellationToken).ConfigureAwait(false);
        return own.Count > 0;
    }

    private async Task ClaimAlikeAsync(IReadOnlyList<MessageClaim> claims, List<int> open, ClaimResult[] results, CancellationToken cancellationToken)
    {
        MessageClaim common = claims[open[0]];
        bool repeats = scope.LooksAtRepeats(common);
        var recipients = open.ToDictionary(static index => index, index => LedgerKeys.Recipient(claims[index]));
        var aside = new Dictionary<string, StandingEntry>(StringComparer.Ordinal);

        // What stands in the way may vanish in the same moment (a run that fails or releases it): then it is tried once more.
        for (int round = 0; ; round++)
        {
            Dictionary<string, Queue<long>> granted = await EntryStatements.InsertAsync(scope, common, open.ConvertAll(index => recipients[index]), cancellationToken).ConfigureAwait(false);
            var refused = new List<int>();
            foreach (int index in open)
            {
                if (granted.TryGetValue(recipients[index], out Queue<long>? ids) && ids.TryDequeue(out long id))
                {
                    scope.Writer?.Granted.Add(id);
                    results[index] = new ClaimResult(id, null);
                    if (aside.Remove(recipients[index], out StandingEntry? earlier))
                        await EntryStatements.SupersedeAsync(scope.Session, earlier.Id, id, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    refused.Add(index);
                }
            }

            if (refused.Count == 0)
                return;

            ILookup<string, BlockedParticipant> blocks = (await BlockStatements.ReadAsync(
                    scope.Session, scope.Dialect, refused.ConvertAll(index => recipients[index]), common.Message.Provider, cancellationToken).ConfigureAwait(false))
                .ToLookup(static block => LedgerKeys.Id(block.ParticipantId));
            foreach (int index in refused.Where(index => blocks.Contains(recipients[index])).ToList())
            {
                results[index] = new ClaimResult(0, null) { BlockedPerson = blocks[recipients[index]].First() };
                refused.Remove(index);
                if (aside.Remove(recipients[index], out StandingEntry? earlier))
                    await EntryStatements.SupersedeAsync(scope.Session, earlier.Id, null, cancellationToken).ConfigureAwait(false);
            }

            if (refused.Count == 0)
                return;

            List<(StandingEntry Entry, string Recipient, long RunId)> standing = await EntryStatements.ReadStandingAsync(scope, common, refused.ConvertAll(index => recipients[index]), cancellationToken).ConfigureAwait(false);
            if (await MarkOrphansAsync(standing).ConfigureAwait(false))
                standing = await EntryStatements.ReadStandingAsync(scope, common, refused.ConvertAll(index => recipients[index]), cancellationToken).ConfigureAwait(false);
            if (round < MostRounds && await TakeBackOwnAsync(standing, cancellationToken).ConfigureAwait(false))
            {
                open = refused;
                continue;
            }

            List<long> overridable = repeats ? [] : standing.FindAll(found => scope.MayOverride(found.Entry.Status)).ConvertAll(static found => found.Entry.Id);
            HashSet<long> setAside = overridable.Count == 0 || round == MostRounds
                ? []
                : await EntryStatements.SetAsideAsync(scope.Session, scope.Dialect, overridable, scope.Options, cancellationToken).ConfigureAwait(false);
            var blocking = new Dictionary<string, StandingEntry>(StringComparer.Ordinal);
            foreach ((StandingEntry? entry, string? recipient, long _) in standing)
                (setAside.Contains(entry.Id) ? aside : blocking)[recipient] = entry;

            open = [];
            foreach (int index in refused)
            {
                if (blocking.TryGetValue(recipients[index], out StandingEntry? entry))
                {
                    results[index] = new ClaimResult(0, entry);

                    // Another run came in between (PostgreSQL): its entry is what superseded the one that was set aside.
                    if (aside.Remove(recipients[index], out StandingEntry? earlier))
                        await EntryStatements.SupersedeAsync(scope.Session, earlier.Id, entry.Id, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    open.Add(index);
                }
            }

            if (open.Count == 0)
                return;
            if (round == MostRounds)
                throw scope.Dialect.Contradicted;
        }
    }
}
