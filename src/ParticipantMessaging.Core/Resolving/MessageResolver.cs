using System.Runtime.CompilerServices;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Resolving;

/// <summary>
/// Settles entries whose outcome is not known: looks the text up in what was exchanged with the participant, by its normal form
/// (<see cref="TextFingerprint"/>), among messages after the claim. In doubt an entry stays <c>Unknown</c>: taking a message for not
/// sent that was sent would send it twice.
/// </summary>
public sealed class MessageResolver
{
    /// <summary>The service's clock and ours are equal for all we can measure up to this.</summary>
    private static readonly TimeSpan ClockPrecision = TimeSpan.FromSeconds(1);

    /// <summary>How far back Prolific lets us ask, less a margin for a claim that gets older while we ask.</summary>
    private static readonly TimeSpan LongestAgo = TimeSpan.FromDays(30) - TimeSpan.FromHours(1);

    private const int AtOnce = 4;

    private readonly IMessageLedger _ledger;
    private readonly Func<SentMessage, Task<ProlificClient>> _connect;
    private readonly TimeSpan _minimumAge;
    private readonly TimeProvider _time;

    /// <summary>Makes one.</summary>
    /// <param name="ledger">The open ledger.</param>
    /// <param name="connect">Finds the client for an entry's account; called once per account. Its <see cref="MessagingException"/> becomes the entries' <see cref="ResolutionKind.NoAnswer"/>.</param>
    /// <param name="minimumAge">Entries younger than this are left as they are: the message may not be listed yet.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public MessageResolver(IMessageLedger ledger, Func<SentMessage, Task<ProlificClient>> connect, TimeSpan minimumAge, TimeProvider? time = null)
    {
        _ledger = ledger;
        _connect = connect;
        _minimumAge = minimumAge;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Looks entries up and settles them.</summary>
    /// <param name="entries">The entries, as they were read; they are read again first.</param>
    /// <param name="cancellationToken">Stops it; what was found out until then is written.</param>
    /// <returns>One resolution per entry, as they are found out.</returns>
    public async IAsyncEnumerable<Resolution> ResolveAsync(
        IReadOnlyList<SentMessage> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = new List<SentMessage>();
        foreach (var entry in await ReadAgainAsync(entries, cancellationToken).ConfigureAwait(false))
        {
            if (WhyNotLookedUp(entry) is { } resolution)
                yield return resolution;
            else
                open.Add(entry);
        }

        foreach (var account in open.GroupBy(static entry => LedgerKeys.Name(entry.Account)))
        {
            (ProlificClient Client, TimeSpan Ahead)? service = null;
            MessagingException? error = null;
            try
            {
                var client = await _connect(account.First()).ConfigureAwait(false);
                service = (client, await client.MeasureClockAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (MessagingException exception)
            {
                error = exception;
            }

            if (service is not { } found)
            {
                foreach (var entry in account)
                    yield return new Resolution(entry, ResolutionKind.NoAnswer, "", error);
                continue;
            }

            foreach (var some in account.GroupBy(static entry => LedgerKeys.Id(entry.ParticipantId)).Chunk(AtOnce))
            {
                var resolutions = await Task.WhenAll(
                    some.Select(person => LookUpAsync(found.Client, found.Ahead, [.. person], cancellationToken))).ConfigureAwait(false);
                foreach (var resolution in resolutions.SelectMany(static resolution => resolution))
                    yield return resolution;
            }
        }
    }

    /// <summary>Settles entries by hand.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="status"><c>Sent</c> or <c>Failed</c>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One resolution per entry.</returns>
    public async Task<IReadOnlyList<Resolution>> SettleByHandAsync(IReadOnlyList<SentMessage> entries, string status, CancellationToken cancellationToken)
    {
        var before = await ReadAgainAsync(entries, cancellationToken).ConfigureAwait(false);
        var open = before.Where(static entry => entry.Status == MessageStatus.Unknown).ToList();
        await _ledger.SettleAsync(
            open.ConvertAll(entry => new MessageOutcome(entry.Id, status, $"Set to {status} by hand.", entry.HttpStatus, entry.Attempts)), cancellationToken)
            .ConfigureAwait(false);
        var settled = open.Select(static entry => entry.Id).ToHashSet();
        return
        [
            .. (await ReadAgainAsync(before, cancellationToken).ConfigureAwait(false))
                .Select(entry => new Resolution(entry, settled.Contains(entry.Id) ? ResolutionKind.Settled : ResolutionKind.NotUnknown)),
        ];
    }

    private Resolution? WhyNotLookedUp(SentMessage entry)
    {
        if (entry.Status != MessageStatus.Unknown)
            return new Resolution(entry, ResolutionKind.NotUnknown);
        if (!string.Equals(entry.Provider, nameof(MessagingProvider.Prolific), StringComparison.OrdinalIgnoreCase))
            return new Resolution(entry, ResolutionKind.CannotTell, "Open Humans keeps no messages that could be looked up. Ask the person, or the Open Humans team, and settle it with -As Sent or -As Failed.");
        if (entry.ParticipantId.Length == 0)
            return new Resolution(entry, ResolutionKind.CannotTell, "A message to a whole group cannot be looked up. Look into one member's conversation and settle it with -As Sent or -As Failed.");
        if (entry.NormalizedHash.Length == 0)
            return new Resolution(entry, ResolutionKind.CannotTell, "The ledger does not know enough of the text to look it up. Settle it with -As Sent or -As Failed.");

        // When the last try was given up is what counts, if the run lived to note it; else when it was claimed.
        var tried = entry.SettledAt is { } settled && entry.Reason != RunStatements.Orphaned ? settled : entry.ClaimedAt;
        if (_time.GetUtcNow() - tried < _minimumAge)
            return new Resolution(entry, ResolutionKind.TooEarly);
        return _time.GetUtcNow() - entry.ClaimedAt > LongestAgo
            ? new Resolution(entry, ResolutionKind.CannotTell, "It is older than the 30 days that Prolific lets one look back. Settle it with -As Sent or -As Failed.")
            : null;
    }

    private async Task<List<Resolution>> LookUpAsync(
        ProlificClient client, TimeSpan ahead, List<SentMessage> entries, CancellationToken cancellationToken)
    {
        // A difference of less than what can be measured is none.
        if (ahead.Duration() <= ClockPrecision)
            ahead = TimeSpan.Zero;

        var participant = entries[0].ParticipantId;
        var since = entries.Min(static entry => entry.ClaimedAt) - TimeSpan.FromMinutes(5);
        List<FoundMessage> messages = [];
        try
        {
            await foreach (var message in client.GetMessagesAsync(participant, since + ahead, null, cancellationToken).ConfigureAwait(false))
            {
                // Whoever in the conversation is not the participant is we.
                if (message.SentAt is { } sentAt && !string.Equals(message.SenderId, participant, StringComparison.OrdinalIgnoreCase))
                    messages.Add(new FoundMessage(sentAt - ahead, TextFingerprint.HashNormalized(message.Body)));
            }
        }
        catch (MessagingException exception)
        {
            return entries.ConvertAll(entry => new Resolution(entry, ResolutionKind.NoAnswer, "", exception));
        }

        var others = await ReadOthersAsync(entries, since, cancellationToken).ConfigureAwait(false);
        var outcomes = new List<(SentMessage Entry, MessageMatch Match)>();
        foreach (var text in entries.GroupBy(static entry => entry.NormalizedHash, StringComparer.OrdinalIgnoreCase))
        {
            outcomes.AddRange(FoundMessage.Match(
                [.. messages.Where(message => string.Equals(message.Hash, text.Key, StringComparison.OrdinalIgnoreCase))],
                [.. others.Where(entry => string.Equals(entry.NormalizedHash, text.Key, StringComparison.OrdinalIgnoreCase))],
                [.. text],
                ClockPrecision + (ahead == TimeSpan.Zero ? TimeSpan.Zero : ClockPrecision)));
        }

        return await SettleAsync(outcomes, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<Resolution>> SettleAsync(List<(SentMessage Entry, MessageMatch Match)> outcomes, CancellationToken cancellationToken)
    {
        var told = outcomes.Where(static outcome => outcome.Match != MessageMatch.Doubtful).ToList();
        await _ledger.SettleAsync(
            told.ConvertAll(static outcome => outcome.Match == MessageMatch.Found
                ? new MessageOutcome(outcome.Entry.Id, MessageStatus.Sent, "Found at the provider.", outcome.Entry.HttpStatus, outcome.Entry.Attempts)
                : new MessageOutcome(outcome.Entry.Id, MessageStatus.Failed, "It was looked up and is not at the provider.", outcome.Entry.HttpStatus, outcome.Entry.Attempts)),
            CancellationToken.None).ConfigureAwait(false);
        var now = (await ReadAgainAsync(outcomes.ConvertAll(static outcome => outcome.Entry), cancellationToken).ConfigureAwait(false))
            .ToDictionary(static entry => entry.Id);
        return outcomes.ConvertAll(outcome => outcome.Match == MessageMatch.Doubtful
            ? new Resolution(outcome.Entry, ResolutionKind.CannotTell, "The same text arrived within a second before this one was sent, so it may be this one or another. Look into the conversation and settle it with -As Sent or -As Failed.")
            : new Resolution(now.GetValueOrDefault(outcome.Entry.Id, outcome.Entry), ResolutionKind.Settled));
    }

    /// <summary>Messages to the same person that are known to be sent: what is found may be theirs.</summary>
    private async Task<List<SentMessage>> ReadOthersAsync(List<SentMessage> entries, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var query = new LedgerQuery
        {
            ParticipantIds = [entries[0].ParticipantId],
            Statuses = [MessageStatus.Sent, MessageStatus.Queued],
            Since = since,
        };
        var account = LedgerKeys.Name(entries[0].Account);
        var others = new List<SentMessage>();
        await foreach (var entry in _ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (LedgerKeys.Name(entry.Account) == account)
                others.Add(entry);
        }

        return others;
    }

    private async Task<List<SentMessage>> ReadAgainAsync(IReadOnlyList<SentMessage> entries, CancellationToken cancellationToken)
    {
        var order = new Dictionary<long, int>();
        foreach (var entry in entries)
            order.TryAdd(entry.Id, order.Count);
        var now = new List<SentMessage>();
        await foreach (var entry in _ledger.QueryAsync(new LedgerQuery { Ids = [.. order.Keys] }, cancellationToken).ConfigureAwait(false))
            now.Add(entry);
        now.Sort((one, other) => order[one.Id].CompareTo(order[other.Id]));
        return now;
    }
}
