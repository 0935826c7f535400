using ParticipantMessaging.Ledger;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>The same as <see cref="KilledSendTests"/> with the ledger in PostgreSQL.</summary>
[Collection(PostgresServer.Campaigns)]
public sealed class KilledSendPostgresTests(PostgresServer server)
{
    [PostgresTheory]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    public async Task Nobody_gets_two_and_nobody_is_lost(int processes, int seeds)
    {
        for (int seed = 1; seed <= seeds; seed++)
        {
            LedgerSettings ledger = await server.NewLedgerAsync();
            string folder = Directory.CreateTempSubdirectory("pm-kill").FullName;
            try
            {
                string port = ledger.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
                await KilledSendTests.RunAsync(seed, processes, folder, ["postgres", port, ledger.Username!, ledger.Schema!]);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
