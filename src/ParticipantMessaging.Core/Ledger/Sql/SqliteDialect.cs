using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ParticipantMessaging.Ledger;

/// <summary>A file: write-ahead log, every commit flushed to the disk.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    private readonly string _path;
    private readonly string _connectionString;
    private readonly SqliteFile _file;
    private readonly long? _maxPages;
    private bool _isNew;
    private bool _wasChecked;
    private bool _needsNoIndexFile;

    static SqliteDialect()
    {
        SQLitePCL.Batteries_V2.Init();

        // Nobody asks how much memory it holds: without the count each of its pieces is one lock less.
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    /// <param name="path">The file.</param>
    /// <param name="makesFolder">Whether a folder that is not there is made. Not for a place that somebody chose: a drive that is not there today has the ledger on it, and an empty one in its stead would send everything again.</param>
    /// <param name="maxPages">For tests: the file may not grow beyond, as if the disk were full.</param>
    public SqliteDialect(string path, bool makesFolder = false, long? maxPages = null)
    {
        _path = Resolve(Path.GetFullPath(path));
        _file = new SqliteFile(_path, makesFolder);
        _maxPages = maxPages;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWrite,
            Cache = SqliteCacheMode.Private,
            Pooling = true,

            // The library's own waiting sleeps 150 ms at a time; SQLite's busy handler below is finer. The rest is up to the writer.
            DefaultTimeout = 1,
        }.ToString();
    }

    public override string Location => _path;

    public override TimeSpan Patience => TimeSpan.FromSeconds(30);

    public override TimeSpan OpeningPatience => TimeSpan.FromSeconds(15);

    public override string IdentityColumn => "INTEGER PRIMARY KEY AUTOINCREMENT";

    public override string? WidenColumn(string table, string column) => null;

    public override bool IsComparedWithIndexes => true;

    public override string? MigrationLock => null;

    // What lies at the ledger's place is looked at within each transaction.
    public override bool AsksTogether => false;

    public override bool KeepsCommands => true;

    public override string CountTable => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = @name";

    public override string? CountForeign => "SELECT count(*) FROM sqlite_master";

    public override string? CurrentTime => null;

    public override string Now => "@now";

    public override string? TextLock => null;

    // Not ON CONFLICT DO NOTHING: with that an empty column would be an error in the middle of the statement, so SQLite copies each page
    // before it changes it (a third of all that a claim costs there).
    public override (string Insert, string OnConflict) InsertUnlessThere => ("INSERT OR IGNORE", "");

    // RETURNING makes a table for its one row, and throws it away.
    public override string ReturningNumber => "";

    public override bool MayCreateTables => _isNew;

    public override async Task PrepareAsync(IReadOnlyList<IReadOnlyList<string>> schema, CancellationToken cancellationToken)
    {
        if (_file.Inspect())
            await BeginNewAsync(schema, cancellationToken).ConfigureAwait(false);
        _file.KeepReserve();
    }

    public override bool MayLookAgain => _file.LogWasMissing;

    public override async Task CheckOpeningAsync(LedgerSession session, bool isMarkedOpen, bool hasCrashed, CancellationToken cancellationToken)
    {
        _file.RequireLog(isMarkedOpen);
        if (!hasCrashed)
            return;

        await CheckAsync(session, "PRAGMA integrity_check(1)", cancellationToken).ConfigureAwait(false);
        _wasChecked = true;
    }

    public override async Task AfterOpeningAsync(LedgerSession session, CancellationToken cancellationToken)
    {
        _file.TakeUpLog();
        await session.Command("PRAGMA wal_checkpoint(FULL)").ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task CheckEntriesAsync(LedgerSession session, CancellationToken cancellationToken)
    {
        if (_wasChecked)
            return;

        // Who has a message, who was answered, who must not be written to.
        foreach (string table in (string[])["ledger_block", "ledger_answer", "ledger_entry"])
            await CheckAsync(session, $"PRAGMA integrity_check('{table}')", cancellationToken).ConfigureAwait(false);
        _wasChecked = true;
    }

    public override void Verify(DbConnection connection) => _file.Verify((SqliteConnection)connection);

    public override bool IsFull(Exception exception) => exception is SqliteException { SqliteErrorCode: Full } or SqliteException { SqliteExtendedErrorCode: NoRoomForIndex };

    public override async Task MakeRoomAsync(LedgerSession? session, Exception exception)
    {
        if (!_file.GiveUpReserve() && exception is SqliteException { SqliteExtendedErrorCode: NoRoomForIndex })
        {
            // Nothing was left to give up: without room for the -shm file it can be read all the same, by one program at a time.
            _needsNoIndexFile = true;
            await CloseAsync().ConfigureAwait(false);
        }

        try
        {
            // What the log holds goes into the file, and the log begins anew in the room that it has.
            if (session is not null)
                await session.Command("PRAGMA wal_checkpoint(RESTART)").ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (SqliteException)
        {
            // There was not enough room for that; there may be enough for what is to be written.
        }
    }

    public override async Task ForgetDeletedAsync(bool isAlone, CancellationToken cancellationToken)
    {
        LedgerSession session = await LedgerSession.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            try
            {
                // secure_delete overwrites a cell that is deleted, but not the copies that were left behind when pages were split: only a new
                // file has none. It is written to the log first, so it takes its room twice.
                if (isAlone && HasRoomFor(2 * new FileInfo(_path).Length))
                    await session.ExecuteAsync("VACUUM", cancellationToken).ConfigureAwait(false);
            }
            catch (SqliteException)
            {
                // Another run is at work, or the disk is fuller than it seemed: what is deleted is overwritten all the same.
            }

            try
            {
                // The log begins anew and is cut to what is written next. It must not be empty for a moment (wal_checkpoint(TRUNCATE)): a run
                // that is noted as having it open, and a log without a byte, is a log that was taken away. Cut by this connection alone: for
                // the others the log's room is what is left when the disk is full.
                await session.Command("PRAGMA journal_size_limit = 0").ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await session.Command("PRAGMA wal_checkpoint(RESTART)").ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await session.Command("PRAGMA user_version = 0").ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SqliteException)
            {
                // Whoever closes it last takes the log away.
            }
            finally
            {
                await session.Command("PRAGMA journal_size_limit = -1").ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private bool HasRoomFor(long bytes)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(_path)!).AvailableFreeSpace > bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    public override void LeaveUnended() => _file.LeaveLog(_connectionString);

    public override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            SqliteCommand command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                // FULL: a commit has returned when it is on the disk, also after a power cut; the two fullfsync are macOS' word for it.
                // The people of a list lie all over the indexes: in the 2 MB that SQLite keeps by itself, 100,000 entries read and write each
                // page again and again; and a log of 4 MB is carried into the file at every bulk call.
                command.CommandText = """
                    PRAGMA busy_timeout = 250;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA fullfsync = 1;
                    PRAGMA checkpoint_fullfsync = 1;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA secure_delete = ON;
                    PRAGMA cache_size = -8192;
                    PRAGMA wal_autocheckpoint = 2000;
                    """;
                if (_needsNoIndexFile)
                    command.CommandText = "PRAGMA locking_mode = EXCLUSIVE;" + command.CommandText;

                // Pages of 8 KB: a bulk call touches most pages of two indexes, and half as many larger ones are a fifth less work.
                if (_isNew)
                    command.CommandText = "PRAGMA page_size = 8192;" + command.CommandText;
                if (_maxPages is { } pages)
                    command.CommandText += $"PRAGMA max_page_count = {pages};";
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override string TextList(string parameter) => $"json_each({parameter})";

    public override string AmongTexts(string parameter) => $"IN (SELECT value FROM json_each({parameter}))";

    public override string AmongNumbers(string parameter) => AmongTexts(parameter);

    public override string EntriesOf(string parameter, string condition)
        => $"(SELECT * FROM ledger_entry e WHERE e.recipient {AmongTexts(parameter)} AND {condition}) e";

    public override void AddTexts(DbCommand command, string parameter, IReadOnlyCollection<string> values)
        => ((SqliteCommand)command).Parameters.AddWithValue(parameter, JsonSerializer.Serialize(values, LedgerJson.Default.IReadOnlyCollectionString));

    public override void AddNumbers(DbCommand command, string parameter, IReadOnlyCollection<long> values)
        => ((SqliteCommand)command).Parameters.AddWithValue(parameter, JsonSerializer.Serialize(values, LedgerJson.Default.IReadOnlyCollectionInt64));

    public override bool IsTransient(Exception exception)
        => exception is SqliteException { SqliteErrorCode: Busy or Locked or Protocol };

    // Without the -shm file one connection at a time has it: the next one must be able to take over.
    public override bool IsConnectionLost(DbConnection connection, Exception exception)
        => exception is SqliteException { SqliteExtendedErrorCode: NoRoomForIndex } || (_needsNoIndexFile && IsFull(exception));

    public override MessagingException Explain(Exception exception)
        => exception switch
        {
            MessagingException known => known,

            // Without room for the -shm file a ledger is one connection's alone: what keeps the others out is the disk.
            _ when IsFull(exception) || (IsTransient(exception) && (_needsNoIndexFile || IsDiskFull())) => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot grow: the disk is full.",
                $"Free some space; {Wording.By(Job.ClearEntries)} removes old entries.", exception),
            SqliteException { SqliteErrorCode: Busy or Locked or Protocol } => LedgerErrors.Unavailable(
                $"The ledger {_path} is held by another program, and waiting did not help.",
                "Close what holds it open (another run, a database viewer, a backup) and try again.", exception),
            SqliteException { SqliteErrorCode: ReadOnly or Permission } or UnauthorizedAccessException => _file.ReadOnlyFile(exception),
            SqliteException { SqliteErrorCode: Corrupt or NotADatabase } => Damaged(exception),
            SqliteException { SqliteErrorCode: CannotOpen } => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be opened for writing.",
                $"Check that its folder is there, that this user may write to it, and that the disk is not read-only, or choose another file with {Wording.By(Job.ChooseLedger, "Path")}.", exception),
            SqliteException { SqliteExtendedErrorCode: ShortRead } => LedgerErrors.Unavailable(
                $"The ledger {_path} ends too early: a part of it is missing (SQLite error {ShortRead}). It was cut short, by a copy that did not come to its end, a disk that was full, or a program that synchronises the folder.",
                $"Close what copies or synchronises the folder (OneDrive, Dropbox, a backup) and try again. If it stays so, restore the ledger from a backup, all of its files together (docs/reliability.md says how): with a new one nothing is known of who already has a message.", exception),
            SqliteException sqlite => Explain(sqlite),
            _ => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be opened: {exception.Message.TrimEnd('.')}.", LedgerErrors.ChooseAnotherFile, exception),
        };

    // What SQLite calls by a number, by what a researcher can do about it.
    private MessagingException Explain(SqliteException error)
    {
        (string what, string action) = (error.SqliteErrorCode, error.SqliteExtendedErrorCode) switch
        {
            (OutOfMemory, _) or (_, NoMemory) => ("this computer has no memory left for it", "Close other programs, or send the list in parts."),
            (InputOutput, Unlock or ReadLock or Lock or CheckReservedLock or IndexOpen or IndexLock or IndexMap or Close or Map) => (
                "it cannot be locked or shared as a database must be, which is so on network shares and in folders that a program synchronises",
                $"Put it on a local disk, outside of OneDrive, Dropbox and their kind: {Wording.By(Job.ChooseLedger, "Path")}."),
            (InputOutput, Write or Flush or FlushFolder or Truncate or Delete or DeleteMissing) => (
                "the disk reports an error while it is written",
                $"Look whether the disk is still connected, has room and is sound, then try again. {LedgerErrors.ChooseAnotherFile}"),
            (InputOutput, _) => (
                "the disk reports an error while it is read",
                $"Look whether the disk is still connected and sound (a network share, a drive that was unplugged), then try again. If it stays so, restore the ledger from a backup, all of its files together (docs/reliability.md says how)."),
            _ => (
                "the database that it is kept in reports an error",
                $"Try it once more, and check the disk it is on; a ledger belongs on a local disk, not on a network share. {LedgerErrors.ChooseAnotherFile}"),
        };
        return LedgerErrors.Unavailable(string.Create(CultureInfo.InvariantCulture, $"The ledger {_path} cannot be used: {what} (SQLite error {error.SqliteExtendedErrorCode})."), action, error);
    }

    private bool IsDiskFull()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(_path)!).AvailableFreeSpace < LeastRoom;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    // One writes at a time here: what is refused without a reason is an index that contradicts its entries.
    public override MessagingException Contradicted => Damaged(null);

    public override async ValueTask CloseAsync()
    {
        // Another ledger of this process may use the same pool: only idle connections are closed.
        var connection = new SqliteConnection(_connectionString);
        await using (connection.ConfigureAwait(false))
            SqliteConnection.ClearPool(connection);
    }

    /// <summary>A new ledger is made beside its place and put there when it is whole: nobody ever meets half of one.</summary>
    private async Task BeginNewAsync(IReadOnlyList<IReadOnlyList<string>> schema, CancellationToken cancellationToken)
    {
        var draft = new SqliteDialect($"{_path}.{Guid.NewGuid():N}", maxPages: _maxPages) { _isNew = true };
        SqliteFile.Create(draft._path);

        // What this process may still hold open of a file of before that was deleted.
        await CloseAsync().ConfigureAwait(false);
        try
        {
            LedgerSession session = await LedgerSession.OpenAsync(draft, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.BeginAsync(cancellationToken).ConfigureAwait(false);
                await LedgerSchema.MigrateAsync(session, draft, schema, cancellationToken).ConfigureAwait(false);
                await session.CommitAsync().ConfigureAwait(false);
            }

            // Closing it writes everything into the file itself.
            await draft.CloseAsync().ConfigureAwait(false);
            _file.Place(draft._path);
        }
        catch
        {
            await draft.CloseAsync().ConfigureAwait(false);
            File.Delete(draft._path);
            throw;
        }
    }

    // As SQLite itself does: the files beside it lie beside what a link leads to.
    private static string Resolve(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        }
        catch (IOException)
        {
            // A link that leads to itself: opening it says so.
            return path;
        }
    }

    private async Task CheckAsync(LedgerSession session, string pragma, CancellationToken cancellationToken)
    {
        // SQLite looks at no token, and this is the one statement that may take seconds.
        CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static connection => raw.sqlite3_interrupt(((SqliteConnection)connection!).Handle), session.Connection);
        await using (stop.ConfigureAwait(false))
        {
            try
            {
                if (await session.Command(pragma).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not "ok")
                    throw Damaged(null);
            }
            catch (SqliteException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    private MessagingException Damaged(Exception? cause) => LedgerErrors.Unavailable(
        $"The ledger {_path} is damaged or is not a ledger. It was left as it is.",
        $"Restore it from a backup. If you choose a new one with {Wording.By(Job.ChooseLedger, "Path")}, nothing is known of who already has a message.", cause);

    // https://sqlite.org/rescode.html
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;
    private const int NoRoomForIndex = 4874;
    private const int OutOfMemory = 7;
    private const int InputOutput = 10;
    private const int ShortRead = 522;
    private const int Write = 778;
    private const int Flush = 1034;
    private const int FlushFolder = 1290;
    private const int Truncate = 1546;
    private const int Unlock = 2058;
    private const int ReadLock = 2314;
    private const int Delete = 2570;
    private const int NoMemory = 3082;
    private const int CheckReservedLock = 3594;
    private const int Lock = 3850;
    private const int Close = 4106;
    private const int IndexOpen = 4618;
    private const int IndexLock = 5130;
    private const int IndexMap = 5386;
    private const int DeleteMissing = 5898;
    private const int Map = 6154;

    // Less than the smallest -shm file takes.
    private const int LeastRoom = 32 * 1024;
}
