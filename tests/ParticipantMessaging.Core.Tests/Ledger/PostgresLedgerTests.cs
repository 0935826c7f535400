using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

[Collection(PostgresServer.Collection)]
public sealed class PostgresLedgerTests(PostgresServer server) : SqlLedgerContract, IAsyncLifetime
{
    private LedgerSettings _settings = new();

    public async Task InitializeAsync() => _settings = await server.NewLedgerAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private protected override SqlDialect Dialect() => new PostgresDialect(_settings, PostgresServer.Password, usesServerClock: false);
}
