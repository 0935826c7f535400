using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Finds out who has replied to what the ledger knows.</summary>
public static class ReplyLookup
{
    /// <summary>
    /// Fills <see cref="SentMessage.RepliedAt"/>: the first message of the person after this one had left. Each account is asked once.
    /// </summary>
    /// <param name="entries">Entries of the ledger.</param>
    /// <param name="connect">Connects to an account, by what it was called and who it is at the service.</param>
    /// <param name="onUnknown">Told of entries of which it cannot be known, with the reason.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="MessagingException">An account cannot be asked.</exception>
    public static async Task FillAsync(
        IReadOnlyCollection<SentMessage> entries,
        Func<string, string, Task<ProlificClient>> connect,
        Func<IReadOnlyList<SentMessage>, string, Task> onUnknown,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(connect);
        ArgumentNullException.ThrowIfNull(onUnknown);
        List<SentMessage> others = [.. entries.Where(static entry => !CanBeAsked(entry))];
        if (others.Count > 0)
        {
            await onUnknown(others, others.TrueForAll(static entry => entry.ParticipantId.Length == 0)
                ? $"Whether somebody of a group has replied is not looked up; {Wording.By(Job.ListPeople)} names its members."
                : "Open Humans cannot be asked who has replied.").ConfigureAwait(false);
        }

        foreach (IGrouping<string, SentMessage> account in entries.Where(CanBeAsked).GroupBy(static entry => entry.Identity.Length > 0 ? entry.Identity : entry.Account))
        {
            SentMessage first = account.First();
            ProlificClient client = await connect(first.Account, first.Identity).ConfigureAwait(false);
            ReplyTimes found = await Replies.GetAsync(client, [.. account.Select(static entry => (entry.ParticipantId, LeftAt(entry)))], cancellationToken).ConfigureAwait(false);
            foreach (SentMessage entry in account)
            {
                DateTimeOffset left = LeftAt(entry);
                if (!found.Times.TryGetValue(entry.ParticipantId.ToLowerInvariant(), out IReadOnlyList<DateTimeOffset>? times)) continue;
                foreach (DateTimeOffset time in times)
                {
                    if (time < left) continue;
                    entry.RepliedAt = time;
                    break;
                }
            }

            List<SentMessage> unknown = [.. account.Where(entry => entry.RepliedAt is null && found.NotKnown.Contains(entry.ParticipantId.ToLowerInvariant()))];
            if (unknown.Count > 0 || found.Incomplete.Length > 0) await onUnknown(unknown, found.Incomplete).ConfigureAwait(false);
        }
    }

    private static bool CanBeAsked(SentMessage entry) => entry.Provider == nameof(MessagingProvider.Prolific) && entry.ParticipantId.Length > 0;

    // The service's clock stands beside ours where an answer had told it.
    private static DateTimeOffset LeftAt(SentMessage entry) => entry.ClaimedServiceTime ?? entry.ClaimedAt;
}
