using System.Runtime.CompilerServices;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>
/// Unread messages, each once. The service always gives all of them, and reading never makes them fewer, so what was
/// shown is remembered by id.
/// </summary>
public sealed class UnreadMessages
{
    private readonly ProlificClient _client;
    private readonly MessageFilter _filter;
    private readonly Checkpoint? _checkpoint;
    private readonly SeenItems _seen;
    private readonly bool _onlyNew;
    private bool _looked;

    /// <summary>Makes one.</summary>
    /// <param name="client">The account.</param>
    /// <param name="filter">Which messages; null for all.</param>
    /// <param name="checkpoint">What earlier processes have shown; null to begin anew.</param>
    /// <param name="onlyNew">What is there at the first look is left out.</param>
    public UnreadMessages(ProlificClient client, MessageFilter? filter = null, Checkpoint? checkpoint = null, bool onlyNew = false)
        : this(client, filter, checkpoint, SeenItems.DefaultCapacity, onlyNew)
    {
    }

    internal UnreadMessages(ProlificClient client, MessageFilter? filter, Checkpoint? checkpoint, int capacity, bool onlyNew = false)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _filter = filter ?? new MessageFilter();
        _checkpoint = checkpoint;
        _seen = new SeenItems(capacity);
        _onlyNew = onlyNew;
    }

    /// <summary>Leaves out what was answered, as this ledger knows it; null to leave out nothing. The caller disposes of it.</summary>
    public IMessageLedger? Ledger { get; init; }

    /// <summary>How many ids are held in memory.</summary>
    internal int Remembered => _seen.Count;

    /// <summary>One look.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Messages that no look before has given, the oldest first.</returns>
    public async IAsyncEnumerable<ParticipantMessage> LookAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var found = new List<ParticipantMessage>();
        await foreach (ParticipantMessage message in _client.GetUnreadMessagesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_filter.Matches(message) && !IsKnown(message)) found.Add(message);
        }

        IReadOnlyDictionary<string, SentMessage>? answers = await FindAnswersAsync(found, cancellationToken).ConfigureAwait(false);
        foreach (ParticipantMessage message in MessageSides.OldestFirst(found, newestFirst: true))
        {
            if (IsKnown(message)) continue;
            // An answer of which nobody knows whether it arrived is none yet: sending one holds it back until it is settled.
            if ((_onlyNew && !_looked) || (answers?.TryGetValue(message.Id, out SentMessage? answer) == true && answer.Status != MessageStatus.Unknown))
            {
                _seen.Add(KeyOf(message), message.SentAt, _client.Clock.GetUtcNow());
                continue;
            }

            yield return message;
            Shown(message);
        }

        _looked = true;
        _seen.Trim();
        _checkpoint?.LookCompleted();
    }

    /// <summary>
    /// Notes that a message was shown. Going on to the next one does that by itself; this is for the last one, after
    /// which nobody goes on.
    /// </summary>
    /// <param name="message">The message.</param>
    public void Shown(ParticipantMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _seen.Add(KeyOf(message), message.SentAt, _client.Clock.GetUtcNow());
        _checkpoint?.Shown(KeyOf(message), message.SentAt);
    }

    private async Task<IReadOnlyDictionary<string, SentMessage>?> FindAnswersAsync(List<ParticipantMessage> messages, CancellationToken cancellationToken)
    {
        if (Ledger is null || messages.Count == 0) return null;
        await MessageSides.FindMeAsync(_client, cancellationToken).ConfigureAwait(false);
        string[] ids = [.. messages.Select(static m => m.Id).Where(static id => id.Length > 0).Distinct(StringComparer.Ordinal)];
        return await Ledger.GetAnswersAsync(_client.Connection.Identity?.Key, ids, cancellationToken).ConfigureAwait(false);
    }

    private bool IsKnown(ParticipantMessage message)
        => _seen.Contains(KeyOf(message), message.SentAt) || _checkpoint?.WasShown(KeyOf(message), message.SentAt) == true;

    /// <summary>The id; a message without one is told by who wrote what and when.</summary>
    private static string KeyOf(ParticipantMessage message) => message.Id.Length > 0
        ? message.Id
        : $"{message.SenderId}|{message.SentAt?.UtcTicks}|{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(message.Body)))}";
}
