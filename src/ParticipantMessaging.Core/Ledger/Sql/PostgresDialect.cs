using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace ParticipantMessaging.Ledger;

/// <summary>A PostgreSQL database that several computers share.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    private readonly LedgerSettings _settings;
    private readonly string? _password;
    private NpgsqlDataSource? _source;

    /// <param name="settings">Where it is.</param>
    /// <param name="password">Null when the server asks for none.</param>
    /// <param name="usesServerClock">False for tests whose clock is not the server's.</param>
    public PostgresDialect(LedgerSettings settings, string? password, bool usesServerClock = true)
    {
        CurrentTime = usesServerClock ? "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint" : null;
        _settings = settings;
        _password = password;
    }

    public override string Location => _settings.Location;

    public override TimeSpan Patience => TimeSpan.FromSeconds(30);

    public override TimeSpan OpeningPatience => TimeSpan.FromSeconds(3);

    public override string IdentityColumn => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";

    public override string? WidenColumn(string table, string column) => $"ALTER TABLE {table} ALTER COLUMN {column} TYPE BIGINT";

    public override bool IsComparedWithIndexes => false;

    // Any number will do, as long as it is always the same one.
    public override string? MigrationLock => "SELECT pg_advisory_xact_lock(5078441170411)";

    public override bool AsksTogether => true;

    public override bool IsShared => true;

    public override (string Pass, string Raise)? Fence => (
        $"SELECT 1::bigint FROM pg_advisory_xact_lock_shared({FenceKey})",
        $"UPDATE ledger_run SET fence = fence + 1 WHERE id = @run RETURNING fence, pg_try_advisory_xact_lock({FenceKey})");

    private const string FenceKey = "hashtextextended(current_schema() || ' ' || CAST(@run AS BIGINT), 5078441170412)";

    // Npgsql executes a command that is used again with the parameters that it had at first.
    public override bool KeepsCommands => false;

    public override string CountTable => "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = @name";

    public override string? CountForeign => null;

    public override string? CurrentTime { get; }

    public override string Now => CurrentTime is null ? "@now" : "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    public override string? TextLock => "SELECT pg_advisory_xact_lock(hashtextextended(@key, 5078441170411))";

    public override (string Insert, string OnConflict) InsertUnlessThere => ("INSERT", "ON CONFLICT DO NOTHING");

    public override string ReturningNumber => "RETURNING id";

    public override bool MayCreateTables => true;

    public override Task PrepareAsync(IReadOnlyList<IReadOnlyList<string>> schema, CancellationToken cancellationToken)
    {
        if (_source is not null)
            return Task.CompletedTask;

        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = _settings.Host,
            Port = _settings.Port,
            Database = _settings.Database,
            Username = _settings.Username,
            Password = _password,
            SearchPath = _settings.Schema,
            ApplicationName = "ParticipantMessaging",
            Timeout = 15,
            CommandTimeout = 30,
            KeepAlive = 30,
            MaxPoolSize = 8,
            MinPoolSize = 0,
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 2,
            Encoding = "UTF8",
            PersistSecurityInfo = false,

            // Whatever the server or the role has for a default: what is committed is on the disk. And a run whose computer is gone holds its rows no
            // longer than a minute or so: the server waits two hours for the other end by itself.
            // The fence is looked at by each statement, not once for a question.
            Options = @"-c synchronous_commit=on -c default_transaction_isolation=read\ committed -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
        };
        if (_settings.SslMode is { } mode)
            builder.SslMode = Enum.Parse<SslMode>(mode, ignoreCase: true);
        if (_settings.RootCertificate is { } certificate)
            builder.RootCertificate = certificate;

        // Texts and numbers are all there is here, and what Npgsql knows of itself; else it asks the server for all its types at the first connection.
        _source = new NpgsqlDataSourceBuilder(builder.ConnectionString).ConfigureTypeLoading(static types => types.EnableTypeLoading(false)).Build();
        return Task.CompletedTask;
    }

    public override async Task CheckOpeningAsync(LedgerSession session, bool isMarkedOpen, bool hasCrashed, CancellationToken cancellationToken)
    {
        // A pooler in between may drop what a connection asks for.
        if (await session.Command("SELECT current_setting('synchronous_commit')").ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is "off")
        {
            throw LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) says that something is written before it is (synchronous_commit=off), and does not let that be changed.",
                "Ask its administrator to set synchronous_commit to on for this database, or to let a connection pooler pass it through.");
        }
    }

    /// <summary>A role or a database with another search_path than before would begin a second ledger, and everybody would be written to again.</summary>
    public override async Task CheckNewAsync(LedgerSession session, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(_settings.Schema))
            return;

        List<(string Here, string There)> others = await LedgerSession.ReadAllAsync(
            session.Command("SELECT COALESCE(current_schema(), ''), schemaname FROM pg_catalog.pg_tables WHERE tablename = 'ledger_version' ORDER BY schemaname"),
            static row => (row.GetString(0), row.GetString(1)),
            cancellationToken).ConfigureAwait(false);
        if (others.Count == 0)
            return;

        (string here, string there) = others[0];
        throw LedgerErrors.Unavailable(
            $"The ledger's database ({Location}) has a ledger in the schema '{there}', and this connection would begin another one in '{here}', which knows of nobody who was written to.",
            $"Say which is meant with {Wording.By(Job.ChooseLedger)}: 'Search Path={there}' in the connection string for the one that is there, 'Search Path={here}' for another one.");
    }

    public override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
        => await (_source ?? throw LedgerErrors.NotOpen()).OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    public override string TextList(string parameter) => $"unnest({parameter}::text[]) AS list(value)";

    public override string AmongTexts(string parameter) => $"= ANY ({parameter}::text[])";

    public override string AmongNumbers(string parameter) => $"= ANY ({parameter}::bigint[])";

    // Each by itself (OFFSET 0 keeps it so). The server takes for granted that a new campaign has a row or two, and would read all of it for
    // each person who is in the way, where the index knows the person: 4,400 blocks a look in place of 6 (PostgreSQL 15, 4,000 people).
    public override string EntriesOf(string parameter, string condition)
        => $"""
        (SELECT DISTINCT value FROM {TextList(parameter)}) listed
        CROSS JOIN LATERAL (SELECT * FROM ledger_entry e WHERE e.recipient = listed.value AND {condition} OFFSET 0) e
        """;

    // A commit that was cut off may be carried out when its run is long over, and has been deleted: what it wrote is an entry all the same.
    public override string WithRun => "LEFT JOIN ledger_run r ON r.id = e.run_id";

    public override string OrOfNoRun => " OR NOT EXISTS (SELECT 1 FROM ledger_run r WHERE r.id = ledger_entry.run_id)";

    public override void AddTexts(DbCommand command, string parameter, IReadOnlyCollection<string> values)
        => ((NpgsqlCommand)command).Parameters.AddWithValue(parameter, values.ToArray());

    public override void AddNumbers(DbCommand command, string parameter, IReadOnlyCollection<long> values)
        => ((NpgsqlCommand)command).Parameters.AddWithValue(parameter, values.ToArray());

    public override bool IsTransient(Exception exception)
        => exception switch
        {
            // Serialisation failure, deadlock, too many connections, a pause that the server did not allow, server going down or coming up, connection failures.
            PostgresException { SqlState: "40001" or "40P01" or "53300" or "55P03" or "25P03" } => true,
            PostgresException postgres => postgres.SqlState.StartsWith("57P0", StringComparison.Ordinal)
                || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
            NpgsqlException => Is<SocketException>(exception) || Is<IOException>(exception) || Is<TimeoutException>(exception),
            ObjectDisposedException or InvalidOperationException => false,
            _ => exception is IOException or SocketException or TimeoutException,
        };

    public override bool IsConnectionLost(DbConnection connection, Exception exception)
        => exception is not PostgresException { SqlState: "40001" or "40P01" or "55P03" };

    public override MessagingException Explain(Exception exception)
    {
        return exception switch
        {
            MessagingException known => known,
            PostgresException { SqlState: "28P01" or "28000" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) does not accept the user name or the password.",
                $"Give them anew with {Wording.By(Job.ChooseLedger)}.", exception),
            PostgresException { SqlState: "3D000" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) does not exist.",
                $"Have it created, or choose another one with {Wording.By(Job.ChooseLedger)}.", exception),
            PostgresException { SqlState: "42501" or "25006" or "3F000" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) cannot be written by this user.",
                "Ask its administrator for the right to create and write tables in the user's schema.", exception),
            PostgresException { SqlState: "53100" } => LedgerErrors.Unavailable(
                $"The disk of the ledger's database ({Location}) is full.",
                $"Ask its administrator; {Wording.By(Job.ClearEntries)} removes old entries.", exception),
            PostgresException { SqlState: "53300" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) has too many connections open, and waiting did not help.",
                "Try again when other programs have closed theirs, or ask its administrator to allow more (max_connections, or the limit of this role or database).", exception),
            PostgresException { SqlState: "57014" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) stopped a statement because it took longer than the server's time limit allows.",
                "Ask its administrator to raise statement_timeout for this user, or try again when the server is less busy.", exception),
            PostgresException { SqlState: "25P03" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) ended a transaction because this computer made a longer pause within it than the server allows, again and again.",
                "Ask its administrator to raise idle_in_transaction_session_timeout for this user (ten seconds do), or try again when this computer is less busy.", exception),
            PostgresException { SqlState: "55P03" or "40P01" or "40001" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) is held by another program, and waiting did not help.",
                "Try again when other runs, a backup or a migration are done.", exception),
            PostgresException { SqlState: "57P01" or "57P02" or "57P03" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) is shutting down or starting up.",
                "Try again in a minute.", exception),
            PostgresException { SqlState: "53200" or "53400" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) is out of memory or of another resource.",
                "Ask its administrator; try again later.", exception),
            PostgresException { SqlState: "42P01" or "42703" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) no longer has the ledger's tables as they were when it was opened.",
                "Find out who changed or removed them before anything is sent again; restore them from a backup.", exception),
            PostgresException { SqlState: "42P05" or "26000" or "08P01" } => LedgerErrors.Unavailable(
                $"What answers for the ledger's database ({Location}) does not keep a connection to itself: a connection pooler in transaction mode, probably.",
                "Name the database server itself, or have the pooler give this user a connection for the whole session (pool_mode=session).", exception),
            PostgresException { SqlState: "XX001" or "XX002" } => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) says that its data are damaged.",
                "Ask its administrator to restore it from a backup.", exception),
            PostgresException postgres => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) refused a statement (SQLSTATE {postgres.SqlState}).",
                "Ask its administrator to look into the server's log.", exception),
            _ when Is<System.Security.Authentication.AuthenticationException>(exception) => LedgerErrors.Unavailable(
                $"The connection to the ledger's database ({Location}) could not be secured: its certificate is not accepted, or it offers no encryption.",
                $"Check the SSL Mode and Root Certificate that were given to {Wording.By(Job.ChooseLedger)}.", exception),
            _ when Is<TimeoutException>(exception) => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) did not answer in time: it cannot be reached, is very busy, or another run holds what is to be written.",
                $"Try again when other runs are done; if it stays so, check that it runs and that its host and port are right ({Wording.By(Job.ShowLedger)}).", exception),
            _ => LedgerErrors.Unavailable(
                $"The ledger's database ({Location}) cannot be reached.",
                $"Check that it runs and that its host and port are right ({Wording.By(Job.ShowLedger)}), or choose another ledger with {Wording.By(Job.ChooseLedger)}.", exception),
        };
    }

    public override async ValueTask CloseAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync().ConfigureAwait(false);
        _source = null;
    }

    private static bool Is<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T)
                return true;
        }

        return false;
    }
}
