using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// The one place where a row becomes a <see cref="SentMessage"/>. What is the same as in the row before is kept once: 100,000 rows
/// share one hash.
/// </summary>
internal sealed class EntryReader
{
    private const string Columns = """
        e.id, e.account, e.account_key, e.provider, e.recipient, e.study_id, e.campaign, e.status, e.reason, e.recipients,
        e.http_status, e.attempts, e.body_hash, e.normalized_hash, e.body_length, e.claimed_at, e.settled_at, e.claimed_service_at,
        e.settled_service_at, e.conversation_id, e.reply_to, e.trial, e.superseded_by, r.host_name, r.process_id, e.run_id
        """;

    /// <summary>The beginning of each statement that reads entries; further columns may follow by <see cref="SelectWith"/>.</summary>
    public const string Select = $"SELECT {Columns} FROM ledger_entry e JOIN ledger_run r ON r.id = e.run_id";

    /// <summary>Place of the column that <see cref="SelectWith"/> adds.</summary>
    public const int Extra = 26;

    private readonly string[] _last = new string[Extra];

    /// <summary>As <see cref="Select"/>, with one more column and table.</summary>
    public static string SelectWith(string column, string join) => $"SELECT {Columns}, {column} FROM ledger_entry e JOIN ledger_run r ON r.id = e.run_id {join}";

    /// <summary>Reads all rows.</summary>
    public static async Task<List<(SentMessage Entry, string Recipient, long RunId)>> ReadAllAsync(DbCommand command, CancellationToken cancellationToken)
    {
        var entries = new List<(SentMessage, string, long)>();
        var rows = new EntryReader();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                entries.Add(rows.Read(reader));
        }

        return entries;
    }

    /// <summary>Reads one row: the entry, its recipient's key and its run.</summary>
    public (SentMessage Entry, string Recipient, long RunId) Read(DbDataReader reader)
    {
        var recipient = reader.GetString(4);
        var replyTo = Text(reader, 20);
        var entry = new SentMessage
        {
            Id = reader.GetInt64(0),
            Account = Text(reader, 1),
            Identity = Text(reader, 2),
            Provider = Text(reader, 3),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            GroupId = LedgerKeys.GroupOf(recipient),
            StudyId = Text(reader, 5),
            Campaign = Text(reader, 6),
            Status = Text(reader, 7),
            Reason = Text(reader, 8),
            Recipients = reader.GetInt32(9),
            HttpStatus = reader.IsDBNull(10) ? null : reader.GetInt32(10),
            Attempts = reader.GetInt32(11),
            BodyHash = Text(reader, 12),
            NormalizedHash = Text(reader, 13),
            BodyLength = reader.GetInt32(14),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(15)),
            SettledAt = Time(reader, 16),
            ClaimedServiceTime = Time(reader, 17),
            SettledServiceTime = Time(reader, 18),
            ConversationId = Text(reader, 19),
            ReplyTo = replyTo.Length == 0 ? [] : replyTo.Split(' '),
            IsTrial = reader.GetInt32(21) != 0,
            SupersededBy = reader.IsDBNull(22) ? null : reader.GetInt64(22),
            HostName = Text(reader, 23),
            ProcessId = reader.GetInt32(24),
        };
        return (entry, recipient, reader.GetInt64(25));
    }

    private static DateTimeOffset? Time(DbDataReader reader, int column)
        => reader.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    private string Text(DbDataReader reader, int column)
    {
        var text = reader.GetString(column);
        return string.Equals(_last[column], text, StringComparison.Ordinal) ? _last[column] : _last[column] = text;
    }
}
