namespace ParticipantMessaging.Ledger;

/// <summary>The statements about answers: each received message has one answer that stands.</summary>
internal static class AnswerStatements
{
    /// <summary>The answers that stand to these messages, with the message's id.</summary>
    public static Task<List<(SentMessage Entry, string MessageId, long RunId)>> ReadAsync(
        LedgerSession session, SqlDialect dialect, string? accountKey, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken)
    {
        var entries = new EntryReader();
        return LedgerSession.ReadAllAsync(
            session.CommandWithTexts(
                EntryReader.SelectWith(dialect, "a.message_id", "JOIN ledger_answer a ON a.entry_id = e.id")
                    + $" WHERE a.standing = 1 AND e.status <> 'Failed' AND a.message_id {dialect.AmongTexts("@list")}"
                    + (accountKey is null ? " ORDER BY e.id" : " AND a.account_key = @account ORDER BY e.id"),
                "@list",
                messageIds,
                accountKey is null ? [] : [("@account", accountKey)]),
            row =>
            {
                (SentMessage? entry, string _, long run) = entries.Read(row);
                return (entry, row.GetString(EntryReader.Extra), run);
            },
            cancellationToken);
    }

    /// <summary>The same, as far as it matters to a claim.</summary>
    public static async Task<List<(StandingEntry Entry, string MessageId, long RunId)>> ReadStandingAsync(
        LedgerSession session, SqlDialect dialect, string accountKey, IReadOnlyCollection<string> messageIds, CancellationToken cancellationToken)
        => (await ReadAsync(session, dialect, accountKey, messageIds, cancellationToken).ConfigureAwait(false))
            .ConvertAll(static found => (StandingEntry.Of(found.Entry), found.MessageId, found.RunId));

    /// <summary>Makes an entry the answer to these messages in place of those that were set aside. Returns how many it got: another run may have come in between.</summary>
    public static async Task<int> InsertAsync(
        LedgerSession session, SqlDialect dialect, long entry, string accountKey, IReadOnlyCollection<string> messageIds,
        IReadOnlyCollection<long> setAside, CancellationToken cancellationToken)
    {
        if (setAside.Count > 0)
        {
            await session.CommandWithTexts(
                $"""
                UPDATE ledger_answer SET standing = 0
                WHERE account_key = @account AND standing = 1 AND message_id {dialect.AmongTexts("@list")}
                    AND entry_id IN ({string.Join(',', setAside)})
                """, "@list", messageIds, ("@account", accountKey)).ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return await session.CommandWithTexts(
            $"""
            INSERT INTO ledger_answer (entry_id, account_key, message_id, standing)
            SELECT @entry, @account, value, 1 FROM {dialect.TextList("@list")} WHERE 1 = 1 ORDER BY value ON CONFLICT DO NOTHING
            """, "@list", messageIds, ("@entry", entry), ("@account", accountKey)).ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>These entries turned out to be no messages: what they answered is open again, or has the answer again that it had before.</summary>
    public static async Task TakeBackAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<long> entries, CancellationToken cancellationToken)
    {
        string failed = $"SELECT id FROM ledger_entry WHERE status = 'Failed' AND id {dialect.AmongNumbers("@ids")}";
        if (await LedgerSession.ScalarAsync(
                session.CommandWithNumbers($"SELECT count(*) FROM ledger_answer WHERE entry_id IN ({failed})", "@ids", entries), cancellationToken)
            .ConfigureAwait(false) == 0)
        {
            return;
        }

        // First out of the index of what stands, then the latest answer of before into it.
        await session.CommandWithNumbers($"UPDATE ledger_answer SET standing = 2 WHERE standing = 1 AND entry_id IN ({failed})", "@ids", entries)
            .ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await session.ExecuteAsync(
            """
            UPDATE ledger_answer SET standing = 1
            WHERE standing = 0
                AND EXISTS (SELECT 1 FROM ledger_answer f WHERE f.standing = 2 AND f.account_key = ledger_answer.account_key AND f.message_id = ledger_answer.message_id)
                AND entry_id = (SELECT max(o.entry_id) FROM ledger_answer o WHERE o.standing = 0 AND o.account_key = ledger_answer.account_key AND o.message_id = ledger_answer.message_id)
            """, cancellationToken).ConfigureAwait(false);
        await session.CommandWithNumbers($"DELETE FROM ledger_answer WHERE entry_id IN ({failed})", "@ids", entries)
            .ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
