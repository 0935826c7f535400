using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// The columns of the row that a reader of a file stands on, asked of SQLite itself. The driver's way counts a reference to the statement
/// up and down at every question, and an entry has 26 columns: of 100,000 entries that was half of the time.
/// </summary>
internal readonly struct SqliteRow
{
    // https://sqlite.org/c3ref/c_blob.html
    private const int Null = 5;

    private readonly nint _statement;

    /// <param name="reader">Stands on a row, and outlives this.</param>
    public SqliteRow(SqliteDataReader reader) => _statement = reader.Handle!.DangerousGetHandle();

    /// <summary>Whether there is no value.</summary>
    public bool IsNull(int column) => sqlite3_column_type(_statement, column) == Null;

    /// <summary>A number; 0 where there is no value.</summary>
    public long Number(int column) => sqlite3_column_int64(_statement, column);

    /// <summary>Copies a text as UTF-8.</summary>
    /// <param name="column">The column.</param>
    /// <param name="buffer">Takes it; a longer one takes its place where it has no room.</param>
    /// <returns>How many bytes it has.</returns>
    public int CopyText(int column, ref byte[] buffer)
    {
        nint bytes = sqlite3_column_text(_statement, column);
        int length = sqlite3_column_bytes(_statement, column);
        if (length > buffer.Length)
            buffer = new byte[length * 2];
        if (length > 0)
            Marshal.Copy(bytes, buffer, 0, length);
        return length;
    }

    // https://sqlite.org/c3ref/column_blob.html
    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_column_type(nint statement, int column);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern long sqlite3_column_int64(nint statement, int column);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern nint sqlite3_column_text(nint statement, int column);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int sqlite3_column_bytes(nint statement, int column);
}
