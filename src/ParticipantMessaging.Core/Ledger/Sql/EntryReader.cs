using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>Rows → <see cref="SentMessage"/>. What is the same as in the row before is kept once: 100,000 rows share one hash.</summary>
internal sealed class EntryReader
{
    /// <summary>The columns that are read, from <c>ledger_entry e</c> and <c>ledger_run r</c>.</summary>
    public const string Columns = """
        e.id, e.account, e.provider, e.recipient, e.study_id, e.campaign, e.status, e.reason, e.recipients, e.http_status,
        e.attempts, e.body_hash, e.normalized_hash, e.body_length, e.claimed_at, e.settled_at, r.host_name, r.process_id, e.run_id
        """;

    public const string From = "FROM ledger_entry e JOIN ledger_run r ON r.id = e.run_id";

    /// <summary>The columns of <see cref="ReadOfCampaign"/>, from <c>ledger_entry e</c> alone: 100,000 rows are read at the start of a campaign.</summary>
    public const string CampaignColumns = """
        e.id, e.provider, e.status, e.recipient, e.reason, e.recipients, e.http_status, e.attempts, e.body_hash, e.normalized_hash,
        e.body_length, e.claimed_at, e.settled_at, e.run_id
        """;

    private const int RecipientColumn = 3;
    private const int RunColumn = 18;

    private readonly string[] _last = new string[RunColumn];

    public static string RecipientOf(DbDataReader reader) => reader.GetString(RecipientColumn);

    public static long RunOf(DbDataReader reader) => reader.GetInt64(RunColumn);

    public SentMessage Read(DbDataReader reader)
    {
        var recipient = reader.GetString(RecipientColumn);
        return new SentMessage
        {
            Id = reader.GetInt64(0),
            Account = Text(reader, 1),
            Provider = Text(reader, 2),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            GroupId = LedgerKeys.GroupOf(recipient),
            StudyId = Text(reader, 4),
            Campaign = Text(reader, 5),
            Status = Text(reader, 6),
            Reason = Text(reader, 7),
            Recipients = reader.GetInt32(8),
            HttpStatus = reader.IsDBNull(9) ? null : reader.GetInt32(9),
            Attempts = reader.GetInt32(10),
            BodyHash = Text(reader, 11),
            NormalizedHash = Text(reader, 12),
            BodyLength = reader.GetInt32(13),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(14)),
            SettledAt = reader.IsDBNull(15) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(15)),
            HostName = Text(reader, 16),
            ProcessId = reader.GetInt32(17),
        };
    }

    /// <summary>Reads a row whose account, study and campaign are known.</summary>
    public SentMessage ReadOfCampaign(
        DbDataReader reader, string account, string studyId, string campaign, IReadOnlyDictionary<long, (string HostName, int ProcessId)> runs)
    {
        var recipient = reader.GetString(RecipientColumn);
        var (hostName, processId) = runs.GetValueOrDefault(reader.GetInt64(13), ("", 0));
        return new SentMessage
        {
            Id = reader.GetInt64(0),
            Account = account,
            Provider = Text(reader, 1),
            ParticipantId = LedgerKeys.ParticipantOf(recipient),
            GroupId = LedgerKeys.GroupOf(recipient),
            StudyId = studyId,
            Campaign = campaign,
            Status = Text(reader, 2),
            Reason = Text(reader, 4),
            Recipients = reader.GetInt32(5),
            HttpStatus = reader.IsDBNull(6) ? null : reader.GetInt32(6),
            Attempts = reader.GetInt32(7),
            BodyHash = Text(reader, 8),
            NormalizedHash = Text(reader, 9),
            BodyLength = reader.GetInt32(10),
            ClaimedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(11)),
            SettledAt = reader.IsDBNull(12) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(12)),
            HostName = hostName,
            ProcessId = processId,
        };
    }

    private string Text(DbDataReader reader, int column)
    {
        var text = reader.GetString(column);
        return string.Equals(_last[column], text, StringComparison.Ordinal) ? _last[column] : _last[column] = text;
    }
}
