using System.Data.Common;

namespace ParticipantMessaging.Ledger;

/// <summary>The few things in which the two databases differ.</summary>
internal abstract class SqlDialect
{
    private (string One, string Many)? _settle;
    private (string One, string Many)? _settleFailed;

    /// <summary>Where the ledger is, for people.</summary>
    public abstract string Location { get; }

    /// <summary>How long a write is tried again when the database is locked by others or is being restarted.</summary>
    public abstract TimeSpan Patience { get; }

    /// <summary>The same while it is being opened, when nothing is at stake yet and a person waits.</summary>
    public abstract TimeSpan OpeningPatience { get; }

    /// <summary>Definition of a primary key whose numbers are never given twice.</summary>
    public abstract string IdentityColumn { get; }

    /// <summary>Statement that makes a column of 32 bits one of 64; null where it holds them already.</summary>
    public abstract string? WidenColumn(string table, string column);

    /// <summary>Whether damage is found by comparing entries with indexes: true for a file, which anything may change; a server sees to its own.</summary>
    public abstract bool IsComparedWithIndexes { get; }

    /// <summary>Statement that keeps others from creating or migrating the tables at the same time; null when a transaction does.</summary>
    public abstract string? MigrationLock { get; }

    /// <summary>Whether several statements are one question, answered and committed together: so it is with a server, where each question costs the way there and back.</summary>
    public abstract bool AsksTogether { get; }

    /// <summary>Whether other computers use it, too.</summary>
    public virtual bool IsShared => false;

    /// <summary>
    /// Where it asks together: what stands before a run's claims within their question (<c>@run</c>), and how the run raises its fence, which waits
    /// for nobody and gives back its height, and whether no question of the run was under way. A statement of one that comes later writes nothing.
    /// </summary>
    public virtual (string Pass, string Raise)? Fence => null;

    /// <summary>See <see cref="EntryStatements.InsertOneSql"/>, within a question.</summary>
    public string InsertOneBehindFence => field ??= EntryStatements.InsertOneSql(this, unlessRepeated: false, behindFence: true);

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

    /// <summary>How a row is written unless the unique index has it already: the statement's first word, and what stands behind the values.</summary>
    public abstract (string Insert, string OnConflict) InsertUnlessThere { get; }

    /// <summary>What makes a statement that inserts one row give its number; nothing where the connection knows it.</summary>
    public abstract string ReturningNumber { get; }

    /// <summary>See <see cref="EntryStatements.InsertOneSql"/>; put together once.</summary>
    public string InsertOne => field ??= EntryStatements.InsertOneSql(this, unlessRepeated: false);

    /// <summary>See <see cref="EntryStatements.InsertOneSql"/>.</summary>
    public string InsertOneUnlessRepeated => field ??= EntryStatements.InsertOneSql(this, unlessRepeated: true);

    /// <summary>See <see cref="EntryStatements.InsertManySql"/>.</summary>
    public string InsertMany => field ??= EntryStatements.InsertManySql(this, unlessRepeated: false);

    /// <summary>See <see cref="EntryStatements.InsertManySql"/>.</summary>
    public string InsertManyUnlessRepeated => field ??= EntryStatements.InsertManySql(this, unlessRepeated: true);

    /// <summary>See <see cref="EntryStatements.SettleSql"/>.</summary>
    public (string One, string Many) Settle => _settle ??= EntryStatements.SettleSql(this, failed: false);

    /// <summary>See <see cref="EntryStatements.SettleSql"/>.</summary>
    public (string One, string Many) SettleFailed => _settleFailed ??= EntryStatements.SettleSql(this, failed: true);

    /// <summary>Makes sure that there is a place for it: folder, file, permissions. A new file is whole from its first moment on.</summary>
    public abstract Task PrepareAsync(IReadOnlyList<IReadOnlyList<string>> schema, CancellationToken cancellationToken);

    /// <summary>Whether tables may be made where there are none; else a place without tables is no new ledger but a broken one.</summary>
    public abstract bool MayCreateTables { get; }

    /// <summary>Looks at what the runs of before have left, within the transaction that opens it: is it whole?</summary>
    /// <param name="session">The session.</param>
    /// <param name="isMarkedOpen">A run has it open, or had it and never said that it ended.</param>
    /// <param name="hasCrashed">One of these runs is gone.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public virtual Task CheckOpeningAsync(LedgerSession session, bool isMarkedOpen, bool hasCrashed, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Looks, before tables are made, whether the ledger that is meant is not another one.</summary>
    public virtual Task CheckNewAsync(LedgerSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether what failed may have been another run that began in the same moment, so that it is worth looking again.</summary>
    public virtual bool MayLookAgain => false;

    /// <summary>After the run has been noted: so that the note is where a lost log does not take it along.</summary>
    public virtual Task AfterOpeningAsync(LedgerSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anybody relies on its entries: compares them with the indexes by which they are found.</summary>
    public virtual Task CheckEntriesAsync(LedgerSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether what is written is still what lies at its place; asked in every transaction, before and after.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: it is not.</exception>
    public virtual void Verify(DbConnection connection)
    {
    }

    /// <summary>Whether there is no room to write.</summary>
    public virtual bool IsFull(Exception exception) => false;

    /// <summary>Gives up what was kept back for a full disk.</summary>
    public virtual Task MakeRoomAsync(LedgerSession? session, Exception exception) => Task.CompletedTask;

    /// <summary>After entries were deleted: takes what is left of them in unused room away. What others hold is not waited for.</summary>
    /// <param name="isAlone">No other run has it open.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public virtual Task ForgetDeletedAsync(bool isAlone, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The run could not say that it has ended, or another one has not: what belongs to it must stay, whoever closes last.</summary>
    public virtual void LeaveUnended()
    {
    }

    /// <summary>Opens a connection.</summary>
    public abstract Task<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>A list of values as a table with one column <c>value</c>, in place of <paramref name="parameter"/>.</summary>
    public abstract string TextList(string parameter);

    /// <summary>The condition that a column's text is one of a list, behind the column's name, in a form whose index the database uses.</summary>
    public abstract string AmongTexts(string parameter);

    /// <summary>The same for numbers.</summary>
    public abstract string AmongNumbers(string parameter);

    /// <summary>The entries, as <c>e</c>, of a list's recipients for which a condition holds, behind FROM: each found by its recipient, however many others there are.</summary>
    public abstract string EntriesOf(string parameter, string condition);

    /// <summary>Joins entries (<c>e</c>) with their runs (<c>r</c>).</summary>
    public virtual string WithRun => "JOIN ledger_run r ON r.id = e.run_id";

    /// <summary>The condition, behind another one, that an entry's run is not known; empty where that is damage and nothing else.</summary>
    public virtual string OrOfNoRun => "";

    /// <summary>Adds the parameter for <see cref="TextList"/> and <see cref="AmongTexts"/>.</summary>
    public abstract void AddTexts(DbCommand command, string parameter, IReadOnlyCollection<string> values);

    /// <summary>Adds the parameter for <see cref="AmongNumbers"/>.</summary>
    public abstract void AddNumbers(DbCommand command, string parameter, IReadOnlyCollection<long> values);

    /// <summary>Whether the same may work when it is tried again.</summary>
    public abstract bool IsTransient(Exception exception);

    /// <summary>Whether the connection can no longer be used.</summary>
    public abstract bool IsConnectionLost(DbConnection connection, Exception exception);

    /// <summary>Says what happened in words for a researcher.</summary>
    public abstract MessagingException Explain(Exception exception);

    /// <summary>A claim was refused again and again, and nothing is there that stands in its way.</summary>
    public virtual MessagingException Contradicted
        => LedgerErrors.Unavailable("Several runs keep claiming the same people at the same moment.", "Try again when the other runs are done.");

    /// <summary>Closes what it keeps open.</summary>
    public abstract ValueTask CloseAsync();
}
