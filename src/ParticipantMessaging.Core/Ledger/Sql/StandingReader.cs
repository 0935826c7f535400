using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Ledger;

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
    public static async Task<List<(StandingEntry Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var entries = new List<(StandingEntry, string, long)>();
        var rows = new StandingReader();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                entries.Add(rows.Read(reader));
        }

        return entries;
    }

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
