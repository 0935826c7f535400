using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>Whom a row means at its service, and what is wrong when that cannot be told: what people's files really hold is named for what it is.</summary>
internal sealed partial class RecipientCheck(SendOptions options)
{
    private const int LooksAt = 50;
    private const int LooksThrough = 2000;

    // What each of PowerShell's format objects calls its kind.
    private const string FormattedColumn = "ClassId2e4f51ef21dd47e99d3c952918aff9cd";

    private static readonly char[] _betweenCells = [',', ';', '\t', '|', '\r', '\n'];
    private static readonly string[] _neverPeople = ["studyid", "groupid", "participantgroupid", "conversationid", "channelid", "workspaceid", "sessionid", "submissionid"];

    private static readonly string[] _ofOthers = ["study", "session", "submission", "project", "group", "workspace", "code", "hash", "message", "conversation", "researcher", "refer", "partner", "event", "broadcast"];

    private readonly Dictionary<MessagingProvider, IReadOnlyList<string>> _idColumns = [];
    private readonly Dictionary<MessagingProvider, bool> _namesNobody = [];
    private IReadOnlyList<SendRow> _rows = [];
    private KnownColumn? _column;
    private int _qualtricsRow;
    private bool _offersNobody;

    /// <summary>Knows the whole list.</summary>
    public void Know(IReadOnlyList<SendRow> rows)
    {
        _rows = rows;
        _offersNobody = rows.Count > 0 && rows.All(static row => row.Recipient.Kind == RecipientKind.None);
        _qualtricsRow = 0;
        for (int i = 0; i < Math.Min(rows.Count, 3); i++)
        {
            if (HasImportId(rows[i])) _qualtricsRow = rows[i].Row;
        }
    }

    /// <summary>Checks it.</summary>
    /// <returns>The id as the service writes it; as it stands in the row when something is wrong with it.</returns>
    public string Check(SendRow row, MessagingProvider provider, List<Finding> findings)
    {
        RowRecipient recipient = row.Recipient;
        switch (recipient.Kind)
        {
            case RecipientKind.None:
                findings.Add(Nobody(row, provider));
                return "";
            case RecipientKind.AllMembers:
                if (provider != MessagingProvider.OpenHumans)
                {
                    findings.Add(new Finding(row, MessagingErrorReason.NotSupported, "", "",
                        "a message to all members is only possible with an Open Humans account.",
                        "Choose an Open Humans account, or address a group or people.")
                    { Remedy = Remedy.AddressPeople });
                }

                return "";
            case RecipientKind.Group when provider != MessagingProvider.Prolific:
                findings.Add(new Finding(row, MessagingErrorReason.NotSupported, recipient.Column, recipient.Id,
                    "participant groups are only possible with a Prolific account.",
                    "Choose a Prolific account, or address people.")
                { Remedy = Remedy.AddressPeople });
                return recipient.Id;
            case RecipientKind.Group:
                if (RecipientId.IsProlific(recipient.Id)) return recipient.Id.ToLowerInvariant();
                if (recipient.Id.AsSpan().ContainsAny(',', ';', '|') || recipient.Id.Any(char.IsWhiteSpace))
                {
                    findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, RowRecipient.Shorten(recipient.Id),
                        $"'{RowRecipient.Shorten(recipient.Id)}' is more than the id of one participant group. A message goes to one group.",
                        "Send to one group after the other.")
                    { Remedy = Remedy.OneGroup });
                    return recipient.Id;
                }

                if (recipient.Id.Length > 0) return recipient.Id;
                findings.Add(new Finding(row, MessagingErrorReason.InvalidRecipient, recipient.Column, "", "the group's id is empty.", "Fill in the id of the group."));
                return "";
        }

        if (Column(recipient.Column, provider).IsIdForName)
        {
            findings.Add(NoHeader(row, recipient.Column));
            return recipient.Id;
        }

        if (recipient.Others is not null) return Choose(row, provider, findings);
        if (Read(recipient.Id, provider) is { } id)
        {
            if (BesideId(row, provider, id) is { } person) findings.Add(AnythingsId(row, person));
            return id;
        }

        findings.Add(Wrong(row, recipient.Id, recipient.Column, provider));
        return recipient.Id;
    }

    // Records, submissions and groups have an Id as well: beside it, another column with ids of the service is as likely to name the person, in
    // the rows as well in which it is empty. Eight digits are a date as often as an id, so that Open Humans' are not compared.
    private string? BesideId(SendRow row, MessagingProvider provider, string id)
    {
        bool mayBeAnythings = !options.IsIdColumnGiven && provider == MessagingProvider.Prolific && Column(row.Recipient.Column, provider).IsPlainId;
        return mayBeAnythings ? OtherIdsColumn(row, provider, id) : null;
    }

    // A method of its own: what it hands to its query would be made for each of 100,000 rows.
    private string? OtherIdsColumn(SendRow row, MessagingProvider provider, string id)
    {
        string? beside = IdColumns(row, provider).FirstOrDefault(name => ColumnName.Key(name) != "id" && MayNamePeople(name)
            && row.Fields.TryGetValue(name, out string? value) && Read((value ?? "").Trim(), provider) != id);
        // What databases call a record's own id. Names are dear: they are asked for where it matters whether there is anything else.
        return beside ?? (row.Recipient.Column == "_id" && row.Fields.Names.Count > 1 ? "" : null);
    }

    private static bool MayNamePeople(string column)
    {
        string key = ColumnName.Key(column);
        return !_ofOthers.Any(word => key.Contains(word, StringComparison.Ordinal));
    }

    private static Finding AnythingsId(SendRow row, string person) => new(row, MessagingErrorReason.AmbiguousRecipient, "", row.Recipient.Id,
        person.Length > 0
            ? $"the column '{ColumnName.Show(row.Recipient.Column)}' may hold the id of anything (a record, a submission), and the column '{ColumnName.Show(person)}' holds other ids of that shape."
            : $"the column '{ColumnName.Show(row.Recipient.Column)}' is what databases call the id of a record, not of a person.",
        "Say which column names the people.")
    { Remedy = person.Length > 0 ? Remedy.ChooseColumn : Remedy.ThisColumn, Hint = person.Length > 0 ? person : row.Recipient.Column };

    // Of several columns, those lose whose value is no id of this service.
    private string Choose(SendRow row, MessagingProvider provider, List<Finding> findings)
    {
        RowRecipient recipient = row.Recipient;
        List<IdCandidate> all = [new IdCandidate(recipient.Column, recipient.Id), .. recipient.Others!];
        string? right = null;
        IdCandidate first = default;
        foreach (IdCandidate candidate in all)
        {
            if (Read(candidate.Id, provider) is not { } id) continue;
            if (right is null)
            {
                (right, first) = (id, candidate);
            }
            else if (right != id)
            {
                findings.Add(new Finding(row, MessagingErrorReason.AmbiguousRecipient, "", recipient.Id,
                    $"two columns name different people: {ColumnName.Show(first.Column)} ({first.Id}) and {ColumnName.Show(candidate.Column)} ({candidate.Id}).",
                    "Keep the column that names the participant and remove or rename the other.")
                {
                    Remedy = Remedy.ChooseColumn,
                    Hint = first.Column,
                });
                return recipient.Id;
            }
        }

        // An Id beside a spoilt id of a participant is the id of something else.
        IdCandidate spoilt = all.Find(c => Read(c.Id, provider) is null && LooksLikeSpoiltId(c.Id));
        if (right is not null && (spoilt.Column is null || ColumnName.Key(first.Column) != "id")) return right;
        (string column, string value) = spoilt.Column is null ? (recipient.Column, recipient.Id) : (spoilt.Column, spoilt.Id);
        findings.Add(Wrong(row, value, column, provider));
        return value;
    }

    private string? Read(string id, MessagingProvider provider)
    {
        if (provider == MessagingProvider.Prolific)
        {
            if (RecipientId.IsProlific(id)) return id.ToLowerInvariant();
            if (RecipientId.Unprotect(id) is { } inside && RecipientId.IsProlific(inside)) return inside.ToLowerInvariant();
            return RecipientId.FromMail(id);
        }

        id = RecipientId.Unprotect(id) ?? id;

        if (RecipientId.IsOpenHumans(id)) return id;
        return options.RestoreLeadingZero && RecipientId.LostZeros(id) is var lost and > 0 ? new string('0', lost) + id : null;
    }

    // What a column's name says is found once, not for each of 100,000 rows.
    private KnownColumn Column(string name, MessagingProvider provider)
        => _column is { } known && known.Name == name && known.Provider == provider
            ? known
            : (_column = new KnownColumn(name, provider, name.Length > 0 && IsIdForName(name, provider), ColumnName.Key(name) == "id")).Value;

    private readonly record struct KnownColumn(string Name, MessagingProvider Provider, bool IsIdForName, bool IsPlainId);

    // A file without a header line: the first person stands where the columns' names should.
    private static bool IsIdForName(string name, MessagingProvider provider)
    {
        name = FieldText.Trim(name);
        name = RecipientId.Unprotect(name) ?? name;
        return RecipientId.IsProlific(name) || RecipientId.FromMail(name) is not null || (provider == MessagingProvider.OpenHumans && RecipientId.IsOpenHumans(name));
    }

    private static Finding NoHeader(SendRow row, string column) => new(row, MessagingErrorReason.InvalidRecipient, "", ColumnName.Show(column),
        $"the file has no header line: a column is called '{ColumnName.Show(column)}', which is a person's id, so the first line was taken for the columns' names and the first person would be lost.",
        "Read the file with names for its columns.")
    { Remedy = Remedy.NoHeader, Hint = column, IsOfWholeList = true };

    private static bool LooksLikeSpoiltId(string id)
        => RecipientId.LostZeros(id) > 0 || SheetNumber().IsMatch(id) || ManyIds().Count(id) > 1 || (id.Length is > 17 and < 30 && HexOnly().IsMatch(id));

    private Finding Wrong(SendRow row, string id, string column, MessagingProvider provider)
    {
        if (row.Source is WebhookEvent happened && id.Length == 0)
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, "",
                $"the event ({happened.EventType}) names no participant.",
                "Take events of submissions only (submission.status.change).");
        }

        if (column.Length == 0 && row.Source is string && IsLine(id, provider)) return Line(row);
        if (IsUtf16(id)) return Utf16(row, column, isBigEndian: (_rows.Count > 0 ? _rows[0].Recipient.Id : id).StartsWith('\0'));
        if (Foreign(row, id, column) is { } foreign) return foreign;
        string bare = FieldText.Trim(id);
        if (bare.Length == 0 || FieldText.MeansNothing(bare))
        {
            if (column.Length > 0 && NobodyIsNamed(provider)) return NoIds(row, column, provider);
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, id,
                bare.Length == 0 ? "the id is empty." : $"the id is empty: '{bare}' stands for nothing.",
                "Fill in the id, or leave the row out.")
            { Remedy = column.Length > 0 ? Remedy.LeaveOutBlank : Remedy.AsSaid, Hint = column };
        }

        string shown = RowRecipient.Shorten(id);
        if (ManyIds().Count(id) is var many and > 1)
        {
            return Bad(Remedy.SplitIds, $"there are {many} ids in one cell ('{shown}').", "Give every person a row of their own.");
        }

        if (SheetNumber().IsMatch(bare))
        {
            string digits = WholeNumber().Match(bare) is { Success: true } whole ? string.Concat(whole.Groups[1].Value.Where(char.IsAsciiDigit)) : "";
            return Bad(Remedy.StoreAsText,
                digits.Length > 0
                    ? $"a spreadsheet has made a number of the id: '{shown}'. Probably {(provider == MessagingProvider.OpenHumans ? digits.PadLeft(8, '0') : digits)} is meant."
                    : $"a spreadsheet has made a number of the id, and most of its digits are gone: '{shown}'.",
                "Format the column as text in the spreadsheet and paste the ids into it once more, or take the file as it was before the spreadsheet.");
        }

        string visible = string.Concat(id.Where(static c => !IsUnseen(c)));
        if (visible.Length < id.Length)
        {
            char hidden = id.First(IsUnseen);
            return Bad(Remedy.MendId,
                $"the id '{RowRecipient.Shorten(visible)}' has an invisible character in it ({Describe(hidden)}, at place {id.IndexOf(hidden, StringComparison.Ordinal) + 1}).",
                "Delete the cell and type or paste the id again, as plain text.");
        }

        if (RecipientId.FileName().IsMatch(bare))
        {
            return Bad(Remedy.ReadFile, $"'{shown}' is the name of a file, not an id.", "Read the file first.", bare) with { IsOfWholeList = _rows.Count == 1 };
        }

        if (provider == MessagingProvider.OpenHumans && RecipientId.LostZeros(id) is var lost and > 0)
        {
            string meant = new string('0', lost) + id;
            return new Finding(row, MessagingErrorReason.LostLeadingZero, column, id,
                $"'{id}' has {id.Length} digits. Open Humans ids have {meant.Length}: a spreadsheet has probably dropped {(lost == 1 ? "the leading zero" : $"{lost} leading zeros")}, so {meant} is meant.",
                "Format the column as text in the spreadsheet.")
            { Remedy = Remedy.RestoreZeros };
        }

        (bool isOther, string other) = provider == MessagingProvider.Prolific
            ? (RecipientId.IsOpenHumans(id) || RecipientId.LostZeros(id) > 0, "Open Humans")
            : (RecipientId.IsProlific(id) || RecipientId.FromMail(id) is not null, "Prolific");
        string what = provider == MessagingProvider.Prolific
            ? $"'{shown}' is not a Prolific id. It has {(id.Length == 1 ? "1 character" : $"{id.Length} characters")}; a Prolific id has 24, digits and the letters a to f."
            : $"'{shown}' is not an Open Humans project member id, which has 8 (or 16) digits.";
        if (isOther) return Bad(Remedy.OtherAccount, what, $"It looks like an id of {other}: choose that account.", other);
        if (provider == MessagingProvider.Prolific && id.Length == 24 && NotHex().Match(id) is { Success: true } odd)
        {
            what = $"'{shown}' is not a Prolific id: '{ShownText.Line(odd.Value)}' at place {odd.Index + 1} is neither a digit nor one of the letters a to f.";
        }
        else if (bare.Contains("://", StringComparison.Ordinal) && ManyIds().Match(bare) is { Success: true } part)
        {
            return Bad(Remedy.MendId, $"'{shown}' is the address of a page. The id in it, {part.Value}, may be a person's, a study's or a submission's.", "Put the person's id alone into the cell.");
        }
        else if (id.Contains('@', StringComparison.Ordinal))
        {
            what = $"'{shown}' is a mail address, and none that Prolific has made (<id>@email.prolific.com). Prolific ids have 24 characters.";
        }

        if (column.Length > 0 && OnlyIdColumn(row, provider, column) is { } better)
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, shown,
                $"{what} The column '{ColumnName.Show(better)}' holds ids.",
                $"Say that the column '{ColumnName.Show(better)}' names the people.")
            { Remedy = Remedy.IdColumn, Hint = better };
        }

        return Bad(Remedy.MendId, what, "Look whether columns are swapped, or the id was cut off when it was copied.");

        Finding Bad(Remedy remedy, string fault, string action, string hint = "")
            => new(row, MessagingErrorReason.InvalidRecipient, column, shown, fault, action) { Remedy = remedy, Hint = hint };
    }

    // Get-Content instead of Import-Csv: the header line comes first, and then lines with an id among other things.
    private bool IsLine(string text, MessagingProvider provider)
    {
        string[] parts = Parts(text);
        if (parts.Any(static part => RowReader.RecipientColumns.Any(column => ColumnName.Key(column) is not "id" && ColumnName.Same(column, part)))) return true;
        return parts.Count(part => Read(part, provider) is not null) == 1 && parts.Count(static part => part.Length > 0) > 1;
    }

    private static string[] Parts(string text) => [.. text.Split(_betweenCells).Select(static part => FieldText.Trim(part).Trim('"', '\''))];

    private Finding Line(SendRow row)
    {
        string first = _rows.Count > 0 && _rows[0].Source is string line ? line : (string)row.Source!;
        return new Finding(row, MessagingErrorReason.InvalidRecipient, "", RowRecipient.Shorten(row.Recipient.Id),
            $"this is a line of a file, not an id: lines came down the pipeline as they stand in the file ('{RowRecipient.Shorten(first)}' first), without their columns.",
            "Read the file as a table.")
        { Remedy = Remedy.ReadLines, IsOfWholeList = true };
    }

    // Not one row of a list has an id where it should be: to leave out those without one would leave nobody.
    private bool NobodyIsNamed(MessagingProvider provider)
    {
        if (_rows.Count < 2) return false;
        if (_namesNobody.TryGetValue(provider, out bool known)) return known;
        return _namesNobody[provider] = _rows.All(row => row.Recipient.Kind == RecipientKind.Person
            && Read(row.Recipient.Id, provider) is null && (row.Recipient.Others ?? []).All(other => Read(other.Id, provider) is null));
    }

    private Finding NoIds(SendRow row, string column, MessagingProvider provider)
    {
        string shown = ColumnName.Show(column);
        if (OnlyIdColumn(row, provider, column) is { } better)
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, "",
                $"the column {shown} holds no id in any row. The column '{ColumnName.Show(better)}' holds ids.",
                $"Say that the column '{ColumnName.Show(better)}' names the people.")
            { Remedy = Remedy.IdColumn, Hint = better, IsOfWholeList = true };
        }

        return new Finding(row, MessagingErrorReason.InvalidRecipient, column, "",
            $"the column {shown} holds no id in any row, so the list names nobody.",
            "Take a list that holds the ids.")
        { Remedy = Remedy.OtherList, Hint = column, IsOfWholeList = true };
    }

    // Rows that are no people at all: what survey tools write below the header, and at the end.
    private Finding? Foreign(SendRow row, string id, string column)
    {
        bool isQualtrics = (_qualtricsRow > 0 && row.Row <= _qualtricsRow && row.Row >= _qualtricsRow - 1) || ImportId().IsMatch(id);
        if (isQualtrics)
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, RowRecipient.Shorten(id),
                "this is no person: rows 2 and 3 of a Qualtrics export hold the questions and import ids.",
                "Leave the first two rows below the header out.")
            { Remedy = Remedy.SkipRows, Hint = "2" };
        }

        if (column.Length == 0) return null;
        if (id.Length > 0 && ColumnName.Same(id, column))
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, RowRecipient.Shorten(id),
                "this is no person but a further header line, as Qualtrics and other tools write it.",
                "Leave the header lines below the first one out.")
            { Remedy = Remedy.SkipRows, Hint = "1" };
        }

        if (EndMark().IsMatch(id)) return End(id);
        if (row.Row == 2 && SecondHeader().IsMatch(id))
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, column, RowRecipient.Shorten(id),
                $"'{RowRecipient.Shorten(id)}' is no id; it reads like a second header line, as survey tools write it.",
                "Leave the header lines below the first one out.")
            { Remedy = Remedy.SkipRows, Hint = "1" };
        }

        if (FieldText.Trim(id).Length > 0) return null;
        string? only = null;
        int columns = 0;
        foreach (string name in row.Fields.Names)
        {
            columns++;
            if (!row.Fields.TryGetValue(name, out string? value) || FieldText.IsBlank(value)) continue;
            if (only is not null) return null;
            only = FieldText.Trim(value);
        }

        if (columns < 2) return null;
        if (only is not null) return End(only);
        return new Finding(row, MessagingErrorReason.InvalidRecipient, column, "",
            "the whole row is blank.",
            "Leave blank rows out.")
        { Remedy = Remedy.LeaveOutBlank, Hint = column };

        Finding End(string mark) => new(row, MessagingErrorReason.InvalidRecipient, column, RowRecipient.Shorten(mark),
            EndMark().IsMatch(mark)
                ? $"this is no person but the end row of another program's export ('{RowRecipient.Shorten(mark)}')."
                : $"the id is empty, and so is the rest of the row but for '{RowRecipient.Shorten(mark)}': a note, or the end row of another program's export.",
            "Leave the row out.")
        { Remedy = Remedy.LeaveOutBlank, Hint = column };
    }

    private Finding Nobody(SendRow row, MessagingProvider provider)
    {
        IReadOnlyCollection<string> names = row.Fields.Names;
        string first = names.FirstOrDefault() ?? "";
        string listed = Columns(names);
        if (names.Contains(FormattedColumn))
        {
            return WholeFile(Remedy.LeaveOutFormat, "these are no rows but pieces of a table that was made to be looked at (formatted output), and nobody's id is in them any more.", "Leave out what formats the rows.");
        }

        if (names.FirstOrDefault(name => IsIdForName(name, provider)) is { } person) return NoHeader(row, person);
        if (row.Recipient.Column is { Length: > 0 } wanted)
        {
            string? nearest = ColumnName.Nearest(wanted, names);
            return new Finding(row, MessagingErrorReason.MissingColumn, wanted, "",
                $"{Has()} no column '{ColumnName.Show(wanted)}'{(nearest is null ? "" : $"; perhaps '{ColumnName.Show(nearest)}' is meant")}. There are: {listed}.",
                "Name the column that holds the ids.")
            { Remedy = Remedy.IdColumn, Hint = nearest ?? "", IsOfWholeList = _offersNobody };
        }

        if (Workbook().IsMatch(first))
        {
            return WholeFile(Remedy.Workbook, "the file is an Excel workbook (or another packed file), not a CSV file.", "Save it as CSV (UTF-8) in the spreadsheet, and read that file.");
        }

        if (names.Any(static n => n.Contains('\0', StringComparison.Ordinal))) return Utf16(row, "", isBigEndian: first.StartsWith('\0'));

        if (SepLineName().Match(first) is { Success: true } sep)
        {
            return WholeFile(Remedy.SepLine, $"the file begins with the line '{ShownText.Line(first)}', which is meant for Excel, so its header line was not read as one.", "Read it without that line.", sep.Groups[1].Value is { Length: > 0 } mark ? mark : ",");
        }

        if (names.Count == 1 && Separator(first) is { } separator)
        {
            return WholeFile(Remedy.Delimiter, $"the list has no column that says whom the message is for: it has one column only, and its name has {separator.Name} in it.", $"Read the file with {separator.Name} between the columns.", separator.Text);
        }

        if (names.Contains("PSPath") && row.Fields.TryGetValue("FullName", out string? path))
        {
            return new Finding(row, MessagingErrorReason.InvalidRecipient, "", "", $"this is a file ('{RowRecipient.Shorten(Path.GetFileName(path ?? ""))}'), not what is in it.", "Read the file first.") { Remedy = Remedy.ReadFile, Hint = path ?? "", IsOfWholeList = true };
        }

        IReadOnlyList<string> ids = [.. IdColumns(row, provider).Where(names.Contains)];
        string found = ids.Count switch
        {
            0 => "",
            1 => $" The column '{ColumnName.Show(ids[0])}' holds ids.",
            _ => $" Ids are in {string.Join(" and in ", ids.Select(static n => $"'{ColumnName.Show(n)}'"))}.",
        };
        return new Finding(row, MessagingErrorReason.InvalidRecipient, "", "",
            names.Count == 0 ? "it has no column that says whom the message is for." : $"{Has()} no column that says whom the message is for.{found} There are: {listed}.",
            $"Name the column {(provider == MessagingProvider.Prolific ? "participant_id" : "project_member_id")}, or say which column it is.")
        {
            Remedy = Remedy.IdColumn,
            Hint = ids.Count == 1 ? ids[0] : "",
            IsOfWholeList = _offersNobody && names.Count > 0,
        };

        // Where no row offers anybody it is the list that lacks the column, and no row of it.
        string Has() => _offersNobody ? "the list has" : "there is";

        Finding WholeFile(Remedy remedy, string fault, string action, string hint = "")
            => new(row, MessagingErrorReason.InvalidRecipient, "", "", fault, action) { Remedy = remedy, Hint = hint, IsOfWholeList = true };
    }

    private static Finding Utf16(SendRow row, string column, bool isBigEndian) => new(row, MessagingErrorReason.InvalidRecipient, column, "",
        "the file is saved as UTF-16, and was read as if it were not: there is a null character beside every letter.",
        "Read it as UTF-16.")
    { Remedy = Remedy.Encoding, Hint = isBigEndian ? "bigendianunicode" : "unicode", IsOfWholeList = true };

    // Of every two characters one is null: a line that is cut between the halves of its end begins or ends in one more, or has nothing else.
    private static bool IsUtf16(string text) => text.Contains('\0', StringComparison.Ordinal) && text.Count(static c => c == '\0') * 2 >= text.Length - 1;

    private string? OnlyIdColumn(SendRow row, MessagingProvider provider, string but)
    {
        IReadOnlyList<string> columns = IdColumns(row, provider);
        return columns.Count == 1 && columns[0] != but && row.Fields.TryGetValue(columns[0], out _) ? columns[0] : null;
    }

    // Columns that hold ids, in most of their first filled cells; a study's id stands in every row alike.
    private IReadOnlyList<string> IdColumns(SendRow row, MessagingProvider provider)
    {
        if (_rows.Count > 0 && _idColumns.TryGetValue(provider, out IReadOnlyList<string>? known)) return known;
        IReadOnlyList<SendRow> rows = _rows.Count > 0 ? [.. _rows.Take(LooksThrough)] : [row];
        var columns = new List<string>();
        foreach (string name in rows.Take(LooksAt).SelectMany(static r => r.Fields.Names).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (_neverPeople.Contains(ColumnName.Key(name))) continue;
            var values = new List<string>();
            int others = 0;
            foreach (SendRow one in rows)
            {
                if (!one.Fields.TryGetValue(name, out string? value) || FieldText.Trim(value) is not { Length: > 0 } id || FieldText.MeansNothing(id) || !id.Any(char.IsLetterOrDigit)) continue;
                // Header lines, the researcher's own test run and the end row are not held against the column.
                if (Read(id, provider) is { } read) values.Add(read);
                else others++;
                if (values.Count + others == LooksAt) break;
            }

            if (values.Count > others && (values.Count == 1 || values.Distinct().Skip(1).Any())) columns.Add(name);
        }

        if (_rows.Count > 0) _idColumns[provider] = columns;
        return columns;
    }

    internal static string Columns(IReadOnlyCollection<string> names)
        => string.Join(", ", names.Take(30).Select(ColumnName.Show)) + (names.Count > 30 ? $" … ({names.Count} in all)" : "");

    private static bool HasImportId(SendRow row)
    {
        foreach (string name in row.Fields.Names)
        {
            if (row.Fields.TryGetValue(name, out string? value) && value is not null && ImportId().IsMatch(value)) return true;
        }

        return false;
    }

    private static (string Name, string Text)? Separator(string name)
    {
        if (name.Contains(';', StringComparison.Ordinal)) return ("semicolons", ";");
        if (name.Contains('\t', StringComparison.Ordinal)) return ("tabs", "\t");
        return name.Contains('|', StringComparison.Ordinal) ? ("vertical bars", "|") : name.Contains(',', StringComparison.Ordinal) ? ("commas", ",") : null;
    }

    private static bool IsUnseen(char c)
        => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator || c == '\u00A0' || (c > 127 && char.IsWhiteSpace(c));

    private static string Describe(char c) => string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}{c switch
    {
        '\u200B' => ", a zero-width space",
        '\u00A0' => ", a no-break space",
        '\uFEFF' => ", a byte order mark",
        '\u00AD' => ", a soft hyphen",
        '\u200D' or '\u200C' => ", a joiner",
        '\u200E' or '\u200F' or '\u202A' or '\u202C' or '\u202D' => ", a mark of direction",
        '\t' => ", a tab",
        '\r' or '\n' => ", a line break",
        _ => "",
    }}");

    [GeneratedRegex(@"\b[0-9a-fA-F]{24}\b|\b(?:[0-9]{16}|[0-9]{8})\b", RegexOptions.CultureInvariant)]
    private static partial Regex ManyIds();

    // 6.12E+23, 61638818.0, 61,638,818 and the same with the commas of other countries.
    [GeneratedRegex(@"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}$|^[0-9]+[.,]0+$|^[0-9]{1,3}(?:([.,'’ \u00A0\u202F])[0-9]{3})(?:\1[0-9]{3})*(?:[.,]0+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex SheetNumber();

    [GeneratedRegex(@"^([0-9]{1,3}(?:[.,'’ \u00A0\u202F][0-9]{3})+|[0-9]+)(?:[.,]0+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex WholeNumber();

    [GeneratedRegex("^[0-9a-fA-F]+$", RegexOptions.CultureInvariant)]
    private static partial Regex HexOnly();

    [GeneratedRegex("[^0-9a-fA-F]", RegexOptions.CultureInvariant)]
    private static partial Regex NotHex();

    [GeneratedRegex(@"^\s*\{\s*""ImportId""", RegexOptions.CultureInvariant)]
    private static partial Regex ImportId();

    [GeneratedRegex(@"^(?=.*\s)(?=.*[g-zG-Z]{2})[\p{L}\p{M}\p{P}\s0-9]+$|^(?:open-ended )?response$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SecondHeader();

    [GeneratedRegex(@"^\W*(?:end of (?:file|data|export|report|list|table)|eof|end|(?:grand )?totals?\b.*|\(?[0-9,. ]+ (?:rows?|records?|lines?|results?)\b.*|(?:total )?(?:rows?|records?)\s*[:=].*|generated (?:by|on|at)\b.*|exported (?:by|on|at|from)\b.*)\W*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex EndMark();

    [GeneratedRegex("^(?:PK\u0003\u0004|PK\u0005\u0006|\u00D0\u00CF\u0011\u00E0|\uFFFD\uFFFD\u0011\uFFFD|\u001F[\uFFFD\u008B])", RegexOptions.CultureInvariant)]
    private static partial Regex Workbook();

    [GeneratedRegex(@"^\W*sep\s*=\s*(.?)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SepLineName();
}

/// <summary>The shapes of ids (provider facts 1 and 7.1).</summary>
public static partial class RecipientId
{
    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>24 hex digits: Prolific participants, studies, groups.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsProlific(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == 24 && !id.AsSpan().ContainsAnyExcept(_hexDigits);
    }

    /// <summary>8 or 16 digits: Open Humans project members.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsOpenHumans(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is 8 or 16 && !id.AsSpan().ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>An Open Humans id whose leading zeros a spreadsheet has eaten: 7 digits, or 6 (one id in a hundred begins with two zeros).</summary>
    /// <param name="id">The id.</param>
    /// <returns>How many zeros are missing; 0 when it is no such id.</returns>
    public static int LostZeros(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is not (6 or 7 or 14 or 15) || id.AsSpan().ContainsAnyExceptInRange('0', '9')) return 0;
        return (id.Length < 8 ? 8 : 16) - id.Length;
    }

    /// <summary>The id that a spreadsheet's way of keeping text as text is wrapped around: <c>="…"</c>, <c>'…</c>, or quotation marks.</summary>
    /// <param name="text">What stands in the cell.</param>
    /// <returns>What is inside; null when nothing is around it.</returns>
    public static string? Unprotect(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 2 && text[0] is '=' or '\'' or '"' or '’' && Protected().Match(text) is { Success: true } inside ? inside.Groups[1].Value : null;
    }

    [GeneratedRegex("""^(?:="?|['’"])([0-9a-fA-F]{6,24})['’"]?$""", RegexOptions.CultureInvariant)]
    private static partial Regex Protected();

    /// <summary>The Prolific id in the mail address that Prolific gives a participant (<c>&lt;id&gt;@email.prolific.com</c> and its other domains).</summary>
    /// <param name="text">The address, with or without <c>mailto:</c> or angle brackets.</param>
    /// <returns>The id in small letters; null when it is no such address.</returns>
    public static string? FromMail(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 24 && text.Contains('@', StringComparison.Ordinal) && Mail().Match(text) is { Success: true } mail ? mail.Groups[1].Value.ToLowerInvariant() : null;
    }

    [GeneratedRegex(@"^(?:mailto:)?<?([0-9a-fA-F]{24})@(?:[a-z0-9-]+\.)*prolific\.(?:com|co|ac|me)>?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Mail();

    [GeneratedRegex(@"\.(?:csv|tsv|txt|xlsx?|xlsm|ods|json|sav|numbers)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    internal static partial Regex FileName();
}
