using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

public sealed class SqliteLedgerTests : SqlLedgerContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private protected override SqlDialect Dialect() => new SqliteDialect(_folder.File());
}
