using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>The statements about people who must not be written to.</summary>
internal static class BlockStatements
{
    /// <summary>Blocks, oldest first. <paramref name="provider"/>: those for it and those for every one; null or empty for all.</summary>
    public static Task<List<BlockedParticipant>> ReadAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<string>? recipients, string? provider, CancellationToken cancellationToken)
    {
        const string Select = "SELECT participant_id, provider, reason, blocked_at FROM ledger_block WHERE (@provider = '' OR provider_key IN ('', @provider))";
        const string Order = " ORDER BY blocked_at, recipient";
        (string, object?) parameter = ("@provider", LedgerKeys.Name(provider ?? ""));
        DbCommand command = recipients is null
            ? session.Command(Select + Order, parameter)
            : session.CommandWithTexts($"{Select} AND recipient {dialect.AmongTexts("@list")}{Order}", "@list", recipients, parameter);
        return LedgerSession.ReadAllAsync(
            command,
            static row => new BlockedParticipant
            {
                ParticipantId = row.GetString(0),
                Provider = row.GetString(1),
                Reason = row.GetString(2),
                BlockedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            },
            cancellationToken);
    }

    /// <summary>Blocks somebody; true when it is new. A reason replaces the one of before, an empty one does not.</summary>
    public static async Task<bool> InsertAsync(LedgerSession session, BlockedParticipant block, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (string, object?)[] values =
        [
            ("@recipient", LedgerKeys.Id(block.ParticipantId)),
            ("@providerKey", LedgerKeys.Name(block.Provider)),
            ("@participant", LedgerKeys.Storable(block.ParticipantId.Trim())),
            ("@provider", LedgerKeys.Storable(block.Provider)),
            ("@reason", LedgerKeys.Reason(block.Reason)),
            ("@at", (block.BlockedAt == default ? now : block.BlockedAt).ToUnixTimeMilliseconds()),
        ];
        if (await session.ExecuteAsync(
                """
                INSERT INTO ledger_block (recipient, provider_key, participant_id, provider, reason, blocked_at)
                VALUES (@recipient, @providerKey, @participant, @provider, @reason, @at) ON CONFLICT DO NOTHING
                """, cancellationToken, values).ConfigureAwait(false) > 0)
        {
            return true;
        }

        await session.ExecuteAsync(
            "UPDATE ledger_block SET reason = @reason WHERE recipient = @recipient AND provider_key = @providerKey AND @reason <> ''",
            cancellationToken, values[4], values[0], values[1]).ConfigureAwait(false);
        return false;
    }

    /// <summary>Lifts the blocks of these recipients.</summary>
    public static Task<int> DeleteAsync(
        LedgerSession session, SqlDialect dialect, IReadOnlyCollection<string> recipients, string? provider, CancellationToken cancellationToken)
        => session.CommandWithTexts(
            $"DELETE FROM ledger_block WHERE (@provider = '' OR provider_key IN ('', @provider)) AND recipient {dialect.AmongTexts("@list")}",
            "@list", recipients, ("@provider", LedgerKeys.Name(provider ?? ""))).ExecuteNonQueryAsync(cancellationToken);
}
