using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>The people who must not be written to. Ids of the two services have different shapes, so an id alone says who is meant.</summary>
public sealed class BlockList
{
    /// <summary>Nobody is blocked.</summary>
    public static readonly BlockList Empty = new([]);

    private readonly Dictionary<string, BlockedParticipant> _people;

    /// <summary>Makes a list.</summary>
    /// <param name="people">The blocks, as the ledger has them.</param>
    public BlockList(IEnumerable<BlockedParticipant> people)
    {
        ArgumentNullException.ThrowIfNull(people);
        _people = new Dictionary<string, BlockedParticipant>(StringComparer.OrdinalIgnoreCase);
        foreach (BlockedParticipant person in people) _people.TryAdd(person.ParticipantId, person);
    }

    /// <summary>Whether nobody is blocked.</summary>
    public bool IsEmpty => _people.Count == 0;

    /// <summary>Reads the list of a ledger.</summary>
    /// <param name="ledger">The ledger, open.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The list.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public static async Task<BlockList> ReadAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        IReadOnlyList<BlockedParticipant> people = await ledger.GetBlockedAsync(null, null, cancellationToken).ConfigureAwait(false);
        return people.Count == 0 ? Empty : new BlockList(people);
    }

    /// <summary>The block of a person.</summary>
    /// <param name="id">The id; null or empty for none.</param>
    /// <returns>Null when the person is not blocked.</returns>
    public BlockedParticipant? Find(string? id)
        => _people.Count > 0 && !string.IsNullOrEmpty(id) && _people.TryGetValue(id.Trim(), out BlockedParticipant? block) ? block : null;

    /// <summary>Why a person gets nothing, for a receipt.</summary>
    /// <param name="block">The block.</param>
    /// <returns>A sentence.</returns>
    public static string Why(BlockedParticipant block)
    {
        ArgumentNullException.ThrowIfNull(block);
        string reason = block.Reason.Trim().TrimEnd('.');
        return $"Blocked since {block.BlockedAt.ToLocalTime():yyyy-MM-dd}{(reason.Length > 0 ? $": {reason}" : "")}.";
    }
}
