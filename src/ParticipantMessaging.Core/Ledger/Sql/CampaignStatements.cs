using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>Campaigns summed up.</summary>
internal static class CampaignStatements
{
    public static async Task<IReadOnlyList<MessageCampaign>> ReadAsync(
        LedgerSession session, SqlDialect dialect, LedgerQuery query, CancellationToken cancellationToken)
    {
        // Of each person what stands; else the latest that failed. The names are as they were last written.
        var filter = new LedgerFilter(dialect, query);
        DbCommand command = session.Command(
            $"""
            WITH chosen AS (
                SELECT e.*, ROW_NUMBER() OVER (
                    PARTITION BY e.account_key, e.campaign_key, e.study_id, e.recipient
                    ORDER BY CASE WHEN e.status <> 'Failed' AND e.superseded_by IS NULL THEN 0 ELSE 1 END, e.id DESC) AS place
                FROM ledger_entry e
                WHERE {filter.Where} AND e.campaign_key <> '' AND e.trial = 0)
            SELECT sums.*, e.account, e.campaign FROM (
            SELECT max(account_key) AS a, max(provider) AS p, max(study_id) AS s, {People("1 = 1")} AS people,
                {People("status = 'Sent'")} AS n_sent,
                {People("status = 'Queued'")} AS n_queued,
                {People("status = 'Failed'")} AS n_failed,
                {People("status = 'Unknown'")} AS n_unknown,
                count(DISTINCT body_hash) AS texts, min(COALESCE(settled_at, claimed_at)) AS t_first, max(COALESCE(settled_at, claimed_at)) AS t_last, max(id) AS last
            FROM chosen WHERE place = 1
            GROUP BY account_key, campaign_key, study_id) sums JOIN ledger_entry e ON e.id = sums.last
            ORDER BY sums.last DESC
            """);
        filter.AddParameters(command);
        return await LedgerSession.ReadAllAsync(command, Read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Campaigns of an account that look like this one, if this one has no entry that stands. From name to name of the index, however many entries each has.</summary>
    public static async Task<IReadOnlyList<string>> FindLookAlikesAsync(LedgerSession session, string account, string campaign, CancellationToken cancellationToken)
    {
        string next = $"SELECT min(campaign_key) FROM ledger_entry WHERE account_key = @account AND {LedgerSchema.Standing}";
        (string key, string look) = (LedgerKeys.Name(campaign), CampaignName.Look(campaign));
        var alike = new List<string>();
        DbCommand command = session.Command(
            $"""
            WITH RECURSIVE names(name) AS (
                SELECT ({next})
                UNION ALL
                SELECT ({next} AND campaign_key > names.name) FROM names WHERE names.name IS NOT NULL)
            SELECT name FROM names WHERE name IS NOT NULL
            """, ("@account", account));
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                string name = reader.GetString(0);
                if (name == key)
                    return [];
                if (CampaignName.Look(name) == look)
                    alike.Add(name);
            }
        }

        // As they were written, not as they are compared.
        for (int index = 0; index < alike.Count; index++)
        {
            DbCommand written = session.Command(
                $"SELECT campaign FROM ledger_entry WHERE account_key = @account AND campaign_key = @campaign AND {LedgerSchema.Standing} LIMIT 1",
                ("@account", account), ("@campaign", alike[index]));
            alike[index] = await written.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string ?? alike[index];
        }

        return alike;
    }

    /// <summary>How many people entries of a kind are for; null when one of them does not know it (0: nothing is sent to nobody).</summary>
    private static string People(string which)
        => $"CASE WHEN sum(CASE WHEN {which} AND recipients = 0 THEN 1 ELSE 0 END) = 0 THEN CAST(sum(CASE WHEN {which} THEN recipients ELSE 0 END) AS BIGINT) END";

    private static MessageCampaign Read(DbDataReader reader) => new()
    {
        Campaign = reader.GetString(13),
        Account = reader.GetString(12),
        Identity = reader.GetString(0),
        Provider = reader.GetString(1),
        StudyId = reader.GetString(2),
        People = Known(reader, 3),
        Sent = Known(reader, 4),
        Queued = Known(reader, 5),
        Failed = Known(reader, 6),
        Unknown = Known(reader, 7),
        Texts = reader.GetInt64(8),
        First = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(9)),
        Last = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(10)),
    };

    private static long? Known(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
}
