using System.Globalization;
using System.Text.RegularExpressions;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

[Collection(PostgresServer.Collection)]
public sealed class PostgresLedgerTests(PostgresServer server) : SqlLedgerContract, IAsyncLifetime
{
    private LedgerSettings _settings = new();

    public async Task InitializeAsync() => _settings = await server.NewLedgerAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private protected override SqlDialect Dialect() => new PostgresDialect(_settings, PostgresServer.Password, usesServerClock: false);

    [LedgerFact]
    public async Task Whoever_is_in_the_way_is_found_by_the_person_however_large_the_campaign_is()
    {
        // The server knows the campaigns of other days, and nothing yet of the one that is being sent.
        await using SqlLedger ledger = await OpenAsync();
        for (int day = 0; day < 5; day++)
            await ledger.ClaimAsync(Many(1_000, $"day {day}"), new ClaimOptions(), default);
        SqlDialect dialect = Dialect();
        await dialect.PrepareAsync(LedgerSchema.Steps, default);
        await using LedgerSession session = await LedgerSession.OpenAsync(dialect, default);
        await session.ExecuteAsync("ANALYZE ledger_entry", default);
        await ledger.ClaimAsync(Many(3_000), new ClaimOptions(), default);

        foreach (int people in (int[])[1, 10, 400])
        {
            System.Data.Common.DbCommand command = session.CommandWithTexts(
                "EXPLAIN (ANALYZE) " + StandingReader.SelectOf(dialect, "@list", $"account_key = @account AND campaign_key = @campaign AND study_id = @study AND {LedgerSchema.Standing}"),
                "@list", [.. Many(people).Select(LedgerKeys.Recipient)], ("@account", "lab"), ("@campaign", "wave 1"), ("@study", Study));
            var plan = new List<string>();
            await using System.Data.Common.DbDataReader lines = await command.ExecuteReaderAsync();
            while (await lines.ReadAsync())
                plan.Add(lines.GetString(0));
            string text = string.Join('\n', plan);
            Assert.Matches($@"^[^\n]*rows={people} loops=1\)", text);

            // At the most the person's other campaigns are read besides.
            int read = Regex.Matches(text, @" on ledger_entry\b.* rows=(\d+) loops=(\d+)\)").Sum(static match => Number(match, 1) * Number(match, 2))
                + Regex.Matches(text, @"Rows Removed by Filter: (\d+)").Sum(static match => Number(match, 1));
            Assert.InRange(read, people, people * 6);
        }
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
