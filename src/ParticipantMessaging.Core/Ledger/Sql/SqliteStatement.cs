using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// A prepared statement of a file, for what every message costs: a claim and an outcome. Its values are bound by their places, and only those
/// that have changed, which are few; the driver's own command looks each of two dozen up by its name, and makes three objects for it.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;
    private readonly object?[] _bound;

    /// <param name="connection">The open connection; outlives the statement.</param>
    /// <param name="sql">One statement that writes and gives no rows.</param>
    /// <param name="parameters">Its parameters. Later values have the same names in the same places.</param>
    public SqliteStatement(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, sql, out _statement), _database);
        _places = new int[parameters.Length];
        _bound = new object?[parameters.Length];
        int known = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            _places[i] = raw.sqlite3_bind_parameter_index(_statement, parameters[i].Name);
            if (_places[i] > 0) known++;
        }

        if (known == raw.sqlite3_bind_parameter_count(_statement)) return;
        _statement.Dispose();
        throw new InvalidOperationException("A parameter of the statement has no value.");
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="parameters">All of its parameters.</param>
    /// <returns>The number of the row that it has inserted, for one that does; null when it has written none. And how many rows it has written.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public (long? Inserted, int Written) Run(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            // What is bound stays so from one run to the next; at first that is nothing, as NULL.
            if (_places[i] == 0 || Equals(_bound[i], parameters[i].Value)) continue;
            Bind(_places[i], parameters[i].Value);
            _bound[i] = parameters[i].Value;
        }

        try
        {
            int step = raw.sqlite3_step(_statement);
            if (step != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(step, _database);
            int written = raw.sqlite3_changes(_database);
            return (written > 0 ? raw.sqlite3_last_insert_rowid(_database) : null, written);
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    public void Dispose() => _statement.Dispose();

    private void Bind(int place, object? value)
    {
        int result = value switch
        {
            null => raw.sqlite3_bind_null(_statement, place),
            string text => raw.sqlite3_bind_text(_statement, place, text),
            long number => raw.sqlite3_bind_int64(_statement, place, number),
            int number => raw.sqlite3_bind_int64(_statement, place, number),
            _ => throw new ArgumentException($"A {value.GetType().Name} cannot be bound.", nameof(value)),
        };
        SqliteException.ThrowExceptionForRC(result, _database);
    }
}
