using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Ledger;

/// <summary>The one place where a row becomes a <see cref="SentMessage"/>.</summary>
internal sealed class EntryReader
{
    private const string Columns = """
        e.id, e.account, e.account_key, e.provider, e.recipient, e.study_id, e.campaign, e.status, e.reason, e.recipients,
        e.http_status, e.attempts, e.body_hash, e.normalized_hash, e.body_length, e.claimed_at, e.settled_at, e.claimed_service_at,
        e.settled_service_at, e.conversation_id, e.reply_to, e.trial, e.superseded_by, COALESCE(r.host_name, ''), COALESCE(r.process_id, 0), e.run_id
        """;

    /// <summary>The beginning of each statement that reads entries; further columns may follow by <see cref="SelectWith"/>.</summary>
    public static string Select(SqlDialect dialect) => $"SELECT {Columns} FROM ledger_entry e {dialect.WithRun}";

    /// <summary>Place of the column that <see cref="SelectWith"/> adds.</summary>
    public const int Extra = 26;

    private readonly KeptTexts _kept = new(Extra);

    /// <summary>As <see cref="Select"/>, with one more column and table.</summary>
    public static string SelectWith(SqlDialect dialect, string column, string join) => $"SELECT {Columns}, {column} FROM ledger_entry e {dialect.WithRun} {join}";

    /// <summary>Reads all rows.</summary>
    public static Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
        => LedgerSession.ReadAllAsync(command, new EntryReader().Read, cancellationToken);

    /// <summary>Reads one row: the entry, its recipient's key and its run.</summary>
    public (SentMessage Entry, string Recipient, long RunId) Read(DbDataReader reader) => reader is SqliteDataReader row
        ? Read(new FileColumns(new SqliteRow(row), row, _kept))
        : Read(new ServerColumns(reader, _kept));

    private static (SentMessage Entry, string Recipient, long RunId) Read<TColumns>(TColumns columns)
        where TColumns : struct, IEntryColumns
    {
        string recipient = columns.NewText(4);
        string replyTo = columns.Text(20);
        var entry = new SentMessage
        {
            Id = columns.Number(0),
            Account = columns.Text(1),
            Identity = columns.Text(2),
            Provider = columns.Text(3),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            GroupId = LedgerKeys.GroupOf(recipient),
            StudyId = columns.Text(5),
            Campaign = columns.Text(6),
            Status = columns.Text(7),
            Reason = columns.Text(8),
            // 0 stands for a count that the service did not give: nothing is sent to nobody.
            Recipients = columns.Number(9) is > 0 and long people ? people : null,
            HttpStatus = checked((int?)columns.NumberOrNull(10)),
            Attempts = checked((int)columns.Number(11)),
            BodyHash = columns.Text(12),
            NormalizedHash = columns.Text(13),
            BodyLength = checked((int)columns.Number(14)),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(columns.Number(15)),
            SettledAt = Time(columns.NumberOrNull(16)),
            ClaimedServiceTime = Time(columns.NumberOrNull(17)),
            SettledServiceTime = Time(columns.NumberOrNull(18)),
            ConversationId = columns.Text(19),
            ReplyTo = replyTo.Length == 0 ? [] : replyTo.Split(' '),
            IsTrial = columns.Number(21) != 0,
            SupersededBy = columns.NumberOrNull(22),
            HostName = columns.Text(23),
            ProcessId = checked((int)columns.Number(24)),
        };
        return (entry, recipient, columns.Number(25));
    }

    internal static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
}

/// <summary>The one place where a row becomes a <see cref="StandingEntry"/>.</summary>
internal sealed class StandingReader
{
    private const int Count = 10;

    private const string Columns = """
        e.id, e.recipient, e.status, e.http_status, e.body_hash, e.claimed_at, e.settled_at, e.run_id, COALESCE(r.host_name, ''), COALESCE(r.process_id, 0)
        """;

    private readonly KeptTexts _kept = new(Count);

    /// <summary>The beginning of each statement that reads them; the entries are <c>e</c>.</summary>
    public static string Select(SqlDialect dialect) => $"SELECT {Columns} FROM ledger_entry e {dialect.WithRun}";

    /// <summary>As <see cref="Select"/>, of the entries of a list's recipients for which a condition holds.</summary>
    public static string SelectOf(SqlDialect dialect, string list, string condition) => $"SELECT {Columns} FROM {dialect.EntriesOf(list, condition)} {dialect.WithRun}";

    /// <summary>Reads all rows: the entry, its recipient's key and its run.</summary>
    public static Task<List<(StandingEntry Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
        => LedgerSession.ReadAllAsync(command, new StandingReader().Read, cancellationToken);

    private (StandingEntry Entry, string Recipient, long RunId) Read(DbDataReader reader) => reader is SqliteDataReader row
        ? Read(new FileColumns(new SqliteRow(row), row, _kept))
        : Read(new ServerColumns(reader, _kept));

    private static (StandingEntry Entry, string Recipient, long RunId) Read<TColumns>(TColumns columns)
        where TColumns : struct, IEntryColumns
    {
        string recipient = columns.NewText(1);
        var entry = new StandingEntry
        {
            Id = columns.Number(0),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            Status = columns.Text(2),
            HttpStatus = checked((int?)columns.NumberOrNull(3)),
            BodyHash = columns.Text(4),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(columns.Number(5)),
            SettledAt = EntryReader.Time(columns.NumberOrNull(6)),
            HostName = columns.Text(8),
            ProcessId = checked((int)columns.Number(9)),
        };
        return (entry, recipient, columns.Number(7));
    }
}

/// <summary>The columns of the row that a reader stands on. Most columns of most entries are what they were in the one before.</summary>
internal interface IEntryColumns
{
    /// <summary>A number.</summary>
    long Number(int column);

    /// <summary>A number; null where there is none.</summary>
    long? NumberOrNull(int column);

    /// <summary>A text that many entries share.</summary>
    string Text(int column);

    /// <summary>One that is an entry's alone.</summary>
    string NewText(int column);
}

/// <summary>Of a file: a text is made only when its bytes are others than in the row before.</summary>
internal readonly struct FileColumns(SqliteRow row, SqliteDataReader reader, KeptTexts kept) : IEntryColumns
{
    public long Number(int column) => row.Number(column);

    public long? NumberOrNull(int column) => row.IsNull(column) ? null : row.Number(column);

    public string Text(int column)
    {
        int length = row.CopyText(column, ref kept.Buffer);
        return length == 0 ? Nothing(column) : kept.Take(column, kept.Buffer.AsSpan(0, length));
    }

    public string NewText(int column) => row.CopyText(column, ref kept.Buffer) is > 0 and int length
        ? Encoding.UTF8.GetString(kept.Buffer.AsSpan(0, length))
        : Nothing(column);

    // It may be NULL, which no column of an entry is: the driver says so.
    private string Nothing(int column) => row.IsNull(column) ? reader.GetString(column) : "";
}

/// <summary>Of a server: its driver has made the text already.</summary>
internal readonly struct ServerColumns(DbDataReader reader, KeptTexts kept) : IEntryColumns
{
    public long Number(int column) => reader.GetInt64(column);

    public long? NumberOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public string Text(int column) => kept.Take(column, reader.GetString(column));

    public string NewText(int column) => reader.GetString(column);
}

/// <summary>The texts of the row before, by their columns: 100,000 rows share one hash.</summary>
/// <param name="columns">How many there are.</param>
internal sealed class KeptTexts(int columns)
{
    private readonly string?[] _last = new string?[columns];
    private readonly byte[][] _bytes = [.. Enumerable.Repeat(Array.Empty<byte>(), columns)];
    private readonly int[] _lengths = new int[columns];

    /// <summary>Room for a text's bytes; whoever needs more puts another one here.</summary>
    public ref byte[] Buffer => ref _buffer;

    private byte[] _buffer = new byte[128];

    /// <summary>The text of these bytes: the one of before, if they are the same.</summary>
    public string Take(int column, ReadOnlySpan<byte> bytes)
    {
        if (_last[column] is { } last && bytes.SequenceEqual(_bytes[column].AsSpan(0, _lengths[column])))
            return last;

        if (_bytes[column].Length < bytes.Length)
            _bytes[column] = new byte[Math.Max(bytes.Length, 64)];
        bytes.CopyTo(_bytes[column]);
        _lengths[column] = bytes.Length;
        return _last[column] = Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The text: the one of before, if it is the same.</summary>
    public string Take(int column, string text)
        => _last[column] is { } last && string.Equals(last, text, StringComparison.Ordinal) ? last : _last[column] = text;
}
