using Npgsql;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A server that promises less than it seems to, does not answer, or has something to say: each test has a server of its own.</summary>
[Collection(PostgresServer.Collection)]
public sealed class PostgresTrustTests
{
    // A command would give up by itself after half a minute.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);

    [PostgresFact]
    public async Task What_is_claimed_is_on_the_disk_whatever_the_role_is_set_to()
    {
        // Without the module's own setting all of it is lost here: the server writes ten seconds later.
        await using Server own = await Server.StartAsync("wal_writer_delay=10000", "autovacuum=off");
        await own.It.ExecuteAsync($"ALTER ROLE {PostgresServer.User} SET synchronous_commit = off");
        LedgerSettings settings = await own.It.NewLedgerAsync();
        IMessageLedger ledger = await OpenAsync(settings);
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(20), new ClaimOptions(), default);
        await ledger.SettleAsync([.. results.Take(10).Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
        await own.It.CrashAsync();

        await using IMessageLedger next = await OpenAsync(settings);
        Assert.Equal(20, (await next.GetCampaignAsync("lab", Study, "wave 1", default)).Count);
        Assert.Equal(10, await next.CountAsync(new LedgerQuery { Statuses = [MessageStatus.Sent] }, default));
        await ledger.DisposeAsync();
    }

    [PostgresTheory]
    [InlineData("close")]
    [InlineData("claim")]
    [InlineData("settle")]
    [InlineData("read")]
    public async Task A_server_that_does_not_answer_holds_up_no_stop(string what)
    {
        await using Server own = await Server.StartAsync();
        IMessageLedger ledger = await OpenAsync(await own.It.NewLedgerAsync());
        long held = (await ledger.ClaimOneAsync(Claim(1))).EntryId;
        if (what == "close")
            await ledger.SettleAsync(held, MessageStatus.Sent);
        await own.It.SignalAsync("STOP");
        using var stop = new CancellationTokenSource();
        Task work = what switch
        {
            "claim" => ledger.ClaimAsync([Claim(2)], new ClaimOptions(), stop.Token),
            "settle" => ledger.SettleAsync(held, MessageStatus.Sent),
            "read" => ledger.CountAsync(new LedgerQuery(), stop.Token),
            _ => Task.CompletedTask,
        };
        if (what != "close")
            await own.It.WaitUntilAskedAsync();
        await stop.CancelAsync();
        ledger.Hurry();

        // The server stays stopped all the while: nothing but the stop ends it.
        if (what == "close")
        {
            await ledger.DisposeAsync().AsTask().WaitAsync(Long);
        }
        else
        {
            Exception error = await Record.ExceptionAsync(() => work.WaitAsync(Long));
            if (what == "settle")
                Assert.Equal(MessagingErrorReason.LedgerUnavailable, Assert.IsType<MessagingException>(error).Reason);
            else
                Assert.IsAssignableFrom<OperationCanceledException>(error);
        }

        await own.It.SignalAsync("CONT");
        await ledger.DisposeAsync();
    }

    [PostgresFact]
    public async Task A_claim_that_came_too_late_for_a_stop_is_taken_back()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        IMessageLedger ledger = await OpenAsync(settings);
        await own.It.SignalAsync("STOP");
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<ClaimResult>> claim = ledger.ClaimAsync([Claim(1)], new ClaimOptions(), stop.Token);
        await own.It.WaitUntilAskedAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        await own.It.SignalAsync("CONT");

        Assert.True((await ledger.ClaimOneAsync(Claim(2))).IsGranted);
        Assert.Equal([Person(2)], (await ledger.ReadAsync()).Select(static entry => entry.ParticipantId));
        await ledger.DisposeAsync();
    }

    [PostgresTheory]
    [InlineData("message")]
    [InlineData("one message")]
    [InlineData("answer")]
    public async Task A_claim_whose_commit_is_cut_off_and_comes_later_is_no_other_runs(string what)
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await using NpgsqlConnection holder = await HoldCommitsAsync(own.It, settings);
        await using var relay = new Relay(settings.Port);
        await using IMessageLedger ledger = await OpenAsync(settings with { Port = relay.Port });
        MessageClaim[] claims = what switch
        {
            "message" => [Claim(1), Claim(2, text: "another")],
            "one message" => [Claim(1)],
            _ => [Claim(1, campaign: "") with { ReplyTo = ["m1", "m2"] }, Claim(2, campaign: "", text: "another") with { ReplyTo = ["m3"] }],
        };
        Task<IReadOnlyList<ClaimResult>> claim = ledger.ClaimAsync(claims, new ClaimOptions(), default);
        await WaitUntilAsync(holder, "wait_event = 'advisory'");

        // The second try waits for what the first has written, and that is committed meanwhile.
        relay.Cut(letWait: false);
        await WaitUntilAsync(holder, "wait_event = 'transactionid'");
        await RunAsync(holder, "SELECT pg_advisory_unlock(42)");
        Assert.All(await claim, static result => Assert.True(result.IsGranted));
        Assert.Equal(claims.Select(static claim => claim.ParticipantId), (await ledger.ReadAsync()).Select(static entry => entry.ParticipantId).Order());

        // And it is this claim that holds: the same once more is not granted beside it.
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(claims[0])).Blocking?.Status);
    }

    [PostgresFact]
    public async Task One_claim_and_its_outcome_ask_the_server_once_each()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await using NpgsqlConnection holder = await HoldCommitsAsync(own.It, settings);
        await using IMessageLedger ledger = await OpenAsync(settings);

        // The statement itself is what commits: no COMMIT follows.
        Task<ClaimResult> claim = ledger.ClaimOneAsync(Claim(1));
        await WaitUntilAsync(holder, "wait_event = 'advisory' AND query LIKE '%INSERT INTO ledger_entry%'");
        await RunAsync(holder, "SELECT pg_advisory_unlock(42)");
        long id = (await claim).EntryId;
        await RunAsync(holder, "SELECT pg_advisory_lock(42)");
        Task settled = ledger.SettleAsync([new MessageOutcome(id, MessageStatus.Sent)], default);
        await WaitUntilAsync(holder, "wait_event = 'advisory' AND query LIKE '%UPDATE ledger_entry%'");
        await RunAsync(holder, "SELECT pg_advisory_unlock(42)");
        await settled;

        // What is in the way still says so, and an outcome that is there stays; a failure takes the entry out of what stands.
        Assert.Equal(id, (await ledger.ClaimOneAsync(Claim(1))).Blocking?.Id);
        await ledger.SettleAsync([new MessageOutcome(id, MessageStatus.Unknown)], default);
        Assert.Equal(MessageStatus.Sent, Assert.Single(await ledger.ReadAsync()).Status);
        ClaimResult second = await ledger.ClaimOneAsync(Claim(2));
        await ledger.SettleAsync([new MessageOutcome(second.EntryId, MessageStatus.Failed)], default);
        Assert.True((await ledger.ClaimOneAsync(Claim(2))).IsGranted);
        await Assert.ThrowsAsync<MessagingException>(() => ledger.SettleAsync([new MessageOutcome(9_999, MessageStatus.Sent)], default));
    }

    [PostgresFact]
    public async Task What_waits_together_is_one_question_and_one_transaction()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await using NpgsqlConnection holder = await HoldCommitsAsync(own.It, settings);
        await using IMessageLedger ledger = await OpenAsync(settings);
        Task<ClaimResult> first = ledger.ClaimOneAsync(Claim(1));
        await WaitUntilAsync(holder, "wait_event = 'advisory'");
        Task<ClaimResult>[] others = [.. Enumerable.Range(2, 20).Select(person => ledger.ClaimOneAsync(Claim(person)))];
        Task<ClaimResult> again = ledger.ClaimOneAsync(Claim(1));
        await RunAsync(holder, "SELECT pg_advisory_unlock(42)");
        Assert.All(await Task.WhenAll(others), static result => Assert.True(result.IsGranted));

        // One of them had somebody in the way, and said so in a transaction of its own; the others have each their own number.
        Assert.Equal((await first).EntryId, (await again).Blocking?.Id);
        var ids = (await ledger.ReadAsync()).ToDictionary(static entry => entry.ParticipantId, static entry => entry.Id);
        Assert.Equal(21, ids.Count);
        Assert.Equal(others.Select((_, i) => ids[Person(i + 2)]), others.Select(static claim => claim.Result.EntryId));
        Assert.Equal(2L, await ReadAsync(holder, $"SELECT count(DISTINCT xmin::text) FROM {settings.Schema}.ledger_entry"));
        await ledger.ClaimOneAsync(Claim(30));
        Assert.Equal(0L, await ReadAsync(holder, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ParticipantMessaging' AND query = 'COMMIT'"));
    }

    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_question_or_the_rest_of_one_that_comes_when_its_claim_has_long_come_to_an_end_writes_nothing(bool hasBegun)
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await using NpgsqlConnection other = await own.It.ConnectAsync();
        await using var relay = new Relay(settings.Port);
        await using IMessageLedger ledger = await OpenAsync(settings with { Port = relay.Port });
        Assert.True((await ledger.ClaimOneAsync(Claim(9))).IsGranted);

        // The connection breaks while the question is on its way; the claim is made anew, and the service refuses.
        Task isHeld = relay.HoldAsync();
        Task<ClaimResult> claim = ledger.ClaimOneAsync(Claim(1));
        await isHeld;
        if (hasBegun)
        {
            // Its first statement is at work, and the one that writes is not there as a whole.
            await relay.DeliverAsync(allBut: 20);
            await WaitUntilAsync(other, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock')");
        }

        relay.LetThrough();
        relay.Cut(letWait: false);
        ClaimResult granted = await claim;
        Assert.True(granted.IsGranted);
        await ledger.SettleAsync([new MessageOutcome(granted.EntryId, MessageStatus.Failed, "400")], default);

        // Now it arrives, and commits itself.
        await relay.DeliverAsync();
        await WaitUntilAsync(other, "application_name = 'ParticipantMessaging' AND state = 'idle' AND query LIKE '%INSERT INTO ledger_entry%'");
        Assert.Equal(
            [(Person(1), MessageStatus.Failed), (Person(9), MessageStatus.Sending)],
            (await ledger.ReadAsync()).Select(static entry => (entry.ParticipantId, entry.Status)).Order());

        // And from then on, when it is sure that there is none any more, it is asked as before.
        Assert.True((await ledger.ClaimOneAsync(Claim(2))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1))).IsGranted);
        Assert.Equal(0L, await ReadAsync(other, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ParticipantMessaging' AND query = 'COMMIT'"));
    }

    [PostgresFact]
    public async Task A_connection_that_broke_while_nothing_was_written_is_made_anew()
    {
        await using Server own = await Server.StartAsync();
        await using var ledger = new SqlLedger(new PostgresDialect(await own.It.NewLedgerAsync(), PostgresServer.Password), TimeProvider.System);
        await ledger.OpenAsync(default);
        long entry = (await ledger.ClaimOneAsync(Claim(1))).EntryId;

        // The driver finds that out by itself after half a minute, and from then on its connection is closed.
        await OfWriter(ledger).Connection.CloseAsync();
        await ledger.SettleAsync(entry, MessageStatus.Sent);
        Assert.Equal(MessageStatus.Sent, Assert.Single(await ledger.ReadAsync()).Status);

        await OfWriter(ledger).Connection.CloseAsync();
        Assert.True((await ledger.ClaimOneAsync(Claim(2))).IsGranted);

        static LedgerSession OfWriter(SqlLedger ledger)
        {
            object writer = Field(ledger, "_writer")!;
            return (LedgerSession)Field(writer, "_session")!;
        }

        static object? Field(object of, string name)
            => of.GetType().GetField(name, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(of);
    }

    [PostgresFact]
    public async Task A_clock_that_is_put_back_ends_no_lease()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        var clock = new SleepyClock(DateTimeOffset.UtcNow.AddHours(1));
        await using var elsewhere = new SqlLedger(new PostgresDialect(settings, PostgresServer.Password), clock, new RunIdentity("another host", "other", 1, 1));
        await elsewhere.OpenAsync(default);
        await elsewhere.ClaimOneAsync(Claim(1));
        clock.Sleep(TimeSpan.FromHours(-1));
        clock.FireTimers();
        await elsewhere.ReleaseAsync([long.MaxValue], default);

        await using IMessageLedger next = await OpenAsync(settings);
        Assert.Equal(MessageStatus.Sending, (await next.ClaimOneAsync(Claim(1))).Blocking?.Status);
    }

    [PostgresFact]
    public async Task Another_search_path_begins_no_second_ledger()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await own.It.ExecuteAsync("CREATE SCHEMA other");
        await using (IMessageLedger first = await OpenAsync(settings with { Schema = null })) await first.ClaimOneAsync(Claim(1));
        await own.It.ExecuteAsync("ALTER DATABASE postgres SET search_path = other, public");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => OpenAsync(settings with { Schema = null }));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
        Assert.Contains("a ledger in the schema 'public'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Search Path=public", error.RecommendedAction, StringComparison.Ordinal);
        await using (IMessageLedger meant = await OpenAsync(settings with { Schema = "public" })) Assert.NotNull((await meant.ClaimOneAsync(Claim(1))).Blocking);
        await using (IMessageLedger own2 = await OpenAsync(settings with { Schema = "other" })) Assert.True((await own2.ClaimOneAsync(Claim(1))).IsGranted);
    }

    [PostgresFact]
    public async Task A_claim_that_is_committed_when_its_run_is_over_is_unknown_to_the_next()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await using NpgsqlConnection holder = await HoldCommitsAsync(own.It, settings);
        await using var relay = new Relay(settings.Port);
        IMessageLedger ledger = await OpenAsync(settings with { Port = relay.Port });
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<ClaimResult>> claim = ledger.ClaimAsync([Claim(1)], new ClaimOptions(), stop.Token);
        await WaitUntilAsync(holder, "wait_event = 'advisory'");
        relay.Cut(letWait: true);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        Task end = ledger.DisposeAsync().AsTask();
        relay.Admit();
        await end;
        Assert.Equal(1L, await ReadAsync(holder, $"SELECT count(*) FROM {settings.Schema}.ledger_run WHERE ended_at IS NOT NULL"));

        await RunAsync(holder, "SELECT pg_advisory_unlock(42)");
        await WaitUntilAsync(holder, $"(SELECT count(*) FROM {settings.Schema}.ledger_entry) = 1");
        await RequireUnknownAsync(settings);
    }

    [PostgresFact]
    public async Task An_entry_whose_run_is_not_known_is_one_all_the_same()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await (await OpenAsync(settings)).ClaimOneAsync(Claim(1));
        await own.It.ExecuteAsync($"DELETE FROM {settings.Schema}.ledger_run");
        await RequireUnknownAsync(settings);
    }

    private static async Task RequireUnknownAsync(LedgerSettings settings)
    {
        await using IMessageLedger next = await OpenAsync(settings);
        Assert.Equal(MessageStatus.Unknown, Assert.Single(await next.ReadAsync()).Status);
        Assert.Equal(MessageStatus.Unknown, (await next.ClaimOneAsync(Claim(1))).Blocking?.Status);
        Assert.All(await next.ClaimAsync([Claim(1), Claim(2)], new ClaimOptions(ResendUnknown: true), default), static result => Assert.True(result.IsGranted));
    }

    // Whoever commits a claim waits until the lock is given up.
    private static async Task<NpgsqlConnection> HoldCommitsAsync(PostgresServer server, LedgerSettings settings)
    {
        await (await OpenAsync(settings)).DisposeAsync();
        await server.ExecuteAsync(
            $"""
            CREATE FUNCTION {settings.Schema}.hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR UPDATE ON {settings.Schema}.ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {settings.Schema}.hold()
            """);
        NpgsqlConnection holder = await server.ConnectAsync();
        await RunAsync(holder, "SELECT pg_advisory_lock(42)");
        return holder;
    }

    private static async Task WaitUntilAsync(NpgsqlConnection connection, string condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await ReadAsync(connection, $"SELECT count(*) FROM pg_stat_activity WHERE {condition}") == 0)
            await Task.Delay(5, limit.Token);
    }

    private static async Task<long> ReadAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    [PostgresFact]
    public async Task Too_many_connections_and_a_time_limit_are_said_in_words()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await own.It.ExecuteAsync("CREATE ROLE few LOGIN PASSWORD 'pw' CONNECTION LIMIT 0; GRANT ALL ON DATABASE postgres TO few");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(
            () => LedgerFactory.OpenAsync(settings with { Username = "few" }, "pw", null, default));
        Assert.Contains("too many connections", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLSTATE", error.Message, StringComparison.Ordinal);

        // Another program holds the table for longer than the server lets a statement wait.
        await (await OpenAsync(settings)).DisposeAsync();
        await own.It.ExecuteAsync($"ALTER ROLE {PostgresServer.User} SET statement_timeout = 200");
        await using IMessageLedger ledger = await OpenAsync(settings);
        await using NpgsqlConnection holder = await own.It.ConnectAsync();
        await using (var holding = new NpgsqlCommand($"BEGIN; LOCK TABLE {settings.Schema}.ledger_entry", holder))
            await holding.ExecuteNonQueryAsync();
        error = await Assert.ThrowsAsync<MessagingException>(() => ledger.ClaimOneAsync(Claim(1)));
        Assert.Contains("time limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pause_that_the_server_did_not_allow_is_tried_again_and_said_in_words()
    {
        var dialect = new PostgresDialect(new LedgerSettings { Kind = LedgerKind.PostgreSql, Host = "db", Database = "ledger" }, null);
        var ended = new PostgresException("terminating connection due to idle-in-transaction timeout", "FATAL", "FATAL", "25P03");
        Assert.True(dialect.IsTransient(ended));
        Assert.Contains("longer pause", dialect.Explain(ended).Message, StringComparison.Ordinal);
        Assert.Contains("pooler", dialect.Explain(new PostgresException("prepared statement \"_p1\" already exists", "ERROR", "ERROR", "42P05")).Message, StringComparison.Ordinal);
        Assert.Contains("did not answer in time", dialect.Explain(new NpgsqlException("read", new TimeoutException())).Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_server_looks_whether_its_clients_are_still_there()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();
        await own.It.ExecuteAsync($"ALTER ROLE {PostgresServer.User} SET default_transaction_isolation = serializable");
        var dialect = new PostgresDialect(settings, PostgresServer.Password);
        await dialect.PrepareAsync(LedgerSchema.Steps, default);
        await using LedgerSession session = await LedgerSession.OpenAsync(dialect, default);
        Assert.Equal("30", await session.Command("SELECT current_setting('tcp_keepalives_idle')").ExecuteScalarAsync());
        Assert.Equal("on", await session.Command("SELECT current_setting('synchronous_commit')").ExecuteScalarAsync());
        Assert.Equal("read committed", await session.Command("SELECT current_setting('default_transaction_isolation')").ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task Entries_have_the_databases_time()
    {
        await using Server own = await Server.StartAsync();
        LedgerSettings settings = await own.It.NewLedgerAsync();

        // A computer whose clock is three hours ahead: what the test itself takes must not make up for it.
        var clock = new SleepyClock(DateTimeOffset.UtcNow.AddHours(3));
        await using IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, PostgresServer.Password, clock, default);
        // A minute either way: how long the answer that told the time was on its way on a busy machine is not what is asked.
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-1);
        ClaimResult claim = await ledger.ClaimOneAsync(Claim(1));
        await ledger.SettleAsync(claim.EntryId, MessageStatus.Sent);
        SentMessage entry = Assert.Single(await ledger.ReadAsync());
        Assert.InRange(entry.ClaimedAt, before, DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.InRange(entry.SettledAt!.Value, before, DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.InRange(ledger.Now, before, DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Theory]
    [InlineData("db.example.org", null, true)]
    [InlineData("db.example.org", "Require", true)]
    [InlineData("db.example.org", "VerifyCA", true)]
    [InlineData("db.example.org", "verifyfull", false)]
    [InlineData("10.0.0.5", "Disable", true)]
    [InlineData("localhost", null, false)]
    [InlineData("127.0.0.1", "Disable", false)]
    [InlineData("::1", "Disable", false)]
    [InlineData("/var/run/postgresql", null, false)]
    public void A_server_elsewhere_whose_certificate_is_not_checked_is_worth_a_warning(string host, string? mode, bool warns)
    {
        var settings = new LedgerSettings { Kind = LedgerKind.PostgreSql, Host = host, Database = "d", SslMode = mode };
        Assert.Equal(warns, settings.SecurityWarning is not null);
        if (warns)
            Assert.Contains("SSL Mode=VerifyFull", settings.SecurityWarning, StringComparison.Ordinal);
    }

    private static Task<IMessageLedger> OpenAsync(LedgerSettings settings) => LedgerFactory.OpenAsync(settings, PostgresServer.Password, null, default);

    private sealed class Server(PostgresServer it) : IAsyncDisposable
    {
        public PostgresServer It => it;

        public static async Task<Server> StartAsync(params string[] options)
        {
            var server = new PostgresServer { Options = options };
            await server.InitializeAsync();
            return new Server(server);
        }

        public async ValueTask DisposeAsync()
        {
            await it.SignalAsync("CONT");
            await it.DisposeAsync();
        }
    }
}
