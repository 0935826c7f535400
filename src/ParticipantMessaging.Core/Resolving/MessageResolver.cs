using System.Runtime.CompilerServices;
using ParticipantMessaging.Http;
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
    /// <summary>How far back Prolific lets us ask, less what is read before the claim and a margin for a claim that gets older while we ask.</summary>
    private static readonly TimeSpan LongestAgo = TimeSpan.FromDays(30) - FoundMessage.LongestDoubt - TimeSpan.FromHours(1);

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
        foreach (SentMessage entry in await ReadAgainAsync(entries, cancellationToken).ConfigureAwait(false))
        {
            if (WhyNotLookedUp(entry) is { } resolution)
                yield return resolution;
            else
                open.Add(entry);
        }

        foreach (IGrouping<(string, string), SentMessage> account in open.GroupBy(static entry => (LedgerKeys.Name(entry.Identity), LedgerKeys.Name(entry.Account))))
        {
            (ProlificClient Client, TimeSpan Ahead)? service = null;
            MessagingException? error = null;
            try
            {
                ProlificClient client = await _connect(account.First()).ConfigureAwait(false);
                TimeSpan ahead = await client.MeasureClockAsync(cancellationToken).ConfigureAwait(false);

                // Ahead of the ledger's clock, which may be a database's.
                ahead += _time.GetUtcNow() - _ledger.Now;
                service = (client, ahead.Duration() <= FoundMessage.ClockPrecision ? TimeSpan.Zero : ahead);
            }
            catch (MessagingException exception)
            {
                error = exception;
            }

            if (service is not { } found)
            {
                foreach (SentMessage? entry in account)
                    yield return new Resolution(entry, ResolutionKind.NoAnswer, "", error);
                continue;
            }

            var ready = new List<SentMessage>();
            foreach (SentMessage? entry in account)
            {
                if (WhyNotNow(entry, found.Ahead) is { } resolution)
                    yield return resolution;
                else
                    ready.Add(entry);
            }

            foreach (IGrouping<string, SentMessage>[] some in ready.GroupBy(static entry => LedgerKeys.Id(entry.ParticipantId)).Chunk(AtOnce))
            {
                List<Resolution>[] resolutions = await Task.WhenAll(
                    some.Select(person => LookUpAsync(found.Client, found.Ahead, [.. person], cancellationToken))).ConfigureAwait(false);
                foreach (Resolution? resolution in resolutions.SelectMany(static resolution => resolution))
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
        List<SentMessage> before = await ReadAgainAsync(entries, cancellationToken).ConfigureAwait(false);
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
            return new Resolution(entry, ResolutionKind.CannotTell, $"Open Humans keeps no messages that could be looked up. Ask the person, or the Open Humans team, and settle it {Wording.By(Job.SettleByHand)}.");
        if (entry.ParticipantId.Length == 0)
            return new Resolution(entry, ResolutionKind.CannotTell, $"A message to a whole group cannot be looked up. Look into one member's conversation and settle it {Wording.By(Job.SettleByHand)}.");
        if (entry.NormalizedHash.Length == 0)
            return new Resolution(entry, ResolutionKind.CannotTell, $"The ledger does not know enough of the text to look it up. Settle it {Wording.By(Job.SettleByHand)}.");
        // No question to the service where the answer is clear. (In the future? Then the clock was set back.)
        TimeSpan age = _ledger.Now - TriedAt(entry, entry.ClaimedAt, entry.SettledAt);
        return age >= TimeSpan.Zero && age < _minimumAge ? new Resolution(entry, ResolutionKind.TooEarly) : null;
    }

    /// <summary>When the last try was given up is what counts, if the run lived to note it; else when it was claimed.</summary>
    private static DateTimeOffset TriedAt(SentMessage entry, DateTimeOffset claimed, DateTimeOffset? settled)
        => settled is { } given && entry.Reason != RunStatements.Orphaned ? given : claimed;

    /// <summary>By the service's clock: ours may have been set since.</summary>
    private Resolution? WhyNotNow(SentMessage entry, TimeSpan ahead)
    {
        var timed = TimedEntry.Of(entry, ahead);
        DateTimeOffset tried = TriedAt(entry, timed.Claimed, timed.Settled);
        DateTimeOffset now = _ledger.Now + ahead;
        if (now - tried < _minimumAge)
            return new Resolution(entry, ResolutionKind.TooEarly);
        return now - timed.Claimed > LongestAgo
            ? new Resolution(entry, ResolutionKind.CannotTell, $"It is older than the 30 days that Prolific lets one look back. Settle it {Wording.By(Job.SettleByHand)}.")
            : null;
    }

    private async Task<List<Resolution>> LookUpAsync(
        ProlificClient client, TimeSpan ahead, List<SentMessage> entries, CancellationToken cancellationToken)
    {
        string participant = entries[0].ParticipantId;
        List<TimedEntry> timed = entries.ConvertAll(entry => TimedEntry.Of(entry, ahead));
        DateTimeOffset since = timed.Min(static entry => entry.Claimed) - FoundMessage.LongestDoubt - TimeSpan.FromMinutes(5);
        List<FoundMessage> messages = [];
        ServiceList<ParticipantMessage> history = client.GetMessagesAsync(participant, since, null, cancellationToken);
        try
        {
            await foreach (ParticipantMessage? message in history.ConfigureAwait(false))
            {
                // Whoever in the conversation is not the participant is we.
                if (!string.Equals(message.SenderId, participant, StringComparison.OrdinalIgnoreCase))
                    messages.Add(new FoundMessage(message.SentAt, TextFingerprint.HashNormalized(message.Body), message.StudyId));
            }
        }
        catch (MessagingException exception)
        {
            return entries.ConvertAll(entry => new Resolution(entry, ResolutionKind.NoAnswer, "", exception));
        }

        // Other messages to the same person: what is found may be theirs.
        List<SentMessage> all = await ReadOthersAsync(entries, cancellationToken).ConfigureAwait(false);
        List<TimedEntry> others = all.ConvertAll(entry => TimedEntry.Of(entry, ahead));
        var ownTexts = entries.Concat(all).Select(static entry => entry.NormalizedHash).Where(static hash => hash.Length > 0).ToHashSet(StringComparer.OrdinalIgnoreCase);
        List<FoundMessage> unexplained = messages.FindAll(message => !ownTexts.Contains(message.Hash));
        var outcomes = new List<(SentMessage Entry, MessageMatch Match)>();
        foreach (IGrouping<string, TimedEntry> text in timed.GroupBy(static entry => entry.Entry.NormalizedHash, StringComparer.OrdinalIgnoreCase))
        {
            bool IsOfText(string hash) => string.Equals(hash, text.Key, StringComparison.OrdinalIgnoreCase);
            List<TimedEntry> same = others.FindAll(entry => IsOfText(entry.Entry.NormalizedHash));
            outcomes.AddRange(FoundMessage.Match(
                messages.FindAll(message => IsOfText(message.Hash)),
                same.FindAll(static entry => entry.Entry.Status is MessageStatus.Sent or MessageStatus.Queued),
                [.. text, .. same.Where(static entry => entry.Entry.Status is MessageStatus.Unknown or MessageStatus.Sending)])
                .SelectMany(outcome => text.Where(entry => entry.Entry.Id == outcome.Entry.Id).Select(entry => (outcome.Entry, Match(entry, outcome.Match)))));
        }

        return await SettleAsync(outcomes, history.End, cancellationToken).ConfigureAwait(false);

        // The service may show a text in another way than it was sent: a message of ours that no entry explains proves nothing.
        MessageMatch Match(TimedEntry entry, MessageMatch match)
            => match == MessageMatch.Missing && unexplained.Exists(message => message.MayBeChanged(entry)) ? MessageMatch.OtherText : match;
    }

    private async Task<List<Resolution>> SettleAsync(
        List<(SentMessage Entry, MessageMatch Match)> outcomes, ListEnd? end, CancellationToken cancellationToken)
    {
        // What is not in a list that may not be whole may be at the service all the same.
        bool isWhole = end is { IsComplete: true };
        await _ledger.SettleAsync(
            [
                .. outcomes.Where(outcome => outcome.Match == MessageMatch.Found || (outcome.Match == MessageMatch.Missing && isWhole))
                    .Select(static outcome => outcome.Match == MessageMatch.Found
                        ? new MessageOutcome(outcome.Entry.Id, MessageStatus.Sent, "Found at the provider.", outcome.Entry.HttpStatus, outcome.Entry.Attempts)
                        : new MessageOutcome(outcome.Entry.Id, MessageStatus.Failed, "It was looked up and is not at the provider.", outcome.Entry.HttpStatus, outcome.Entry.Attempts)),
            ],
            CancellationToken.None).ConfigureAwait(false);
        var now = (await ReadAgainAsync(outcomes.ConvertAll(static outcome => outcome.Entry), cancellationToken).ConfigureAwait(false))
            .ToDictionary(static entry => entry.Id);
        return outcomes.ConvertAll(outcome => outcome.Match switch
        {
            MessageMatch.Doubtful => new Resolution(
                outcome.Entry,
                ResolutionKind.CannotTell,
                $"The same text is there, but from before this one was sent, or without a time: it may be this one or another. Look into the conversation and settle it {Wording.By(Job.SettleByHand)}."),
            MessageMatch.OtherText => new Resolution(
                outcome.Entry,
                ResolutionKind.CannotTell,
                $"Prolific shows a message of yours of that time to this person with another text; whether it is this one cannot be told. Look into the conversation on the website and settle it {Wording.By(Job.SettleByHand)}."),
            MessageMatch.Missing when !isWhole => new Resolution(
                outcome.Entry,
                ResolutionKind.CannotTell,
                $"It was not found, but the list may not be whole. {end?.Message} Try again later, or look into the conversation and settle it {Wording.By(Job.SettleByHand)}."),
            _ => new Resolution(now.GetValueOrDefault(outcome.Entry.Id, outcome.Entry), ResolutionKind.Settled),
        });
    }

    /// <summary>Other entries of the same account and person, apart from those that were no messages.</summary>
    private async Task<List<SentMessage>> ReadOthersAsync(List<SentMessage> entries, CancellationToken cancellationToken)
    {
        var query = new LedgerQuery
        {
            Identities = [entries[0].Identity],
            ParticipantIds = [entries[0].ParticipantId],
            Statuses = [MessageStatus.Sent, MessageStatus.Queued, MessageStatus.Unknown, MessageStatus.Sending],
        };
        var asked = entries.Select(static entry => entry.Id).ToHashSet();
        var others = new List<SentMessage>();
        await foreach (SentMessage? entry in _ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (!asked.Contains(entry.Id))
                others.Add(entry);
        }

        return others;
    }

    private async Task<List<SentMessage>> ReadAgainAsync(IReadOnlyList<SentMessage> entries, CancellationToken cancellationToken)
    {
        var order = new Dictionary<long, int>();
        foreach (SentMessage entry in entries)
            order.TryAdd(entry.Id, order.Count);
        var now = new List<SentMessage>();
        await foreach (SentMessage? entry in _ledger.QueryAsync(new LedgerQuery { Ids = [.. order.Keys] }, cancellationToken).ConfigureAwait(false))
            now.Add(entry);
        now.Sort((one, other) => order[one.Id].CompareTo(order[other.Id]));
        return now;
    }
}

/// <summary>What came of looking one entry up.</summary>
public enum ResolutionKind
{
    /// <summary>It is settled: <c>Sent</c> or <c>Failed</c>.</summary>
    Settled,

    /// <summary>It was not <c>Unknown</c>; left as it is.</summary>
    NotUnknown,

    /// <summary>Too young to tell; left as it is.</summary>
    TooEarly,

    /// <summary>It cannot be looked up, or what was found does not tell; left as it is.</summary>
    CannotTell,

    /// <summary>The service gave no answer; left as it is.</summary>
    NoAnswer,
}

/// <summary>What came of looking one entry up.</summary>
/// <param name="Entry">The entry as it is now.</param>
/// <param name="Kind">What came of it.</param>
/// <param name="Why">Why it cannot be told, for a researcher; empty otherwise.</param>
/// <param name="Error">Why there was no answer; null otherwise.</param>
public sealed record Resolution(SentMessage Entry, ResolutionKind Kind, string Why = "", MessagingException? Error = null);
