using System.Runtime.InteropServices;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Checks rows, one after the other, and remembers what it has seen: duplicates and contradictions are found across rows.
/// All findings are reported together; nothing is sent by it.
/// </summary>
public sealed class ListCheck
{
    private readonly SendOptions _options;
    private readonly RowRenderer _renderer;
    private readonly Func<string?, AccountLookup> _accounts;
    private readonly Dictionary<(string Account, string StudyId), Dictionary<string, Seen>> _seen = [];
    private (string Account, string StudyId) _lastShare;
    private Dictionary<string, Seen> _lastSeen = [];
    private List<Finding> _findings = [];
    private int _expected;
    private bool _hasConflicts;

    /// <summary>Starts a check.</summary>
    /// <param name="options">How the list is sent.</param>
    /// <param name="accounts">Finds an account by name (null: the default); the same answer for the same name.</param>
    public ListCheck(SendOptions options, Func<string?, AccountLookup> accounts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(accounts);
        _options = options;
        _accounts = accounts;
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
        _renderer.KnowColumns(rows);
        _expected = rows.Count;
        var checkedRows = new List<CheckedRow>(rows.Count);
        foreach (SendRow row in rows) checkedRows.Add(Check(row));
        if (_hasConflicts) FlagFirstOfConflicts(checkedRows);
        return new CheckReport(checkedRows);
    }

    /// <summary>Checks one row against itself and the rows before it.</summary>
    /// <param name="row">The row.</param>
    /// <returns>What it is.</returns>
    public CheckedRow Check(SendRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Recipient.Kind == RecipientKind.Person && Blocks.Find(row.Recipient.Id) is { } block) return Blocked(row, row.Recipient.Id, block);
        AccountLookup lookup = _accounts(row.Account);
        if (lookup.Connection is not { } connection)
        {
            MessagingException failure = lookup.Failure!;
            var finding = new Finding(row, failure.Reason, "Account", row.Account ?? "", $"Row {row.Row}: {failure.Message}", failure.RecommendedAction);
            return new CheckedRow(row, null, new CheckNotes { Findings = [finding] });
        }

        // Most rows have none: one list serves until a row keeps it.
        List<Finding> findings = _findings;
        string id = CheckRecipient(row, connection.Provider, findings);
        if (row.Recipient.Kind == RecipientKind.Person && findings.Count == 0 && Blocks.Find(id) is { } found) return Blocked(row, id, found);
        string study = CheckStudy(row, connection.Provider, findings);
        RenderedText? text = _renderer.Render(row, connection.Provider, id, findings);
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
            ParticipantId = row.Recipient.Kind == RecipientKind.Person ? id : "",
            GroupId = row.Recipient.Kind == RecipientKind.Group ? id : "",
            StudyId = study,
            Text = text,
        };
        return Compare(row, message);
    }

    // Who must not be written to is left out before anything else of the row is looked at: a fault in it is no reason to hold the others back.
    private CheckedRow Blocked(SendRow row, string id, BlockedParticipant block) => new(row, null, new CheckNotes
    {
        Block = block,
        Connection = _accounts(row.Account).Connection,
        ParticipantId = block.ParticipantId.Length > 0 ? block.ParticipantId : id,
    });

    private CheckedRow Compare(SendRow row, PreparedMessage message)
    {
        string hash = message.Text.Hash;
        ref Seen seen = ref CollectionsMarshal.GetValueRefOrAddDefault(SeenOf(message), message.RecipientKey, out bool isKnown);
        if (!isKnown)
        {
            seen = new Seen(row.Row, hash);
            return new CheckedRow(row, message);
        }

        if (seen.RowOf(hash) is { } first) return new CheckedRow(row, message, new CheckNotes { DuplicateOf = first });
        if (_options.Campaign.Length == 0)
        {
            seen.Add(row.Row, hash);
            return new CheckedRow(row, message, new CheckNotes { OtherTextInRow = seen.FirstRow });
        }

        seen.HasConflict = true;
        _hasConflicts = true;
        return Conflicting(row, message, seen.FirstRow);
    }

    private Dictionary<string, Seen> SeenOf(PreparedMessage message)
    {
        var share = (message.Connection.Account, message.StudyId);
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
            if (!SeenOf(message).TryGetValue(message.RecipientKey, out Seen seen) || !seen.HasConflict) continue;
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
        row.Recipient.Column,
        message.ParticipantId,
        row.Row == firstRow
            ? $"Row {row.Row}: a later row has another text for the same person, {message.ParticipantId}. With a campaign a person gets one message."
            : $"Row {row.Row}: row {firstRow} has another text for the same person, {message.ParticipantId}. With a campaign a person gets one message.",
        "Keep the row that is meant and delete the other, or send the two texts as two campaigns.");

    private string CheckRecipient(SendRow row, MessagingProvider provider, List<Finding> findings)
    {
        RowRecipient recipient = row.Recipient;
        string id = recipient.Id;
        switch (recipient.Kind)
        {
            case RecipientKind.None:
                findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, "", "",
                    $"Row {row.Row}: there is no column that says whom the message is for.",
                    UnsplitColumns(row) is { } separator
                        ? $"The row has one column only, and its name has {separator.Name} in it: read the file with Import-Csv -Delimiter {separator.Text}."
                        : $"Name the column {(provider == MessagingProvider.Prolific ? "participant_id" : "project_member_id")}, or give -ParticipantId."));
                return "";
            case RecipientKind.Ambiguous:
                findings.Add(new Finding(row, MessagingErrorReason.AmbiguousRecipient, recipient.Column, recipient.Id,
                    $"Row {row.Row}: two columns name different people: {recipient.Column}.",
                    "Keep the column that names the participant and remove or rename the other, for example with Select-Object."));
                return recipient.Id;
            case RecipientKind.AllMembers:
                if (provider != MessagingProvider.OpenHumans)
                {
                    findings.Add(new Finding(row, MessagingErrorReason.NotSupported, "", "",
                        $"Row {row.Row}: a message to all members is only possible with an Open Humans account.",
                        "Choose an Open Humans account with -Account, or use -GroupId or -ParticipantId."));
                }

                return "";
            case RecipientKind.Group when provider != MessagingProvider.Prolific:
                findings.Add(new Finding(row, MessagingErrorReason.NotSupported, recipient.Column, id,
                    $"{Where(row)}: participant groups are only possible with a Prolific account.",
                    "Choose a Prolific account with -Account, or use -AllMembers or -ParticipantId."));
                return id;
        }

        if (id.Length == 0 && row.Source is WebhookEvent happened)
        {
            findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, "",
                $"Row {row.Row}: the event ({happened.EventType}) names no participant.",
                "Pipe events of submissions only, for example with Get-WebhookEvent -EventType submission.status.change."));
            return id;
        }

        if (id.Length == 0)
        {
            findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, "",
                $"{Where(row)}: the id is empty.",
                "Fill in the id, or delete the row."));
            return id;
        }

        if (provider == MessagingProvider.Prolific)
        {
            if (RecipientId.IsProlific(id)) return id.ToLowerInvariant();
            findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, Cut(id),
                $"{Where(row)}: '{Cut(id)}' is not a Prolific id. It has {(id.Length == 1 ? "1 character" : $"{id.Length} characters")}; a Prolific id has 24, digits and the letters a to f.",
                RecipientId.IsOpenHumans(id) || RecipientId.HasLostLeadingZero(id)
                    ? "It looks like an Open Humans id: choose that account with -Account."
                    : "Look whether columns are swapped, or the id was cut off when it was copied."));
            return id;
        }

        if (RecipientId.IsOpenHumans(id)) return id;
        if (RecipientId.HasLostLeadingZero(id))
        {
            if (_options.RestoreLeadingZero) return "0" + id;
            findings.Add(new Finding(row, MessagingErrorReason.LostLeadingZero, recipient.Column, id,
                $"{Where(row)}: '{id}' has 7 digits. Open Humans ids have 8: a spreadsheet has probably dropped the leading zero, so 0{id} is meant.",
                "Send with -RestoreLeadingZero, or format the column as text in the spreadsheet."));
            return id;
        }

        findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, Cut(id),
            $"{Where(row)}: '{Cut(id)}' is not an Open Humans project member id, which has 8 (or 16) digits.",
            RecipientId.IsProlific(id)
                ? "It looks like a Prolific id: choose that account with -Account."
                : "Look whether columns are swapped, or the id was cut off when it was copied."));
        return id;
    }

    // A list that was read with the wrong separator is one column.
    private static (string Name, string Text)? UnsplitColumns(SendRow row)
    {
        if (row.Fields.Names.Take(2).ToList() is not [string name]) return null;
        if (name.Contains(';', StringComparison.Ordinal)) return ("semicolons", "';'");
        return name.Contains('\t', StringComparison.Ordinal) ? ("tabs", "\"`t\"") : name.Contains(',', StringComparison.Ordinal) ? ("commas", "','") : null;
    }

    private static string CheckStudy(SendRow row, MessagingProvider provider, List<Finding> findings)
    {
        // Open Humans knows no studies; a list for both services may still carry one.
        if (provider != MessagingProvider.Prolific) return "";
        if (string.IsNullOrEmpty(row.StudyId))
        {
            // A message to all members over Prolific has its own finding.
            if (row.Recipient.Kind is RecipientKind.Group or RecipientKind.AllMembers) return "";
            findings.Add(new Finding(row, MessagingErrorReason.MissingStudy, "StudyId", "",
                $"Row {row.Row}: Prolific wants to know which study a message is about, and there is none.",
                "Give -StudyId, or a column study_id."));
            return "";
        }

        if (RecipientId.IsProlific(row.StudyId)) return row.StudyId.ToLowerInvariant();
        findings.Add(new Finding(row, MessagingErrorReason.MissingStudy, "StudyId", Cut(row.StudyId),
            $"Row {row.Row}: '{Cut(row.StudyId)}' is not the id of a Prolific study, which has 24 characters, digits and the letters a to f.",
            "Copy the study's id from the address of its page at Prolific."));
        return row.StudyId;
    }

    private static string Where(SendRow row) => row.Recipient.Column.Length > 0 ? $"Row {row.Row}, column {row.Recipient.Column}" : $"Row {row.Row}";

    private static string Cut(string value) => value.Length <= 40 ? value : string.Concat(value.AsSpan(0, 40), "…");

    // A value in the dictionary itself: one object less for each row.
    private struct Seen(int row, string hash)
    {
        private List<(int Row, string Hash)>? _more;

        public int FirstRow { get; } = row;

        public bool HasConflict { get; set; }

        public readonly int? RowOf(string other)
        {
            if (other == hash) return FirstRow;
            if (_more is null) return null;
            foreach ((int at, string known) in _more)
            {
                if (known == other) return at;
            }

            return null;
        }

        public void Add(int at, string other) => (_more ??= []).Add((at, other));
    }
}
