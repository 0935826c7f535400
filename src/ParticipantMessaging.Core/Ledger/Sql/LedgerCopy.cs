namespace ParticipantMessaging.Ledger;

/// <summary>Writes another ledger's entries into this one, oldest first. An entry that is here already is left out.</summary>
internal sealed class LedgerCopy(SqlDialect dialect, DateTimeOffset now)
{
    private readonly Dictionary<(string, int), long> _runs = [];
    private readonly Dictionary<long, long> _newIds = [];
    private readonly List<(long Entry, long OldSuperseder)> _superseded = [];

    public async Task<long> WriteAsync(LedgerSession session, IReadOnlyList<SentMessage> entries, CancellationToken cancellationToken)
    {
        long copied = 0;
        foreach (SentMessage entry in entries)
        {
            if (await InsertAsync(session, entry, cancellationToken).ConfigureAwait(false) is not { } id)
                continue;

            copied++;
            _newIds[entry.Id] = id;
            if (entry.SupersededBy is { } superseder)
                _superseded.Add((id, superseder));
            foreach (string? message in entry.ReplyTo.Where(_ => entry.Status != MessageStatus.Failed))
            {
                await session.ExecuteAsync(
                    "INSERT INTO ledger_answer (entry_id, account_key, message_id, standing) VALUES (@id, @account, @message, 1) ON CONFLICT DO NOTHING",
                    cancellationToken, ("@id", id), ("@account", LedgerKeys.Name(entry.Identity)), ("@message", LedgerKeys.MessageId(message))).ConfigureAwait(false);
            }
        }

        return copied;
    }

    /// <summary>Says which entry superseded which; and names whose entries came without an identity are looked up anew.</summary>
    public async Task FinishAsync(LedgerSession session, CancellationToken cancellationToken)
    {
        foreach ((long entry, long old) in _superseded)
        {
            await EntryStatements.SupersedeAsync(session, entry, _newIds.GetValueOrDefault(old, entry), cancellationToken).ConfigureAwait(false);
        }

        await session.ExecuteAsync("DELETE FROM ledger_account WHERE name_key IN (SELECT account_key FROM ledger_entry)", cancellationToken).ConfigureAwait(false);
    }

    private async Task<long?> InsertAsync(LedgerSession session, SentMessage entry, CancellationToken cancellationToken)
    {
        string recipient = entry.GroupId.Length > 0 ? LedgerKeys.GroupRecipient(entry.GroupId) : LedgerKeys.Id(entry.ParticipantId);
        (string, object?)[] key =
        [
            ("@account", LedgerKeys.Name(entry.Identity)),
            ("@study", LedgerKeys.Id(entry.StudyId)),
            ("@campaignKey", LedgerKeys.Name(entry.Campaign)),
            ("@recipient", recipient),
            ("@hash", entry.BodyHash),
            ("@claimed", entry.ClaimedAt.ToUnixTimeMilliseconds()),
        ];
        if (await session.ScalarAsync(
                """
                SELECT count(*) FROM ledger_entry
                WHERE recipient = @recipient AND account_key = @account AND study_id = @study AND campaign_key = @campaignKey
                    AND body_hash = @hash AND claimed_at = @claimed
                """, cancellationToken, key).ConfigureAwait(false) > 0)
        {
            return null;
        }

        // What is open over there may have been sent. What stands here already stands on: the copy is superseded by it.
        string status = entry.Status == MessageStatus.Sending ? MessageStatus.Unknown : entry.Status;
        long standing = entry.SupersededBy is null && status != MessageStatus.Failed && entry.Campaign.Length > 0
            ? await session.ScalarAsync(
                $"""
                SELECT COALESCE(max(id), 0) FROM ledger_entry
                WHERE recipient = @recipient AND account_key = @account AND study_id = @study AND campaign_key = @campaignKey AND {LedgerSchema.Standing}
                """, cancellationToken, key.AsSpan()[..4]).ConfigureAwait(false)
            : 0;
        long run = await RunOfAsync(session, entry, cancellationToken).ConfigureAwait(false);
        return await session.ScalarAsync(
            $"""
            INSERT INTO ledger_entry (run_id, batch, account, name_key, account_key, provider, study_id, recipient, campaign, campaign_key, status,
                reason, recipients, http_status, attempts, body_hash, normalized_hash, body_length, conversation_id, reply_to, trial, claimed_at,
                settled_at, claimed_service_at, settled_service_at, superseded_by, is_failed)
            VALUES (@run, 0, @name, @nameKey, @account, @provider, @study, @recipient, @campaign, @campaignKey, @status,
                @reason, @recipients, CAST(@http AS INTEGER), @attempts, @hash, @normalized, @length, @conversation, @replyTo, @trial, @claimed,
                CAST(@settled AS BIGINT), CAST(@claimedService AS BIGINT), CAST(@settledService AS BIGINT), CAST(@superseded AS BIGINT), @failed)
            RETURNING id
            """,
            cancellationToken,
            [
                .. key,
                ("@run", run),
                ("@name", LedgerKeys.Storable(entry.Account)),
                ("@nameKey", LedgerKeys.Name(entry.Account)),
                ("@provider", entry.Provider),
                ("@campaign", LedgerKeys.Storable(entry.Campaign)),
                ("@status", status),
                ("@failed", status == MessageStatus.Failed ? 1 : 0),
                ("@reason", status == entry.Status ? entry.Reason : RunStatements.Orphaned),
                ("@recipients", entry.Recipients ?? 0),
                ("@http", entry.HttpStatus),
                ("@attempts", entry.Attempts),
                ("@normalized", entry.NormalizedHash),
                ("@length", entry.BodyLength),
                ("@conversation", entry.ConversationId),
                ("@replyTo", string.Join(' ', entry.ReplyTo)),
                ("@trial", entry.IsTrial ? 1 : 0),
                ("@settled", entry.SettledAt?.ToUnixTimeMilliseconds() ?? (status == entry.Status ? null : now.ToUnixTimeMilliseconds())),
                ("@claimedService", entry.ClaimedServiceTime?.ToUnixTimeMilliseconds()),
                ("@settledService", entry.SettledServiceTime?.ToUnixTimeMilliseconds()),
                ("@superseded", entry.SupersededBy is null ? (standing > 0 ? standing : null) : 0L),
            ]).ConfigureAwait(false);
    }

    /// <summary>A run that is over, to name host and process of the copied entries.</summary>
    private async Task<long> RunOfAsync(LedgerSession session, SentMessage entry, CancellationToken cancellationToken)
    {
        if (!_runs.TryGetValue((entry.HostName, entry.ProcessId), out long run))
        {
            run = await RunStatements.InsertAsync(session, dialect, new RunIdentity("copied", entry.HostName, entry.ProcessId, 0), now, cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync(
                "UPDATE ledger_run SET ended_at = @now WHERE id = @id", cancellationToken, ("@now", now.ToUnixTimeMilliseconds()), ("@id", run)).ConfigureAwait(false);
            _runs.Add((entry.HostName, entry.ProcessId), run);
        }

        return run;
    }
}
