using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Ledger;

/// <summary>A file: write-ahead log, every commit flushed to the disk.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    private const string ChooseAnother = "Choose another file with Set-MessageLedger -Path.";

    private readonly string _path;
    private readonly string _connectionString;
    private readonly bool _makesFolder;
    private readonly long? _maxPages;

    static SqliteDialect() => SQLitePCL.Batteries_V2.Init();

    /// <param name="path">The file.</param>
    /// <param name="makesFolder">Whether a folder that is not there is made. Not for a place that somebody chose: a drive that is not there today has the ledger on it, and an empty one in its stead would send everything again.</param>
    /// <param name="maxPages">For tests: the file may not grow beyond, as if the disk were full.</param>
    public SqliteDialect(string path, bool makesFolder = false, long? maxPages = null)
    {
        _path = Path.GetFullPath(path);
        _makesFolder = makesFolder;
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

    public override TimeSpan Patience => TimeSpan.FromSeconds(60);

    public override TimeSpan OpeningPatience => TimeSpan.FromSeconds(15);

    public override string IdentityColumn => "INTEGER PRIMARY KEY AUTOINCREMENT";

    public override string? MigrationLock => null;

    public override bool KeepsCommands => true;

    public override string CountTable => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = @name";

    public override string? CountForeign => "SELECT count(*) FROM sqlite_master";

    public override string? CurrentTime => null;

    public override string Now => "@now";

    public override string? TextLock => null;

    public override void Prepare()
    {
        if (Directory.Exists(_path))
            throw LedgerErrors.Unavailable($"The ledger {_path} is a folder, not a file.", ChooseAnother);

        var folder = Path.GetDirectoryName(_path)!;
        if (!_makesFolder && !Directory.Exists(folder))
        {
            throw LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be opened: its folder is not there.",
                "If it is on a drive, connect the drive. To begin a new ledger there, choose it again with Set-MessageLedger -Path.");
        }

        UserFolders.Create(folder);
        if (IsReadOnly(folder))
            throw ReadOnlyFile(null);
        if (File.Exists(_path))
            return;

        // SQLite gives its side files (-wal, -shm) the permissions of the database file. A file that is there is never opened
        // here: closing it would drop the locks that SQLite holds on it in this process (POSIX).
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            new FileStream(_path, options).Dispose();
        }
        catch (IOException) when (File.Exists(_path))
        {
            // Another run was quicker.
        }
    }

    public override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                // FULL: a commit has returned when it is on the disk, also after a power cut; the two fullfsync are macOS' word for it.
                command.CommandText = """
                    PRAGMA busy_timeout = 250;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA fullfsync = 1;
                    PRAGMA checkpoint_fullfsync = 1;
                    PRAGMA temp_store = MEMORY;
                    """;
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

    public override string NumberList(string parameter) => $"json_each({parameter})";

    public override void AddTexts(DbCommand command, string parameter, IReadOnlyCollection<string> values)
        => ((SqliteCommand)command).Parameters.AddWithValue(parameter, JsonSerializer.Serialize(values, LedgerJson.Default.IReadOnlyCollectionString));

    public override void AddNumbers(DbCommand command, string parameter, IReadOnlyCollection<long> values)
        => ((SqliteCommand)command).Parameters.AddWithValue(parameter, JsonSerializer.Serialize(values, LedgerJson.Default.IReadOnlyCollectionInt64));

    public override bool IsTransient(Exception exception)
        => exception is SqliteException { SqliteErrorCode: Busy or Locked or Protocol };

    public override bool IsConnectionLost(DbConnection connection, Exception exception) => false;

    public override MessagingException Explain(Exception exception)
        => exception switch
        {
            MessagingException known => known,
            SqliteException { SqliteErrorCode: Busy or Locked or Protocol } => LedgerErrors.Unavailable(
                $"The ledger {_path} is held by another program, and waiting did not help.",
                "Close what holds it open (another run, a database viewer, a backup) and try again.", exception),
            SqliteException { SqliteErrorCode: ReadOnly or Permission } or UnauthorizedAccessException => ReadOnlyFile(exception),
            SqliteException { SqliteErrorCode: Full } => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot grow: the disk is full.",
                "Free some space; Clear-SentMessage removes old entries.", exception),
            SqliteException { SqliteErrorCode: Corrupt or NotADatabase } => LedgerErrors.Unavailable(
                $"The ledger {_path} is damaged or is not a ledger. It was left as it is.",
                "Restore it from a backup. If you choose a new one with Set-MessageLedger -Path, nothing is known of who already has a message.", exception),
            SqliteException { SqliteErrorCode: CannotOpen } => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be opened for writing.",
                "Check that its folder is there, that this user may write to it, and that the disk is not read-only, or choose another file with Set-MessageLedger -Path.", exception),
            SqliteException sqlite => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be read or written (SQLite error {sqlite.SqliteExtendedErrorCode}).",
                "Check the disk it is on; a ledger belongs on a local disk, not on a network share. Choose another file with Set-MessageLedger -Path.", exception),
            _ => LedgerErrors.Unavailable(
                $"The ledger {_path} cannot be opened: {exception.Message.TrimEnd('.')}.", ChooseAnother, exception),
        };

    public override async ValueTask CloseAsync()
    {
        // Another ledger of this process may use the same pool: only idle connections are closed.
        var connection = new SqliteConnection(_connectionString);
        await using (connection.ConfigureAwait(false))
            SqliteConnection.ClearPool(connection);
    }

    private MessagingException ReadOnlyFile(Exception? cause) => LedgerErrors.Unavailable(
        $"The ledger {_path} cannot be written: it, or its folder, is read-only for this user.",
        "Make the file and its folder writable, or choose another file with Set-MessageLedger -Path.",
        cause);

    /// <summary>What somebody has made read-only stays untouched, even where an administrator could write it all the same.</summary>
    private bool IsReadOnly(string folder)
    {
        const UnixFileMode Write = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (File.Exists(_path) && (File.GetAttributes(_path) & FileAttributes.ReadOnly) != 0)
            return true;

        return !OperatingSystem.IsWindows()
            && ((File.GetUnixFileMode(folder) & Write) == 0 || (File.Exists(_path) && (File.GetUnixFileMode(_path) & Write) == 0));
    }

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
}
