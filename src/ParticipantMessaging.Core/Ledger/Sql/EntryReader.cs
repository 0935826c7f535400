using System.Data.Common;
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
    public static async Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var entries = new List<(SentMessage, string, long)>();
        var rows = new EntryReader();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                entries.Add(rows.Read(reader));
        }

        return entries;
    }

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
