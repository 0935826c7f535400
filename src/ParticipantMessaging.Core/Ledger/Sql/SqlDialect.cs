using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>The few things in which the two databases differ.</summary>
internal abstract class SqlDialect
{
    /// <summary>Where the ledger is, for people.</summary>
    public abstract string Location { get; }

    /// <summary>How long a write is tried again when the database is locked by others or is being restarted.</summary>
    public abstract TimeSpan Patience { get; }

    /// <summary>The same while it is being opened, when nothing is at stake yet and a person waits.</summary>
    public abstract TimeSpan OpeningPatience { get; }

    /// <summary>Definition of a primary key whose numbers are never given twice.</summary>
    public abstract string IdentityColumn { get; }

    /// <summary>Statement that keeps others from creating or migrating the tables at the same time; null when a transaction does.</summary>
    public abstract string? MigrationLock { get; }

    /// <summary>Whether a command object keeps its prepared statement, and is used again; else the driver prepares by itself, by the text.</summary>
    public abstract bool KeepsCommands { get; }

    /// <summary>Counts the tables that are the ledger's version table (parameter <c>@name</c>).</summary>
    public abstract string CountTable { get; }

    /// <summary>Counts whatever else lies there, to recognise a database that is no ledger; null when that is all right.</summary>
    public abstract string? CountForeign { get; }

    /// <summary>Current time of the database in milliseconds since 1970, so that the leases of several computers use one clock; null: use the own clock.</summary>
    public abstract string? CurrentTime { get; }

    /// <summary>The time of an entry within a statement: the database's, or the parameter <c>@now</c>.</summary>
    public abstract string Now { get; }

    /// <summary>Statement that makes claims of one text (<c>@key</c>) wait for each other until the transaction ends; null when every transaction waits for the one before.</summary>
    public abstract string? TextLock { get; }

    /// <summary>See <see cref="EntryStatements.InsertOneSql"/>; put together once.</summary>
    public string InsertOne => field ??= EntryStatements.InsertOneSql(this, unlessRepeated: false);

    /// <summary>See <see cref="EntryStatements.InsertOneSql"/>.</summary>
    public string InsertOneUnlessRepeated => field ??= EntryStatements.InsertOneSql(this, unlessRepeated: true);

    /// <summary>See <see cref="EntryStatements.InsertManySql"/>.</summary>
    public string InsertMany => field ??= EntryStatements.InsertManySql(this, unlessRepeated: false);

    /// <summary>See <see cref="EntryStatements.InsertManySql"/>.</summary>
    public string InsertManyUnlessRepeated => field ??= EntryStatements.InsertManySql(this, unlessRepeated: true);

    /// <summary>Writes the outcome of one entry.</summary>
    public string SettleOne => field ??= EntryStatements.SettleSql(this).One;

    /// <summary>Writes the outcome of a list of entries.</summary>
    public string SettleMany => field ??= EntryStatements.SettleSql(this).Many;

    /// <summary>Makes sure that there is a place for it: folder, file, permissions.</summary>
    public abstract void Prepare();

    /// <summary>Opens a connection.</summary>
    public abstract Task<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>A list of values as a table with one column <c>value</c>, in place of <paramref name="parameter"/>.</summary>
    public abstract string TextList(string parameter);

    /// <summary>The same for numbers.</summary>
    public abstract string NumberList(string parameter);

    /// <summary>Adds the parameter for <see cref="TextList"/>.</summary>
    public abstract void AddTexts(DbCommand command, string parameter, IReadOnlyCollection<string> values);

    /// <summary>Adds the parameter for <see cref="NumberList"/>.</summary>
    public abstract void AddNumbers(DbCommand command, string parameter, IReadOnlyCollection<long> values);

    /// <summary>Whether the same may work when it is tried again.</summary>
    public abstract bool IsTransient(Exception exception);

    /// <summary>Whether the connection can no longer be used.</summary>
    public abstract bool IsConnectionLost(DbConnection connection, Exception exception);

    /// <summary>Says what happened in words for a researcher.</summary>
    public abstract MessagingException Explain(Exception exception);

    /// <summary>Closes what it keeps open.</summary>
    public abstract ValueTask CloseAsync();
}
