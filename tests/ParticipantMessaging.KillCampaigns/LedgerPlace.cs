using System.Globalization;
using Npgsql;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>Where a campaign's ledger is: a file of its own, or a schema of its own on a PostgreSQL server.</summary>
internal sealed class LedgerPlace(string? postgres)
{
    private static int _schemas;

    private readonly string _schema = string.Create(CultureInfo.InvariantCulture, $"kill_{Environment.ProcessId}_{Interlocked.Increment(ref _schemas)}");

    /// <summary>The words by which the probe is told.</summary>
    public IReadOnlyList<string> Words(string folder)
    {
        if (postgres is null)
            return ["file", Path.Combine(folder, "ledger.db")];
        var server = new NpgsqlConnectionStringBuilder(postgres);
        return ["postgres", server.Port.ToString(CultureInfo.InvariantCulture), server.Username ?? "", _schema];
    }

    public string? Password => postgres is null ? null : new NpgsqlConnectionStringBuilder(postgres).Password;

    public Task CreateAsync() => ExecuteAsync($"CREATE SCHEMA {_schema}");

    public Task DropAsync() => ExecuteAsync($"DROP SCHEMA {_schema} CASCADE");

    private async Task ExecuteAsync(string sql)
    {
        if (postgres is null)
            return;
        var connection = new NpgsqlConnection(postgres);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync().ConfigureAwait(false);
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }
}
