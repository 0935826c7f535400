using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Whom the objects of a list mean. Blind binding by property name would be dangerous: a message has an Id and a Body of its own, a group and
/// an event have an Id, and all of them look like a participant's id. So the row is looked at as a whole. One reader for one list: it
/// remembers how the list spells its columns, because a column that is not there costs PowerShell more than one that is.
/// </summary>
public sealed class RowReader
{
    /// <summary>Columns that name a person, compared as <see cref="ColumnName"/> does, the first that is there counts; <c>Id</c> only when none of the others is there.</summary>
    public static readonly IReadOnlyList<string> RecipientColumns =
    [
        "ParticipantId", "Prolific PID", "Prolific ID", "Project member ID", "Recipient ID", "Sender ID", "Participant Public ID", "participant.label",
        "Subject ID", "Id",
    ];

    // So many rows are looked at column by column. In a longer list the spellings seen until then are asked for, and the usual ones.
    private const int RowsReadInFull = 200;

    private static readonly string[] _usual =
    [
        "ParticipantId", "participant_id", "PROLIFIC_PID", "prolific_id", "project_member_id", "ProjectMemberId", "recipient_id", "SenderId", "Id",
    ];

    private static readonly string[] _ofRecord = ["bodyhash", "participantid", "recipients", "status"];

    private static readonly Dictionary<string, (Role Role, int Rank)> _roles = MakeRoles();

    private readonly SendDefaults _given;
    private readonly ColumnFinder _finder = new();
    private readonly Dictionary<string, (Role Role, int Rank)> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, Role Role, int Rank)> _asked = [];
    private RowContent _lastContent = RowContent.None;
    private Export _export;
    private int _read;

    /// <summary>Starts a list.</summary>
    /// <param name="given">What the caller gave for all rows; it wins over what stands in the row.</param>
    public RowReader(SendDefaults given)
    {
        ArgumentNullException.ThrowIfNull(given);
        _given = given;
        foreach (string name in _usual) Learn(name);
    }

    private enum Role
    {
        None,
        Recipient,
        Group,
        Study,
        Account,
        Body,
        Subject,
        Conversation,
        MessageId,
    }

    // A file that this module itself has exported.
    private enum Export
    {
        None,
        Message,
        Record,
        Event,
        Group,
        Conversation,

        // A broadcast or a subscription: its Id and its text are nobody's.
        Nobody,
    }

    /// <summary>Reads an object that came down a pipeline.</summary>
    /// <param name="row">Row number, the first is 2.</param>
    /// <param name="source">The object; one of this library's own types, or anything.</param>
    /// <param name="fields">Its columns or properties.</param>
    /// <param name="recipient">Whom the caller names for this row; null when the row does.</param>
    /// <param name="receipt">The receipt that brought the object back; its study and account count where the object names none.</param>
    /// <returns>The row.</returns>
    public SendRow Read(int row, object? source, IRowFields fields, RowRecipient? recipient = null, MessageReceipt? receipt = null)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (receipt is { ParticipantId.Length: 0, GroupId.Length: > 0 }) recipient ??= PersonOrGroup("", receipt.GroupId);
        if (recipient is null && _given.IdColumn is { } column && source is not (null or string))
        {
            string? name = _finder.Find(fields, column, out string? id);
            recipient = name is null ? RowRecipient.None with { Column = column } : new RowRecipient(RecipientKind.Person, id?.Trim() ?? "", name);
        }

        return source switch
        {
            null => Make(row, source, fields, recipient ?? RowRecipient.Person(null)),
            string id => Make(row, source, NoFields.Instance, recipient ?? RowRecipient.Person(id), receipt?.StudyId, AccountOf(receipt?.Account)),
            ParticipantMessage m => Make(row, m, fields, recipient ?? OtherPerson(m), m.StudyId, m.Account, m.ConversationId, m.Direction == MessageDirection.Out ? null : m.Id),
            Participant p => Make(row, p, fields, recipient ?? Own(p.ParticipantId, nameof(p.ParticipantId)), p.StudyId, p.Account),
            WebhookEvent e => Make(row, e, fields, recipient ?? Own(e.ParticipantId, nameof(e.ParticipantId)), null, e.Account),
            // An answer that failed is still an answer: it goes into its conversation, and its message is answered by it.
            SentMessage { Status: MessageStatus.Failed, ReplyTo: [var answered, ..] } s => Make(row, s, fields, recipient ?? PersonOrGroup(s.ParticipantId, s.GroupId), s.StudyId, s.Account, s.ConversationId, answered),
            SentMessage s => Make(row, s, fields, recipient ?? PersonOrGroup(s.ParticipantId, s.GroupId), s.StudyId, s.Account),
            MessageReceipt r => Make(row, r, fields, recipient ?? PersonOrGroup(r.ParticipantId, r.GroupId), r.StudyId, AccountOf(r.Account)),
            ParticipantGroup g => Make(row, g, fields, recipient ?? new RowRecipient(RecipientKind.Group, g.Id, nameof(g.Id)), null, g.Account),
            MessageConversation c => Make(row, c, fields, recipient ?? Own(c.ParticipantId, nameof(c.ParticipantId)), c.StudyId, c.Account, c.Id),
            // Their Id is a broadcast's, a subscription's or the researcher's own.
            MessageBroadcast or MessageCampaign or MessagingAccount or MessagingAccountTest or WebhookEventType or WebhookSecret or WebhookSubscription
                => Make(row, source, fields, recipient ?? RowRecipient.None),
            _ => ReadColumns(row, source, fields, recipient, receipt),
        };
    }

    /// <summary>Makes a row of a recipient that came from no list.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="source">The target of its errors.</param>
    /// <param name="recipient">The recipient.</param>
    /// <returns>The row.</returns>
    public SendRow Make(int row, object? source, RowRecipient recipient) => Make(row, source, NoFields.Instance, recipient, isListed: false);

    private SendRow ReadColumns(int row, object? source, IRowFields fields, RowRecipient? recipient, MessageReceipt? receipt)
    {
        var found = new Found();
        if (_read++ < RowsReadInFull) ReadInFull(fields, ref found);
        else if (!AskFor(fields, ref found) && recipient is null) ReadInFull(fields, ref found);

        bool isMessage = _export is Export.Message or Export.Nobody;
        bool isAnswer = _export == Export.Message ? !found.IsOwnMessage : _export == Export.Record;
        return new SendRow
        {
            Row = row,
            Source = source,
            Fields = fields,
            Recipient = recipient ?? Agreed(FindRecipient(ref found), receipt),
            Content = Content(
                study: Meaning(found.Study) ?? NullIfBlank(receipt?.StudyId),
                account: (_export == Export.Record ? AccountOf(Meaning(found.Account)) : Meaning(found.Account)) ?? NullIfBlank(AccountOf(receipt?.Account)),
                // A text comes whole from one place, and the text of an exported message is somebody else's.
                body: isMessage ? null : found.Body.Value,
                subject: _given.Body is not null || isMessage ? null : found.Subject,
                conversation: _export is Export.Event ? null : Meaning(found.Conversation),
                replyTo: isAnswer ? Meaning(found.MessageId) : null),
        };
    }

    private SendRow Make(
        int row, object? source, IRowFields fields, RowRecipient recipient, string? study = null, string? account = null, string? conversation = null, string? replyTo = null, bool isListed = true) => new()
        {
            Row = row,
            IsListed = isListed,
            Source = source,
            Fields = fields,
            Recipient = recipient,
            Content = Content(NullIfBlank(study), NullIfBlank(account), null, null, NullIfBlank(conversation), NullIfBlank(replyTo)),
        };

    // What was given for all rows wins over what stands in one. The row before mostly says the same.
    private RowContent Content(string? study, string? account, string? body, string? subject, string? conversation, string? replyTo)
    {
        study = _given.StudyId ?? study;
        account = _given.HasConnection ? null : account;
        body = _given.Body ?? body;
        subject = _given.Subject ?? subject;
        conversation = _given.ConversationId ?? conversation;
        RowContent last = _lastContent;
        bool isSame = body == last.Body && study == last.StudyId && replyTo == last.ReplyTo && conversation == last.ConversationId && account == last.Account && subject == last.Subject;
        return isSame
            ? last
            : _lastContent = new RowContent { StudyId = study, Account = account, Body = body, Subject = subject, ConversationId = conversation, ReplyTo = replyTo };
    }

    private void ReadInFull(IRowFields fields, ref Found found)
    {
        IReadOnlyCollection<string> names = fields.Names;
        foreach (string name in names) Take(name, Learn(name), fields, ref found);
        _export = Recognise(names);
        if (_export != Export.None) TakeExport(fields, ref found);
    }

    // False when something is missing that the list had until now, so that the row has to be looked at as a whole.
    private bool AskFor(IRowFields fields, ref Found found)
    {
        foreach ((string name, Role role, int rank) in _asked) Take(name, (role, rank), fields, ref found);
        if (_export != Export.None) TakeExport(fields, ref found);
        return found.Recipients > 0;
    }

    private (Role Role, int Rank) Learn(string name)
    {
        if (_names.TryGetValue(name, out (Role Role, int Rank) known)) return known;
        _ = _roles.TryGetValue(ColumnName.Key(name), out known);
        _names.Add(name, known);
        if (IsWanted(known.Role)) _asked.Add((name, known.Role, known.Rank));
        return known;
    }

    // Only what is needed is looked up.
    private bool IsWanted(Role role) => role switch
    {
        Role.None => false,
        Role.Study => _given.StudyId is null,
        Role.Account => !_given.HasConnection,
        Role.Body => _given.Body is null,
        Role.Subject => _given.Body is null && _given.Subject is null,
        Role.Conversation => _given.ConversationId is null,
        _ => true,
    };

    private void Take(string name, (Role Role, int Rank) role, IRowFields fields, ref Found found)
    {
        if (!IsWanted(role.Role) || !fields.TryGetValue(name, out string? value)) return;
        switch (role.Role)
        {
            case Role.Recipient:
                found.Add(name, role.Rank, value?.Trim() ?? "");
                break;
            case Role.Group:
                found.Group ??= FieldText.IsBlank(value) ? null : value;
                break;
            case Role.Study:
                found.Study ??= FieldText.IsBlank(value) ? null : value;
                break;
            case Role.Account:
                found.Account ??= FieldText.IsBlank(value) ? null : value;
                break;
            case Role.Body when !FieldText.IsBlank(value) && (found.Body.Value is null || role.Rank < found.Body.Rank):
                found.Body = (value, role.Rank);
                break;
            case Role.Subject:
                found.Subject ??= FieldText.IsBlank(value) ? null : value;
                break;
            case Role.Conversation:
                found.Conversation ??= FieldText.IsBlank(value) ? null : value;
                break;
        }
    }

    /// <summary>Whether columns are those of receipts, or of the ledger's entries.</summary>
    /// <param name="names">The columns.</param>
    internal static bool IsRecord(IReadOnlyCollection<string> names) => Recognise(names) == Export.Record;

    private static Export Recognise(IReadOnlyCollection<string> names)
    {
        // Few rows come here, and few of them have the first of these columns.
        HashSet<string> keys = [.. names.Select(ColumnName.Key)];
        bool Has(params ReadOnlySpan<string> wanted)
        {
            foreach (string key in wanted)
            {
                if (!keys.Contains(key)) return false;
            }

            return true;
        }

        if (Has("senderid", "conversationid", "sentat", "body")) return Export.Message;
        if (Has(_ofRecord)) return Export.Record;
        if (Has("eventtype", "resourceid", "subscriptionid", "participantid")) return Export.Event;
        if (Has("recipientcount", "repliedcount", "id") || Has("eventtype", "targeturl", "id")) return Export.Nobody;
        if (Has("participantid", "topic", "updatedat", "id")) return Export.Conversation;
        return Has("participantcount", "workspaceid", "id") ? Export.Group : Export.None;
    }

    // Of a file that this module has exported, the column counts that means the person.
    private void TakeExport(IRowFields fields, ref Found found)
    {
        switch (_export)
        {
            case Export.Message:
                _ = _finder.Find(fields, "Direction", out string? direction);
                _ = _finder.Find(fields, "Id", out found.MessageId);
                found.IsOwnMessage = string.Equals(direction?.Trim(), MessageDirection.Out, StringComparison.OrdinalIgnoreCase);
                if (found.IsOwnMessage) found.KeepOnly(Rank("ParticipantId"));
                else found.KeepOnly(Rank("SenderId"));
                break;
            case Export.Record:
                found.KeepOnly(Rank("ParticipantId"));
                _ = _finder.Find(fields, "Status", out string? status);
                _ = _finder.Find(fields, "ReplyTo", out string? answered);
                if (status?.Trim() != MessageStatus.Failed || string.IsNullOrWhiteSpace(answered)) found.Conversation = null;
                else found.MessageId = answered.Trim().Split(' ')[0];
                break;
            case Export.Event:
                found.KeepOnly(Rank("ParticipantId"));
                break;
            case Export.Conversation:
                _ = _finder.Find(fields, "Id", out found.Conversation);
                found.KeepOnly(Rank("ParticipantId"));
                break;
            case Export.Nobody:
                found.KeepOnly(-1);
                break;
            case Export.Group:
                _ = _finder.Find(fields, "Id", out found.Group);
                found.KeepOnly(-1);
                break;
        }
    }

    private RowRecipient FindRecipient(ref Found found)
    {
        List<IdCandidate>? ids = found.Ids(out string blank);
        if (ids is not null)
        {
            // An Id beside a blank participant column is the id of something else.
            if (blank.Length > 0 && ids.TrueForAll(static c => ColumnName.Key(c.Column) == "id")) return new RowRecipient(RecipientKind.Person, "", blank);
            return new RowRecipient(RecipientKind.Person, ids[0].Id, ids[0].Column) { Others = ids.Count > 1 ? ids[1..] : null };
        }

        if (found.First is { } only && only.Id.Length > 0) return new RowRecipient(RecipientKind.Person, only.Id, only.Column);
        bool mayBeGroup = blank.Length == 0 || _export == Export.Record;
        if (mayBeGroup && Meaning(found.Group) is { } group) return group == "*" ? RowRecipient.AllMembers : new RowRecipient(RecipientKind.Group, group, "GroupId");
        return blank.Length > 0 ? new RowRecipient(RecipientKind.Person, "", blank) : RowRecipient.None;
    }

    // A receipt knows whom its row meant (by a column that was named then). Where the row says otherwise now, it is asked about.
    private static RowRecipient Agreed(RowRecipient inRow, MessageReceipt? receipt)
    {
        string id = receipt?.ParticipantId.Trim() ?? "";
        if (!RecipientId.IsProlific(id) && !RecipientId.IsOpenHumans(id)) return inRow;
        RowRecipient told = Own(id, "ParticipantId");
        bool agrees = inRow.Kind != RecipientKind.Person || inRow.Id.Length == 0 || inRow.Id.Contains(id, StringComparison.OrdinalIgnoreCase)
            || (inRow.Others ?? []).Any(other => other.Id.Contains(id, StringComparison.OrdinalIgnoreCase));
        return agrees ? told : told with { Others = [new IdCandidate(inRow.Column, inRow.Id), .. inRow.Others ?? []] };
    }

    private static RowRecipient OtherPerson(ParticipantMessage message)
        => message is { Direction: MessageDirection.Out, ParticipantId.Length: > 0 }
            ? Own(message.ParticipantId, nameof(message.ParticipantId))
            : Own(message.SenderId, nameof(message.SenderId));

    private static RowRecipient Own(string id, string property) => new(RecipientKind.Person, id.Trim(), property);

    private static RowRecipient PersonOrGroup(string participantId, string groupId)
        => participantId.Length == 0 && groupId.Length > 0
            ? groupId == "*" ? RowRecipient.AllMembers : new RowRecipient(RecipientKind.Group, groupId, "GroupId")
            : Own(participantId, "ParticipantId");

    // Provider@host is no account's name: the token was given directly.
    private static string? AccountOf(string? account) => account is null || AccountName.IsLabelOfToken(account) ? null : account;

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    // NA in a column of studies or accounts is no study and no account.
    private static string? Meaning(string? text)
    {
        if (text is null) return null;
        string trimmed = FieldText.Trim(text);
        return trimmed.Length == 0 || FieldText.MeansNothing(trimmed) ? null : trimmed;
    }

    private static int Rank(string column) => _roles[ColumnName.Key(column)].Rank;

    private static Dictionary<string, (Role Role, int Rank)> MakeRoles()
    {
        var roles = new Dictionary<string, (Role Role, int Rank)>();
        for (int i = 0; i < RecipientColumns.Count; i++) roles.Add(ColumnName.Key(RecipientColumns[i]), (Role.Recipient, i));
        Add(Role.Group, "groupid", "participantgroupid");
        Add(Role.Study, "studyid");
        Add(Role.Account, "account");
        Add(Role.Body, "body", "message", "text");
        Add(Role.Subject, "subject");
        Add(Role.Conversation, "conversationid", "channelid");
        return roles;

        void Add(Role role, params ReadOnlySpan<string> keys)
        {
            for (int i = 0; i < keys.Length; i++) roles.Add(keys[i], (role, i));
        }
    }

    // What a row brings. Most rows have one column for the person: a list is made for those that have more.
    private struct Found
    {
        public string? Group;
        public string? Study;
        public string? Account;
        public (string? Value, int Rank) Body;
        public string? Subject;
        public string? Conversation;
        public string? MessageId;
        public bool IsOwnMessage;

        private IdCandidate _first;
        private int _firstRank;
        private List<(IdCandidate Candidate, int Rank)>? _more;

        public int Recipients { get; private set; }

        public readonly IdCandidate? First => Recipients > 0 ? _first : null;

        public void Add(string column, int rank, string id)
        {
            if (Recipients == 0)
            {
                (_first, _firstRank, Recipients) = (new IdCandidate(column, id), rank, 1);
                return;
            }

            // The same column, learned under a spelling that differs in case only.
            if (string.Equals(_first.Column, column, StringComparison.OrdinalIgnoreCase)) return;
            _more ??= [];
            if (_more.Exists(m => string.Equals(m.Candidate.Column, column, StringComparison.OrdinalIgnoreCase))) return;
            _more.Add((new IdCandidate(column, id), rank));
            Recipients++;
        }

        public void KeepOnly(int rank)
        {
            List<(IdCandidate Candidate, int Rank)> all = All();
            if (!all.Exists(c => c.Rank == rank) && rank >= 0) return;
            all.RemoveAll(c => c.Rank != rank);
            Recipients = 0;
            _more = null;
            foreach ((IdCandidate candidate, int at) in all) Add(candidate.Column, at, candidate.Id);
        }

        // Those that are filled in, in the order in which they count; null when there is only one column, or none is.
        public readonly List<IdCandidate>? Ids(out string blank)
        {
            blank = "";
            if (_more is null)
            {
                if (Recipients == 1 && _first.Id.Length == 0) blank = _first.Column;
                return null;
            }

            List<(IdCandidate Candidate, int Rank)> all = [.. All().OrderBy(static c => c.Rank)];
            blank = all.Find(static c => c.Candidate.Id.Length == 0).Candidate.Column ?? "";
            List<IdCandidate> filled = [.. all.Where(static c => c.Candidate.Id.Length > 0).Select(static c => c.Candidate)];
            return filled.Count > 0 ? filled : null;
        }

        private readonly List<(IdCandidate Candidate, int Rank)> All()
        {
            List<(IdCandidate Candidate, int Rank)> all = Recipients > 0 ? [(_first, _firstRank)] : [];
            if (_more is not null) all.AddRange(_more);
            return all;
        }
    }
}

/// <summary>What was given for all rows (on the command line, say). It wins over what stands in a row.</summary>
public sealed record SendDefaults
{
    /// <summary>The column that names the person, when it has a name of its own; null for the usual ones.</summary>
    public string? IdColumn { get; init; }

    /// <summary>Study for all rows; null when the rows may name theirs.</summary>
    public string? StudyId { get; init; }

    /// <summary>Text for all rows; null when the rows may bring theirs. With it no column is taken for the subject.</summary>
    public string? Body { get; init; }

    /// <summary>Subject for all rows; null when the rows may bring theirs.</summary>
    public string? Subject { get; init; }

    /// <summary>Conversation for all rows; null when the rows may name theirs.</summary>
    public string? ConversationId { get; init; }

    /// <summary>True when an account or a token was given: then a row's Account column does not count.</summary>
    public bool HasConnection { get; init; }
}
