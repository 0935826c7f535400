using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Checks rows, one after the other, and remembers what it has seen: duplicates and contradictions are found across rows.
/// All findings are reported together; nothing is sent by it.
/// </summary>
public sealed class ListCheck
{
    /// <summary>The column of findings about accounts.</summary>
    internal const string AccountColumn = "Account";

    private readonly SendOptions _options;
    private readonly RecipientCheck _recipients;
    private readonly RowRenderer _renderer;
    private readonly Func<string?, AccountLookup> _accounts;
    private readonly Dictionary<(string Account, string StudyId), Dictionary<string, Seen>> _seen = [];
    private (string Account, string StudyId) _lastShare;
    private Dictionary<string, Seen> _lastSeen = [];
    private List<Finding> _findings = [];
    private int _expected;
    private bool _hasConflicts;
    private StreamMemory? _stream;

    /// <summary>Starts a check.</summary>
    /// <param name="options">How the list is sent.</param>
    /// <param name="accounts">Finds an account by name (null: the default); the same answer for the same name.</param>
    public ListCheck(SendOptions options, Func<string?, AccountLookup> accounts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(accounts);
        _options = options;
        _accounts = accounts;
        _recipients = new RecipientCheck(options);
        _renderer = new RowRenderer(options);
    }

    /// <summary>Who must not be written to. To be set before the first row.</summary>
    public BlockList Blocks { get; set; } = BlockList.Empty;

    /// <summary>Checks a whole list.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>What goes out, what is wrong, what is there twice.</returns>
    public CheckReport CheckAll(IReadOnlyList<SendRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _recipients.Know(rows);
        _renderer.KnowColumns(rows);
        _expected = rows.Count;
        var checkedRows = new List<CheckedRow>(rows.Count);
        foreach (SendRow row in rows) checkedRows.Add(Check(row));
        if (_hasConflicts) FlagFirstOfConflicts(checkedRows);
        return new CheckReport(checkedRows);
    }

    /// <summary>
    /// Checks one row of a stream against itself and the rows before it, of which only marks are kept (some 50 bytes a person, for a stream may
    /// have no end). All rows of a check are of a stream or none.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <returns>What it is.</returns>
    public CheckedRow CheckStreamed(SendRow row)
    {
        _stream ??= new StreamMemory();
        return Check(row);
    }

    /// <summary>Checks one row against itself and the rows before it.</summary>
    /// <param name="row">The row.</param>
    /// <returns>What it is.</returns>
    public CheckedRow Check(SendRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Recipient.Kind == RecipientKind.Person && Blocks.Find(row.Recipient.Id) is { } block) return Blocked(row, row.Recipient.Id, block);
        AccountLookup lookup = _accounts(row.Content.Account);
        if (lookup.Connection is not { } connection)
        {
            MessagingException failure = lookup.Failure!;
            // The default account is no row's fault, nor is an account that all the others name, too, because its vault is locked.
            var finding = new Finding(row, failure.Reason, AccountColumn, row.Content.Account ?? "", failure.Message, failure.RecommendedAction)
            {
                IsOfWholeList = row.Content.Account is null || failure.Reason != MessagingErrorReason.AccountNotFound,
            };
            return new CheckedRow(row, null, new CheckNotes { Findings = [finding] });
        }

        // Most rows have none: one list serves until a row keeps it.
        List<Finding> findings = _findings;
        string id = _recipients.Check(row, connection.Provider, findings);
        if (row.Recipient.Kind == RecipientKind.Person && findings.Count == 0 && Blocks.Find(id) is { } found) return Blocked(row, id, found);
        // A column that the text or the study needs may well stand in a file that was not read as what it is.
        bool isMisread = findings.Exists(static finding => finding.IsMisread);
        string study = isMisread && string.IsNullOrEmpty(row.Content.StudyId) ? "" : CheckStudy(row, connection.Provider, findings);
        RenderedText? text = isMisread ? null : _renderer.Render(row, connection.Provider, id, findings);
        if (findings.Count > 0 || text is null)
        {
            _findings = [];
            return new CheckedRow(row, null, new CheckNotes { Findings = findings, Connection = connection, ParticipantId = id, StudyId = study, Text = text });
        }

        var message = new PreparedMessage
        {
            Row = row,
            Connection = connection,
            Kind = row.Recipient.Kind,
            RecipientId = id,
            StudyId = study,
            ReplyTo = row.Content.ReplyTo is { } answered && connection.Provider == MessagingProvider.Prolific ? [answered] : [],
            Text = text,
        };
        return Compare(row, message);
    }

    // Who must not be written to is left out before anything else of the row is looked at: a fault in it is no reason to hold the others back.
    private CheckedRow Blocked(SendRow row, string id, BlockedParticipant block) => new(row, null, new CheckNotes
    {
        Block = block,
        Connection = _accounts(row.Content.Account).Connection,
        ParticipantId = block.ParticipantId.Length > 0 ? block.ParticipantId : id,
    });

    private CheckedRow Compare(SendRow row, PreparedMessage message)
    {
        if (_stream is not null) return CompareStreamed(_stream, row, message);
        string hash = message.Text.Hash;
        ref Seen seen = ref CollectionsMarshal.GetValueRefOrAddDefault(SeenOf(message), message.RecipientKey, out bool isKnown);
        if (!isKnown)
        {
            seen = new Seen(message);
            return new CheckedRow(row, message);
        }

        if (seen.Of(hash) is { } same)
        {
            // Two messages of one person with one text to answer them: one send, and both are answered.
            if (message.ReplyTo.Count > 0) same.ReplyTo = [.. same.ReplyTo.Union(message.ReplyTo)];
            return new CheckedRow(row, message, new CheckNotes { DuplicateOf = same.Row.Row });
        }

        if (_options.Campaign.Length == 0)
        {
            seen.Add(message);
            return new CheckedRow(row, message, new CheckNotes { OtherTextInRow = seen.FirstRow });
        }

        seen.Contradict();
        _hasConflicts = true;
        return Conflicting(row, message, seen.FirstRow);
    }

    // What came before has been sent, so a later message to answer is no longer added to it.
    private CheckedRow CompareStreamed(StreamMemory seen, SendRow row, PreparedMessage message)
    {
        if (seen.Note(message) is not { } before) return new CheckedRow(row, message);
        if (before.RowOfText is { } same) return new CheckedRow(row, message, new CheckNotes { DuplicateOf = same });
        return _options.Campaign.Length == 0
            ? new CheckedRow(row, message, new CheckNotes { OtherTextInRow = before.FirstRow })
            : Conflicting(row, message, before.FirstRow);
    }

    private Dictionary<string, Seen> SeenOf(PreparedMessage message)
    {
        (string Account, string StudyId) share = (message.Connection.Account, message.StudyId);
        if (share == _lastShare) return _lastSeen;
        if (!_seen.TryGetValue(share, out Dictionary<string, Seen>? seen)) _seen.Add(share, seen = new Dictionary<string, Seen>(_seen.Count == 0 ? _expected : 0));
        (_lastShare, _lastSeen) = (share, seen);
        return seen;
    }

    // Which of two contradicting texts is meant nobody can know, so none of them goes out.
    private void FlagFirstOfConflicts(List<CheckedRow> rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Message is not { } message) continue;
            if (!SeenOf(message).TryGetValue(message.RecipientKey, out Seen seen) || !seen.IsContradicted) continue;
            rows[i] = Conflicting(rows[i].Row, message, seen.FirstRow);
        }
    }

    private static CheckedRow Conflicting(SendRow row, PreparedMessage message, int firstRow) => new(row, null, new CheckNotes
    {
        Findings = [Conflict(row, message, firstRow)],
        Connection = message.Connection,
        ParticipantId = message.ParticipantId,
        StudyId = message.StudyId,
        Text = message.Text,
    });

    private static Finding Conflict(SendRow row, PreparedMessage message, int firstRow) => new(
        row,
        MessagingErrorReason.ConflictingText,
        "",
        message.ParticipantId,
        row.Row == firstRow
            ? $"a later row has another text for the same person, {message.ParticipantId}. With a campaign a person gets one message."
            : $"row {firstRow} has another text for the same person, {message.ParticipantId}. With a campaign a person gets one message.",
        "Keep the row that is meant and delete the other, or send the two texts as two campaigns.");

    private static string CheckStudy(SendRow row, MessagingProvider provider, List<Finding> findings)
    {
        // Open Humans knows no studies; a list for both services may still carry one.
        if (provider != MessagingProvider.Prolific) return "";
        if (string.IsNullOrEmpty(row.Content.StudyId))
        {
            // A message to all members over Prolific has its own finding.
            if (row.Recipient.Kind is RecipientKind.Group or RecipientKind.AllMembers) return "";
            findings.Add(new Finding(row, MessagingErrorReason.MissingStudy, "StudyId", "",
                "Prolific wants to know which study a message is about, and there is none.",
                "Give the study, or a column study_id.")
            { Remedy = Remedy.GiveStudy });
            return "";
        }

        if (RecipientId.IsProlific(row.Content.StudyId)) return row.Content.StudyId.ToLowerInvariant();
        string shown = RowRecipient.Shorten(row.Content.StudyId);
        findings.Add(new Finding(row, MessagingErrorReason.MissingStudy, "StudyId", shown,
            $"'{shown}' is not the id of a Prolific study, which has 24 characters, digits and the letters a to f.",
            "Copy the study's id from the address of its page at Prolific."));
        return row.Content.StudyId;
    }

    // A value in the dictionary itself: one object less for each row.
    private struct Seen(PreparedMessage first)
    {
        private static readonly List<PreparedMessage> _contradicted = [];

        private List<PreparedMessage>? _more;

        public readonly int FirstRow => first.Row.Row;

        public readonly bool IsContradicted => _more == _contradicted;

        public readonly PreparedMessage? Of(string hash) => first.Text.Hash == hash ? first : _more?.Find(m => m.Text.Hash == hash);

        public void Add(PreparedMessage other) => (_more ??= []).Add(other);

        public void Contradict() => _more = _contradicted;
    }

    /// <summary>Whom a stream has reached with which texts, as marks instead of texts and objects.</summary>
    private sealed class StreamMemory
    {
        private readonly Dictionary<UInt128, (ulong Text, int Row)> _people = [];
        private readonly Dictionary<UInt128, int> _furtherTexts = [];

        /// <summary>Remembers a message.</summary>
        /// <returns>Null for the first one of a person; else that one's row, and the row that had this very text, if any.</returns>
        public (int FirstRow, int? RowOfText)? Note(PreparedMessage message)
        {
            string person = $"{message.Connection.Account}\n{message.StudyId}\n{message.RecipientKey}";
            ulong text = (ulong)Mark(message.Text.Hash);
            // A dictionary that grows by itself doubles: half of it would stand empty.
            if (_people.Count > 1024 && _people.Count == _people.EnsureCapacity(0)) _people.EnsureCapacity(_people.Count / 4 * 5);
            ref (ulong Text, int Row) first = ref CollectionsMarshal.GetValueRefOrAddDefault(_people, Mark(person), out bool isKnown);
            if (!isKnown)
            {
                first = (text, message.Row.Row);
                return null;
            }

            if (first.Text == text) return (first.Row, first.Row);
            ref int further = ref CollectionsMarshal.GetValueRefOrAddDefault(_furtherTexts, Mark($"{person}\n{message.Text.Hash}"), out bool isKnownText);
            if (isKnownText) return (first.Row, further);
            further = message.Row.Row;
            return (first.Row, null);
        }

        // Half a SHA-256: that two people or texts share one by chance need not be reckoned with.
        private static UInt128 Mark(string text)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
            return BinaryPrimitives.ReadUInt128LittleEndian(hash);
        }
    }
}

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

    /// <summary>Whether everybody of another list is on this one.</summary>
    /// <param name="other">The other list.</param>
    /// <returns>True when nobody of it is missing here.</returns>
    public bool Covers(BlockList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other._people.Keys.All(_people.ContainsKey);
    }

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
