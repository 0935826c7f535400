using System.Globalization;
using System.Text;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>
/// The file of <c>-UnsentPath</c>: the rows that failed, with their own columns and why. Written as they become known, over a file of that
/// name, so that it can be read again whatever happens to the run. What that file held, perhaps the very list, lies beside it until the run has
/// come to its end.
/// </summary>
internal sealed class UnsentFile(string path) : IDisposable
{
    private const string StatusColumn = "MessageStatus";
    private const string ReasonColumn = "MessageReason";
    private const int RowsLearnt = 200;

    private readonly HashSet<string> _people = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _idColumns = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SendRow> _nobodies = [];
    private readonly List<string> _columns = [];
    private readonly List<(SendRow Row, string Reason)> _written = [];
    private FileStream? _lock;
    private StreamWriter? _writer;
    private string? _before;
    private bool _isBroken;
    private bool _hasOthers;

    /// <summary>Opens none yet.</summary>
    /// <param name="path">Where it is to be. Of a link, what it leads to: there is one file, whatever it is called.</param>
    public static UnsentFile At(string path)
    {
        try
        {
            return new UnsentFile(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // What is wrong with it is said when it is checked.
            return new UnsentFile(path);
        }
    }

    /// <summary>What the file held before, when people stand in it whom this run never had; null otherwise.</summary>
    public string? Others => _hasOthers ? _before : null;

    /// <summary>The list of a run that never came to its end, if there is one.</summary>
    public string? Abandoned => File.Exists(Aside) ? Aside : null;

    private string Aside => path + ".before";

    /// <summary>Makes sure, before anything is sent, that it can be written, and that no other run writes it until this one has ended.</summary>
    /// <param name="mayReplace">Whether a file that this module has not written may be replaced.</param>
    /// <exception cref="MessagingException">InvalidRequest.</exception>
    public void Check(bool mayReplace)
    {
        Lock();
        try
        {
            if (!mayReplace && File.Exists(path) && !HoldsLeftovers())
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"There is a file {path}, and it is none of what was not sent (it has no column {StatusColumn}): -UnsentPath would replace it.",
                    "Give another name, or -Force if the file may go (with a campaign, -Force also sends to people who have its message already).");
            }

            using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw NotWritable(e);
        }
    }

    // Two runs with one file would take each other's rows away. A run that was killed holds nothing any more.
    private void Lock()
    {
        string name = path + ".lock";
        for (int tries = 0; _lock is null; tries++)
        {
            try
            {
                _lock = new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (File.Exists(name))
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"Another run is writing what it does not send to {path} right now: with one file for both, rows would be lost.",
                    "Give each run a file of its own with -UnsentPath, or wait for the other one to end.");
            }
            catch (IOException) when (tries < 100 && File.Exists(path))
            {
                // The other run has let go since.
            }
            catch (UnauthorizedAccessException)
            {
                // A folder in which no file may be made, but the one that is there may be written: then nobody is kept from it.
                return;
            }
            catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
            {
                throw NotWritable(e);
            }
        }
    }

    /// <summary>Says which columns it will have. Everything of the pipeline has been read by then: it may be the very file that the rows came from.</summary>
    /// <param name="rows">The rows of the list.</param>
    /// <exception cref="MessagingException">InvalidRequest.</exception>
    public void Prepare(IReadOnlyList<SendRow> rows)
    {
        foreach (SendRow row in rows.Take(RowsLearnt)) Learn(row);
        try
        {
            if (!HasRows()) return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(e);
        }

        foreach (SendRow row in rows)
        {
            if (string.IsNullOrWhiteSpace(row.Recipient.Id))
            {
                _nobodies.Add(row);
                continue;
            }

            _people.Add(row.Recipient.Id.Trim());
            if (!string.IsNullOrEmpty(row.Recipient.Column)) _idColumns.Add(row.Recipient.Column);
        }
    }

    /// <summary>Begins the file. What it held before is put aside.</summary>
    public void Begin()
    {
        if (_writer is not null) return;
        try
        {
            if (HasRows())
            {
                _hasOthers = HoldsOthers();
                _before = Aside;
                for (int other = 2; File.Exists(_before); other++) _before = Aside + other.ToString(CultureInfo.InvariantCulture);
                File.Move(path, _before);
            }

            Rewrite();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(e);
        }
    }

    /// <summary>
    /// The run has come to its end: the file holds what is left, be it nothing, and what it held before is no longer needed, unless not all of
    /// what is left could be written, or somebody did not want the messages to be sent.
    /// </summary>
    /// <param name="isRefused">A question was answered with no, or no row came: whoever was left before is in no other file.</param>
    public void Complete(bool isRefused)
    {
        if (isRefused && _writer is null) return;
        try
        {
            Begin();
            if (_before is not null && !_isBroken && !isRefused && !_hasOthers) File.Delete(_before);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MessagingException)
        {
            // Everything is sent and told; the next run says that the list before is there.
        }
    }

    /// <summary>Writes rows that failed.</summary>
    public void Add(IReadOnlyList<SendResult> results)
        => Add([.. results.Where(static r => r.Receipt.Status == MessageStatus.Failed).Select(static r => (r.Row, r.Receipt.Reason))]);

    /// <summary>Writes what a stop has left: rows that nobody gets a receipt for any more.</summary>
    public void AddLeft(IReadOnlyList<(SendRow Row, string Reason)> rows)
    {
        HashSet<SendRow> written = [.. _written.Select(static line => line.Row)];
        Add([.. rows.Where(row => !written.Contains(row.Row))]);
    }

    private void Add(List<(SendRow Row, string Reason)> failed)
    {
        if (failed.Count == 0) return;
        bool wasBroken = _isBroken;
        _isBroken = true;
        Begin();
        bool hasNewColumns = false;
        foreach ((SendRow row, string _) in failed) hasNewColumns |= Learn(row);
        _written.AddRange(failed);
        if (hasNewColumns)
        {
            Rewrite();
        }
        else
        {
            foreach ((SendRow row, string reason) in failed) WriteLine(row, reason);
            _writer!.Flush();
        }

        _isBroken = wasBroken;
    }

    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It writes once more what could not be written; that was told then.
        }

        _writer = null;
        _lock?.Dispose();
        _lock = null;
    }

    // An empty file is nobody's list; ours has both columns at the end of its first line.
    private bool HoldsLeftovers()
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string? header = reader.ReadLine();
        return string.IsNullOrWhiteSpace(header)
            ? reader.EndOfStream
            : header.Contains(StatusColumn, StringComparison.OrdinalIgnoreCase) && header.Contains(ReasonColumn, StringComparison.OrdinalIgnoreCase);
    }

    private bool HasRows()
    {
        if (!File.Exists(path)) return false;
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        reader.ReadLine();
        return !reader.EndOfStream;
    }

    private bool HoldsOthers()
    {
        List<string>? names = null;
        int[] ids = [];
        HashSet<string> nobodies = [];
        foreach (List<string> record in Records())
        {
            if (names is null)
            {
                names = record;
                ids = [.. Enumerable.Range(0, names.Count).Where(at => _idColumns.Contains(names[at]))];
                nobodies = [.. _nobodies.Select(row => KeyOf(names, name => ValueOf(row, name).Trim()))];
            }
            else if (!IsKnown(record) && !nobodies.Contains(KeyOf(names, name => names.IndexOf(name) is var at && at < record.Count ? record[at] : "")))
            {
                return true;
            }
        }

        return false;

        // By the columns in which the list names its people: another column may name one of them, too (a partner).
        bool IsKnown(List<string> record) => _idColumns.Count == 0
            ? record.Exists(cell => _people.Contains(cell.Trim()))
            : ids.Any(at => at < record.Count && _people.Contains(record[at].Trim()));
    }

    // A row without an id is known by all of its cells.
    private static string KeyOf(List<string> names, Func<string, string> cell) => string.Join('\0', names.Where(static name => !IsOurs(name)).Select(cell));

    // Cells may hold quotes and line ends (RFC 4180); a spreadsheet may have saved it with other separators.
    private IEnumerable<List<string>> Records()
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        List<string> record = [];
        var cell = new StringBuilder();
        bool isQuoted = false;
        for (int c = reader.Read(); c >= 0; c = reader.Read())
        {
            if (c == '"')
            {
                // A doubled quote ends the cell's quotes and begins them again.
                if (!isQuoted && cell.Length > 0) cell.Append('"');
                isQuoted = !isQuoted;
            }
            else if (isQuoted || c is not (',' or ';' or '\t' or '\r' or '\n'))
            {
                cell.Append((char)c);
            }
            else
            {
                bool isEnd = c is '\r' or '\n';
                if (!isEnd || cell.Length > 0 || record.Count > 0) record.Add(cell.ToString().Trim());
                cell.Clear();
                if (!isEnd || record.Count == 0) continue;
                yield return record;
                record = [];
            }
        }

        if (cell.Length > 0) record.Add(cell.ToString().Trim());
        if (record.Count > 0) yield return record;
    }

    private MessagingException NotWritable(Exception cause) => new(
        MessagingErrorReason.InvalidRequest,
        $"The file for what is not sent cannot be written: {path} ({cause.Message})",
        "Check -UnsentPath: the folder must be there, and the file must not be open in a spreadsheet.",
        cause);

    private bool Learn(SendRow row)
    {
        int known = _columns.Count;
        foreach (string name in NamesOf(row))
        {
            if (!IsOurs(name) && !_columns.Contains(name, StringComparer.OrdinalIgnoreCase)) _columns.Add(name);
        }

        return _columns.Count > known;
    }

    private void Rewrite()
    {
        _writer?.Dispose();
        // With the mark that makes spreadsheets read it as UTF-8.
        _writer = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read), new UTF8Encoding(true));
        WriteCells([.. _columns, StatusColumn, ReasonColumn]);
        foreach ((SendRow row, string reason) in _written) WriteLine(row, reason);
        _writer.Flush();
    }

    private void WriteLine(SendRow row, string reason) => WriteCells([.. _columns.Select(name => ValueOf(row, name)), MessageStatus.Failed, ShownText.Line(reason)]);

    private void WriteCells(IEnumerable<string> cells)
        => _writer!.WriteLine(string.Join(',', cells.Select(static cell => string.Concat("\"", cell.Replace("\"", "\"\"", StringComparison.Ordinal), "\""))));

    private static bool IsOurs(string name) => name.Equals(StatusColumn, StringComparison.OrdinalIgnoreCase) || name.Equals(ReasonColumn, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyCollection<string> NamesOf(SendRow row) => row.Fields.Names is { Count: > 0 } names
        ? names
        : row.Recipient.Kind == RecipientKind.Group ? ["GroupId"] : ["ParticipantId"];

    private static string ValueOf(SendRow row, string name)
    {
        if (row.Fields.TryGetValue(name, out string? value)) return value ?? "";
        if (row.Fields.Names.Count > 0) return "";
        return (name == "GroupId" && row.Recipient.Kind == RecipientKind.Group) || (name == "ParticipantId" && row.Recipient.Kind == RecipientKind.Person)
            ? row.Recipient.Id
            : "";
    }
}
