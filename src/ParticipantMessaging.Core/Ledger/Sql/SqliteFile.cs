using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// The file of a ledger and the files beside it: <c>-wal</c> and <c>-shm</c> are SQLite's, <c>-reserve</c> is room that is given up when
/// the disk is full. A name is not trusted: what lies there must be whole, and stay the file that was opened.
/// </summary>
internal sealed class SqliteFile(string path, bool makesFolder)
{
    /// <summary>Enough for the outcomes of what is in flight (the log's own room is used again), and for SQLite to be able to read at all.</summary>
    private const int MostReserve = 1024 * 1024;
    private const int LeastReserve = 32 * 1024;

    private const string RestoreOrBegin =
        "Restore the ledger from a backup, all of its files together (docs/reliability.md says how). Only if it never held an entry: delete what is left of it, and a new one is begun; nothing is known then of who already has a message.";

    private const string SayItIsWhole = "UPDATE ledger_run SET is_open = 0";

    // Connections that stay open on purpose: see LeaveLog.
    private static readonly List<(string Path, SqliteConnection Connection)> Left = [];

    private bool _logWasThere;

    /// <summary>A log was missing that should be there. It may also have been made by another run since it was looked for.</summary>
    public bool LogWasMissing { get; private set; }

    private string Log => path + "-wal";

    private string Reserve => path + "-reserve";

    /// <summary>Looks at what is there before SQLite does (which would make what is missing).</summary>
    /// <returns>True when there is no ledger yet.</returns>
    public bool Inspect()
    {
        if (Directory.Exists(path))
            throw LedgerErrors.Unavailable($"The ledger {path} is a folder, not a file.", LedgerErrors.ChooseAnotherFile);

        string folder = Path.GetDirectoryName(path)!;
        if (!makesFolder && !Directory.Exists(folder))
        {
            throw LedgerErrors.Unavailable(
                $"The ledger {path} cannot be opened: its folder is not there.",
                $"If it is on a drive, connect the drive. To begin a new ledger there, choose it again with {Wording.By(Job.ChooseLedger, "Path")}.");
        }

        UserFolders.Create(folder);
        if (IsReadOnly(folder))
            throw ReadOnlyFile(null);

        // What lies beside it first: whoever begins or ends a ledger meanwhile makes it after the file and removes it before.
        var log = new FileInfo(Log);
        bool logIsThere = log.Exists;
        bool reserveIsThere = File.Exists(Reserve);
        _logWasThere = logIsThere && log.Length > 0;
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            if (logIsThere) throw LedgerErrors.Unavailable($"The ledger {path} is gone, but its log ({Log}) is there: the file was deleted or moved.", RestoreOrBegin);
            if (reserveIsThere) throw LedgerErrors.Unavailable($"The ledger {path} is gone, but {Reserve}, which lies beside each, is there: the file was deleted or moved.", RestoreOrBegin);
            return true;
        }

        return file.Length > 0 ? false : throw LedgerErrors.Unavailable($"The ledger {path} is empty: it has no byte.", RestoreOrBegin);
    }

    /// <summary>Makes an empty file that only its user can read. SQLite gives its side files the same permissions.</summary>
    public static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }

    /// <summary>Puts a new ledger into its place, whole; another run may have been quicker, then its ledger is it.</summary>
    public void Place(string draft)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    /// <summary>A run is noted in the file itself as having it open, and there is no log: somebody took it away, and what was in it is lost.</summary>
    public void RequireLog(bool isMarkedOpen)
    {
        LogWasMissing = isMarkedOpen && !_logWasThere;
        if (LogWasMissing)
        {
            throw LedgerErrors.Unavailable(
                $"The ledger {path} is not whole: a run had it open, and its log ({Log}) was taken away. Entries may be missing, which would send their messages again.",
                // A viewer that is closed last does that, and nobody can tell it from a log that was deleted.
                $"Put the log back beside it, or restore the ledger from a backup, all of its files together (docs/reliability.md says how). Only if it was opened in a database viewer since that run (DB Browser, sqlite3), nothing is missing: the viewer has written the log into the file. Then say '{SayItIsWhole}' in the viewer, and run the command again.");
        }
    }

    /// <summary>What is about to be written, or was just written, must be the file that lies there, with its log.</summary>
    public void Verify(SqliteConnection connection)
    {
        int moved = 0;
        if (sqlite3_file_control(connection.Handle!, 0, HasMoved, ref moved) == 0 && moved != 0)
        {
            throw LedgerErrors.Unavailable(
                $"The ledger {path} was deleted, moved or replaced while it was in use. What was written since is not in it.",
                $"Put the file back as it was, with its -wal file, and look with {Wording.By(Job.ListSent)} at what it knows before anything is sent again.");
        }

        if (!File.Exists(Log))
        {
            throw LedgerErrors.Unavailable(
                $"The log of the ledger {path} ({Log}) was deleted or moved while it was in use. What was written since is not in it.",
                $"Put the file back, and look with {Wording.By(Job.ListSent)} at what the ledger knows before anything is sent again.");
        }
    }

    /// <summary>Keeps some room back for the day when the disk is full; less on a small disk.</summary>
    public void KeepReserve()
    {
        try
        {
            if (new FileInfo(Reserve) is { Exists: true, Length: >= LeastReserve })
                return;

            long size = Math.Min(MostReserve, new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace / 4);
            if (size < LeastReserve)
                return;

            // Zeros might take no room.
            File.Delete(Reserve);
            Create(Reserve);
            File.WriteAllBytes(Reserve, RandomNumberGenerator.GetBytes((int)size));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It is a comfort, no condition.
        }
    }

    /// <summary>Gives the room back; false when there was none.</summary>
    public bool GiveUpReserve()
    {
        try
        {
            if (!File.Exists(Reserve))
                return false;

            File.Delete(Reserve);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// The run could not say that it has ended, and the file says that a log belongs to it: the last connection must not tidy the log away.
    /// One stays open until this process opens it anew, or ends, which tidies nothing.
    /// </summary>
    public void LeaveLog(string connectionString)
    {
        try
        {
            var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM sqlite_master";
            command.ExecuteScalar();
            lock (Left)
                Left.Add((path, connection));
        }
        catch (SqliteException)
        {
            // It cannot even be read: nothing will be tidied either.
        }
    }

    /// <summary>A new run has it open.</summary>
    public void TakeUpLog()
    {
        lock (Left)
        {
            foreach ((string _, SqliteConnection? connection) in Left.FindAll(left => left.Path == path))
                connection.Dispose();
            Left.RemoveAll(left => left.Path == path);
        }
    }

    public MessagingException ReadOnlyFile(Exception? cause) => LedgerErrors.Unavailable(
        $"The ledger {path} cannot be written: it, or its folder, is read-only for this user.",
        $"Make the file and its folder writable, or choose another file with {Wording.By(Job.ChooseLedger, "Path")}.",
        cause);

    /// <summary>What somebody has made read-only stays untouched, even where an administrator could write it all the same.</summary>
    private bool IsReadOnly(string folder)
    {
        const UnixFileMode Write = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (File.Exists(path) && (File.GetAttributes(path) & FileAttributes.ReadOnly) != 0)
            return true;

        return !OperatingSystem.IsWindows()
            && ((File.GetUnixFileMode(folder) & Write) == 0 || (File.Exists(path) && (File.GetUnixFileMode(path) & Write) == 0));
    }

    // https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html: compares the open file's inode with the one at its path. On Windows it is
    // unknown (nothing is filled in), and an open file cannot be moved there.
    private const int HasMoved = 20;

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_file_control(SafeHandle database, nint name, int operation, ref int argument);
}
