using System.Globalization;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Who has written since.</summary>
public static class Replies
{
    /// <summary>Histories of single people are asked for up to so many; for more it is said that it is not known.</summary>
    internal const int MostSingly = 200;

    private const int AtOnce = 4;

    /// <summary>
    /// Finds what people have written since a time: read on the website or not, in whatever conversation. One history of the account tells
    /// of the last 30 days, the unread messages of any time before; only who is in neither is asked for singly, where these two
    /// cannot tell (written to earlier than 30 days ago, or a list that may not be whole).
    /// </summary>
    /// <param name="client">The account (Prolific).</param>
    /// <param name="people">Whom, each since a time; a person who comes several times counts from the earliest.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>When they wrote, and of whom it cannot be known.</returns>
    /// <exception cref="MessagingException">A call failed.</exception>
    public static async Task<ReplyTimes> GetAsync(
        ProlificClient client, IReadOnlyCollection<(string ParticipantId, DateTimeOffset Since)> people, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(people);
        var since = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach ((string id, DateTimeOffset time) in people)
        {
            string key = KeyOf(id);
            if (key.Length == 0) continue;
            since[key] = since.TryGetValue(key, out DateTimeOffset earlier) && earlier < time ? earlier : time;
        }

        if (since.Count == 0) return new ReplyTimes(new Dictionary<string, IReadOnlyList<DateTimeOffset>>(), "", new HashSet<string>());
        var times = new Dictionary<string, SortedSet<DateTimeOffset>>(StringComparer.Ordinal);
        bool untimed = false;

        // The service's own clock decides what 30 days are.
        DateTimeOffset edge = client.Clock.GetUtcNow() - ReadingLimits.HistoryReach + TimeSpan.FromMinutes(1);
        DateTimeOffset earliest = since.Values.Min();
        string me = await MessageSides.FindMeAsync(client, cancellationToken).ConfigureAwait(false);
        ServiceList<ParticipantMessage> history = client.GetMessagesAsync(null, earliest < edge ? edge : earliest, me.Length == 0 ? null : [me], cancellationToken);
        await foreach (ParticipantMessage message in history.ConfigureAwait(false)) Note(message);
        bool whole = history.End is { IsComplete: true } && !untimed;
        bool IsOpen(KeyValuePair<string, DateTimeOffset> person) => !times.ContainsKey(person.Key) && (!whole || person.Value < edge);
        if (since.Any(IsOpen))
        {
            await foreach (ParticipantMessage message in client.GetUnreadMessagesAsync(cancellationToken).ConfigureAwait(false)) Note(message);
        }

        KeyValuePair<string, DateTimeOffset>[] open = [.. since.Where(IsOpen)];
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        if (open.Length > MostSingly)
        {
            unknown.UnionWith(open.Select(static person => person.Key));
        }
        else
        {
            foreach (KeyValuePair<string, DateTimeOffset>[] some in open.Chunk(AtOnce))
            {
                bool[] known = await Task.WhenAll(some.Select(person => AskAsync(person.Key, person.Value))).ConfigureAwait(false);
                for (int i = 0; i < some.Length; i++)
                {
                    if (!known[i]) unknown.Add(some[i].Key);
                }
            }
        }

        return new ReplyTimes(
            times.ToDictionary(static t => t.Key, static t => (IReadOnlyList<DateTimeOffset>)[.. t.Value], StringComparer.Ordinal),
            Explain(unknown.Count, since.Count, whole, history.End),
            unknown);

        // Whether it can be told: a history that reaches back beyond the time in question, or a time within reach.
        async Task<bool> AskAsync(string person, DateTimeOffset from)
        {
            ServiceList<ParticipantMessage> list = client.GetMessagesAsync(person, from < edge ? null : from, null, cancellationToken);
            var found = new List<ParticipantMessage>();
            await foreach (ParticipantMessage message in list.ConfigureAwait(false)) found.Add(message);
            lock (times)
            {
                foreach (ParticipantMessage message in found) Note(message);
                return times.ContainsKey(person)
                    || (list.End is { IsComplete: true } && found.TrueForAll(static m => m.SentAt is not null) && (from >= edge || found.Exists(m => m.SentAt <= from)));
            }
        }

        void Note(ParticipantMessage message)
        {
            string sender = KeyOf(message.SenderId);
            if (!since.TryGetValue(sender, out DateTimeOffset from)) return;
            if (message.SentAt is not { } sent)
            {
                untimed = true;
                return;
            }

            // A time without a fraction has lost it.
            if (sent < from.AddTicks(-(from.Ticks % TimeSpan.TicksPerSecond))) return;
            if (!times.TryGetValue(sender, out SortedSet<DateTimeOffset>? all)) times[sender] = all = [];
            all.Add(sent);
        }
    }

    private static string Explain(int unknown, int all, bool whole, ListEnd? end)
    {
        if (unknown == 0) return "";
        string who = string.Create(CultureInfo.InvariantCulture, $"Of {unknown:N0} of {all:N0} people it is not known whether they have written: ");
        if (!whole) return who + (end is { Message.Length: > 0 } ? char.ToLowerInvariant(end.Message[0]) + end.Message[1..] : "Prolific's history does not say when every message was written.");
        return who + "they were written to more than 30 days ago, which is as far as Prolific's history reaches.";
    }

    private static string KeyOf(string id) => id.Trim().ToLowerInvariant();
}

/// <summary>When people have written.</summary>
/// <param name="Times">Per person (id in small letters) the service's times of what that person wrote, the earliest first; who is not in it has written nothing that is known of.</param>
/// <param name="Incomplete">Of how many it cannot be known and why, in a sentence; empty when it is known of all.</param>
/// <param name="NotKnown">Of whom it cannot be known (ids in small letters).</param>
public sealed record ReplyTimes(IReadOnlyDictionary<string, IReadOnlyList<DateTimeOffset>> Times, string Incomplete, IReadOnlySet<string> NotKnown);
