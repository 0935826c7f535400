using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Ledger;

/// <summary>One connection with its prepared statements, and the transaction that is under way on it.</summary>
internal sealed class LedgerSession : IAsyncDisposable
{
    private readonly SqlDialect _dialect;
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    // By the text's identity: what runs for every message is put together once (see SqlDialect), and is long.
    private readonly Dictionary<string, SqliteStatement> _statements = new(ReferenceEqualityComparer.Instance);
    private DbTransaction? _transaction;

    private LedgerSession(SqlDialect dialect, DbConnection connection)
    {
        _dialect = dialect;
        Connection = connection;
    }

    public DbConnection Connection { get; }

    /// <summary>Of the ledger; see <see cref="SqlDialect.Location"/>.</summary>
    public string Location => _dialect.Location;

    public static async Task<LedgerSession> OpenAsync(SqlDialect dialect, CancellationToken cancellationToken)
        => new(dialect, await dialect.ConnectAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Begins a transaction that may write; on SQLite it takes the write lock at once.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
        => _transaction = await Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);

    public async Task CommitAsync()
    {
        await _transaction!.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
        _transaction = null;
    }

    /// <summary>Undoes what is under way, if anything; a broken connection has undone it already.</summary>
    public async Task RollbackAsync()
    {
        if (_transaction is not { } transaction)
            return;

        _transaction = null;
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException or IOException)
        {
            // Nothing is committed, whatever this says.
        }
    }

    /// <summary>The prepared statement, without parameters yet. One at a time: it is used again the next time.</summary>
    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out DbCommand? command))
        {
            command = Connection.CreateCommand();
            command.CommandText = sql;
            if (_dialect.KeepsCommands)
                _commands.Add(sql, command);
        }

        command.Transaction = _transaction;
        for (int at = 0; at < parameters.Length; at++)
            SetParameter(command, at, parameters[at].Name, parameters[at].Value ?? DBNull.Value);
        while (command.Parameters.Count > parameters.Length)
            command.Parameters.RemoveAt(command.Parameters.Count - 1);
        return command;
    }

    // A statement that is used again has the same names in the same places: only the values are new.
    private static void SetParameter(DbCommand command, int at, string name, object value)
    {
        if (at < command.Parameters.Count)
        {
            DbParameter known = command.Parameters[at];
            if (string.Equals(known.ParameterName, name, StringComparison.Ordinal))
            {
                known.Value = value;
                return;
            }

            while (command.Parameters.Count > at)
                command.Parameters.RemoveAt(command.Parameters.Count - 1);
        }

        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    public DbCommand CommandWithTexts(string sql, string list, IReadOnlyCollection<string> values, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        DbCommand command = Command(sql, parameters);
        _dialect.AddTexts(command, list, values);
        return command;
    }

    public DbCommand CommandWithNumbers(string sql, string list, IReadOnlyCollection<long> values, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        DbCommand command = Command(sql, parameters);
        _dialect.AddNumbers(command, list, values);
        return command;
    }

    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params ReadOnlySpan<(string Name, object? Value)> parameters)
        => Command(sql, parameters).ExecuteNonQueryAsync(cancellationToken);

    public Task<long> ScalarAsync(string sql, CancellationToken cancellationToken, params ReadOnlySpan<(string Name, object? Value)> parameters)
        => ScalarAsync(Command(sql, parameters), cancellationToken);

    public static async Task<long> ScalarAsync(DbCommand command, CancellationToken cancellationToken)
        => Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) ?? 0L, CultureInfo.InvariantCulture);

    /// <summary>All rows that a command reads, each as what is made of it.</summary>
    public static async Task<List<T>> ReadAllAsync<T>(DbCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Runs what each message costs, a statement that the dialect keeps: gives the number of the row that it inserts (null for none), and how many rows it has written.</summary>
    public Task<(long? Inserted, int Written)> RunKeptAsync(string sql, CancellationToken cancellationToken, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (Connection is not SqliteConnection file)
            return RunAsync(Command(sql, parameters), cancellationToken);

        if (!_statements.TryGetValue(sql, out SqliteStatement? statement))
            _statements.Add(sql, statement = new SqliteStatement(file, sql, parameters));
        return Task.FromResult(statement.Run(parameters));
    }

    private static async Task<(long? Inserted, int Written)> RunAsync(DbCommand command, CancellationToken cancellationToken)
    {
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            long? number = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetInt64(0) : null;
            await reader.CloseAsync().ConfigureAwait(false);
            return (number, reader.RecordsAffected);
        }
    }

    /// <summary>
    /// Runs statements as one question, in one transaction of its own, in their order; gives of each the number of the row that it inserts (null for
    /// none), and how many rows it has written.
    /// </summary>
    public async Task<IReadOnlyList<(long? Inserted, int Written)>> RunTogetherAsync(IReadOnlyList<LedgerStatement> statements, CancellationToken cancellationToken)
    {
        DbBatch batch = Connection.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            foreach (LedgerStatement statement in statements)
            {
                DbBatchCommand command = batch.CreateBatchCommand();
                command.CommandText = statement.Sql;
                foreach ((string name, object? value) in statement.Values)
                {
                    DbParameter parameter = command.CreateParameter();
                    parameter.ParameterName = name;
                    parameter.Value = value ?? DBNull.Value;
                    command.Parameters.Add(parameter);
                }

                batch.BatchCommands.Add(command);
            }

            long?[] numbers = new long?[statements.Count];
            DbDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                // A statement that returns nothing has no place among the results.
                for (int at = 0; at < statements.Count; at++)
                {
                    if (!statements[at].ReturnsNumber)
                        continue;

                    if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        numbers[at] = reader.GetInt64(0);
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }

                // Not before its end is it committed.
                await reader.CloseAsync().ConfigureAwait(false);
            }

            return [.. numbers.Select((number, at) => (number, batch.BatchCommands[at].RecordsAffected))];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RollbackAsync().ConfigureAwait(false);
        foreach (SqliteStatement statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        foreach (DbCommand command in _commands.Values)
            await command.DisposeAsync().ConfigureAwait(false);
        _commands.Clear();
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A statement with its values.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="ReturnsNumber">Whether it gives the number of the row that it inserts.</param>
/// <param name="Values">Its parameters.</param>
internal readonly record struct LedgerStatement(string Sql, bool ReturnsNumber, (string Name, object? Value)[] Values);
