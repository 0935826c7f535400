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
            SELECT max(account_key) AS a, max(provider) AS p, max(study_id) AS s, CAST(sum(recipients) AS BIGINT) AS people,
                CAST(sum(CASE WHEN status = 'Sent' THEN recipients ELSE 0 END) AS BIGINT) AS n_sent,
                CAST(sum(CASE WHEN status = 'Queued' THEN recipients ELSE 0 END) AS BIGINT) AS n_queued,
                CAST(sum(CASE WHEN status = 'Failed' THEN recipients ELSE 0 END) AS BIGINT) AS n_failed,
                CAST(sum(CASE WHEN status = 'Unknown' THEN recipients ELSE 0 END) AS BIGINT) AS n_unknown,
                count(DISTINCT body_hash) AS texts, min(COALESCE(settled_at, claimed_at)) AS t_first, max(COALESCE(settled_at, claimed_at)) AS t_last, max(id) AS last
            FROM chosen WHERE place = 1
            GROUP BY account_key, campaign_key, study_id) sums JOIN ledger_entry e ON e.id = sums.last
            ORDER BY sums.last DESC
            """);
        filter.AddParameters(command);
        var campaigns = new List<MessageCampaign>();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                campaigns.Add(Read(reader));
        }

        return campaigns;
    }

    private static MessageCampaign Read(DbDataReader reader) => new()
    {
        Campaign = reader.GetString(13),
        Account = reader.GetString(12),
        Identity = reader.GetString(0),
        Provider = reader.GetString(1),
        StudyId = reader.GetString(2),
        People = reader.GetInt64(3),
        Sent = reader.GetInt64(4),
        Queued = reader.GetInt64(5),
        Failed = reader.GetInt64(6),
        Unknown = reader.GetInt64(7),
        Texts = reader.GetInt64(8),
        First = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(9)),
        Last = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(10)),
    };
}
