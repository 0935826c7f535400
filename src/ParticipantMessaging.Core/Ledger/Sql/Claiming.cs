namespace ParticipantMessaging.Ledger;

/// <summary>One batch of claims inside of the writer's transaction.</summary>
internal sealed class Claiming(LedgerSession session, SqlDialect dialect, long runId, long batch, ClaimOptions options, DateTimeOffset now)
{
    /// <summary>Turns claims of dead runs into <c>Unknown</c>.</summary>
    public required Func<Task<int>> MarkOrphansAsync { get; init; }

    /// <summary>Grants each claim, or finds what stands in its way.</summary>
    public async Task<IReadOnlyList<ClaimResult>> ClaimAsync(IReadOnlyList<MessageClaim> claims, CancellationToken cancellationToken)
    {
        var results = new ClaimResult[claims.Count];
        if (claims.Count == 1 && await EntryStatements.InsertOneAsync(session, runId, batch, claims[0], now, cancellationToken).ConfigureAwait(false) is { } id)
        {
            results[0] = new ClaimResult(id, null);
            return results;
        }

        // What differs only in the recipient is written by one statement.
        foreach (var alike in Enumerable.Range(0, claims.Count).GroupBy(index => claims[index] with { ParticipantId = "", GroupId = "" }))
            await ClaimAlikeAsync(claims, alike.ToList(), results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private async Task ClaimAlikeAsync(IReadOnlyList<MessageClaim> claims, List<int> open, ClaimResult[] results, CancellationToken cancellationToken)
    {
        var common = claims[open[0]];
        var recipients = open.ToDictionary(static index => index, index => LedgerKeys.Recipient(claims[index]));
        var aside = new Dictionary<string, SentMessage>(StringComparer.Ordinal);
        var orphansMarked = false;

        // What stands in the way may vanish in the same moment (a run that fails or releases it): then it is tried once more.
        for (var round = 0; ; round++)
        {
            var granted = await EntryStatements.InsertAsync(
                session, dialect, runId, batch, common, open.ConvertAll(index => recipients[index]), now, cancellationToken).ConfigureAwait(false);
            var refused = new List<int>();
            foreach (var index in open)
            {
                if (granted.TryGetValue(recipients[index], out var ids) && ids.TryDequeue(out var id))
                {
                    results[index] = new ClaimResult(id, null);
                    if (aside.Remove(recipients[index], out var earlier))
                        await EntryStatements.SupersedeAsync(session, earlier.Id, id, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    refused.Add(index);
                }
            }

            if (refused.Count == 0)
                return;

            var standing = await EntryStatements.ReadStandingAsync(
                session, dialect, common, refused.ConvertAll(index => recipients[index]), cancellationToken).ConfigureAwait(false);
            if (!orphansMarked && standing.Exists(found => found.Entry.Status == MessageStatus.Sending && found.RunId != runId))
            {
                orphansMarked = true;
                if (await MarkOrphansAsync().ConfigureAwait(false) > 0)
                {
                    standing = await EntryStatements.ReadStandingAsync(
                        session, dialect, common, refused.ConvertAll(index => recipients[index]), cancellationToken).ConfigureAwait(false);
                }
            }

            var overridable = standing.FindAll(found => MayOverride(found.Entry)).ConvertAll(static found => found.Entry.Id);
            var setAside = overridable.Count == 0 || round == MostRounds
                ? []
                : await EntryStatements.SetAsideAsync(session, dialect, overridable, options, cancellationToken).ConfigureAwait(false);
            var blocking = new Dictionary<string, SentMessage>(StringComparer.Ordinal);
            foreach (var (entry, recipient, _) in standing)
                (setAside.Contains(entry.Id) ? aside : blocking)[recipient] = entry;

            open = [];
            foreach (var index in refused)
            {
                if (blocking.TryGetValue(recipients[index], out var entry))
                {
                    results[index] = new ClaimResult(0, entry);

                    // Another run came in between (PostgreSQL): its entry is what superseded the one that was set aside.
                    if (aside.Remove(recipients[index], out var earlier))
                        await EntryStatements.SupersedeAsync(session, earlier.Id, entry.Id, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    open.Add(index);
                }
            }

            if (open.Count == 0)
                return;
            if (round == MostRounds)
                throw LedgerErrors.Unavailable("Several runs keep claiming the same people at the same moment.", "Try again when the other runs are done.");
        }
    }

    private const int MostRounds = 4;

    private bool MayOverride(SentMessage entry)
        => entry.Status switch
        {
            MessageStatus.Unknown => options.ResendUnknown,
            MessageStatus.Sent or MessageStatus.Queued => options.Force,
            _ => false,
        };
}
