using Microsoft.Data.Sqlite;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A ledger that cannot be used says so before anything leaves, and nothing that was written is lost.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_in_place_of_the_file()
    {
        Directory.CreateDirectory(_folder.File());
        Assert.Contains("folder", (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");
        await FailsAsync(Path.Combine(_folder.File("file"), "ledger.db"));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_not_replaced_by_an_empty_ledger()
    {
        Assert.Contains("folder is not there", (await FailsAsync(Path.Combine(_folder.Path, "drive", "ledger.db"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "drive")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_read_only_is_not_written_even_by_an_administrator(bool isFile)
    {
        if (OperatingSystem.IsWindows())
            return;

        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "kept")).FullName;
        string path = Path.Combine(folder, "ledger.db");
        await (await OpenAsync(path)).DisposeAsync();
        File.SetUnixFileMode(isFile ? path : folder, UnixFileMode.UserRead | (isFile ? UnixFileMode.None : UnixFileMode.UserExecute));
        try
        {
            Assert.Contains("read-only", (await FailsAsync(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_file_that_is_damaged_is_left_as_it_is(int offset)
    {
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.ClaimAsync(Many(2_000), new ClaimOptions(), default);
        await OverwriteAsync(offset);
        byte[] before = await File.ReadAllBytesAsync(_folder.File());

        Assert.Contains("damaged", (await FailsAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File()));
    }

    [Fact]
    public async Task Damage_further_inside_stops_the_claim_that_meets_it()
    {
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.ClaimAsync(Many(2_000), new ClaimOptions(), default);
        for (int offset = 3 * 4_096; offset < new FileInfo(_folder.File()).Length; offset += 4_096)
            await OverwriteAsync(offset);

        await using var damaged = new SqlLedger(new SqliteDialect(_folder.File()), TimeProvider.System);
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () =>
        {
            await damaged.OpenAsync(default);
            await damaged.ClaimAsync(Many(2_000), new ClaimOptions(), default);
        });
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
    }

    [Fact]
    public async Task Another_programs_database_is_left_alone()
    {
        Execute("CREATE TABLE mine (id INTEGER)");
        Assert.Contains("not a ledger", (await FailsAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(1, Scalar("SELECT count(*) FROM sqlite_master"));
    }

    [Fact]
    public async Task A_newer_version_is_left_alone()
    {
        await using (await OpenAsync())
        {
        }

        Execute("UPDATE ledger_version SET version = version + 1");
        MessagingException error = await FailsAsync();
        Assert.Contains("newer version", error.Message, StringComparison.Ordinal);
        Assert.Contains("Update", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_version_is_migrated_and_keeps_its_entries()
    {
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.ClaimOneAsync(Claim(1));

        // The step that a later version might take.
        IReadOnlyList<IReadOnlyList<string>> later = [.. LedgerSchema.Steps, ["ALTER TABLE ledger_entry ADD COLUMN note TEXT", "UPDATE ledger_entry SET note = 'migrated'"]];
        await using (var ledger = new SqlLedger(new SqliteDialect(_folder.File()), TimeProvider.System, null, later))
        {
            await ledger.OpenAsync(default);
            Assert.False((await ledger.ClaimOneAsync(Claim(1))).IsGranted);
        }

        Assert.Equal(1, Scalar("SELECT count(*) FROM ledger_entry WHERE note = 'migrated'"));
        Assert.Equal(later.Count, Scalar("SELECT version FROM ledger_version"));
        Assert.Contains("newer version", (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_older_version_whole()
    {
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.ClaimOneAsync(Claim(1));
        IReadOnlyList<IReadOnlyList<string>> broken = [.. LedgerSchema.Steps, ["ALTER TABLE ledger_entry ADD COLUMN note TEXT", "UPDATE nothing SET x = 1"]];
        await using (var ledger = new SqlLedger(new SqliteDialect(_folder.File()), TimeProvider.System, null, broken))
            await Assert.ThrowsAsync<MessagingException>(() => ledger.OpenAsync(default));

        await using IMessageLedger again = await OpenAsync();
        Assert.False((await again.ClaimOneAsync(Claim(1))).IsGranted);
    }

    [Fact]
    public async Task Several_runs_may_create_it_at_once()
    {
        IMessageLedger[] ledgers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(OpenAsync)));
        ClaimResult[] results = await Task.WhenAll(ledgers.Select(static ledger => ledger.ClaimOneAsync(Claim(1))));
        Assert.Single(results, static result => result.IsGranted);
        foreach (IMessageLedger? ledger in ledgers)
            await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_full_file_grants_nothing_and_goes_on_when_there_is_room()
    {
        await using (var ledger = new SqlLedger(new SqliteDialect(_folder.File(), maxPages: 60), TimeProvider.System))
        {
            await ledger.OpenAsync(default);
            var granted = new List<ClaimResult>();
            MessagingException? full = null;
            for (int first = 0; full is null; first += 100)
            {
                Assert.True(first < 100_000, "It never got full.");
                try
                {
                    granted.AddRange(await ledger.ClaimAsync(Many(100, first: first), new ClaimOptions(), default));
                }
                catch (MessagingException error)
                {
                    full = error;
                }
            }

            Assert.Equal(MessagingErrorReason.LedgerUnavailable, full.Reason);
            Assert.Contains("full", full.Message, StringComparison.Ordinal);
            Assert.Equal(granted.Count, await ledger.CountAsync(new LedgerQuery(), default));
        }

        await using IMessageLedger roomy = await OpenAsync();
        Assert.Equal(100, (await roomy.ClaimAsync(Many(100, "wave 2"), new ClaimOptions(), default)).Count(static result => result.IsGranted));
    }

    [MountFact]
    public async Task A_disk_that_was_full_and_has_room_again()
    {
        string disk = Directory.CreateDirectory(_folder.File("disk")).FullName;
        MountFactAttribute.Mount(disk, "size=400k");
        try
        {
            string path = Path.Combine(disk, "ledger.db");
            await using (IMessageLedger ledger = await OpenAsync(path))
            {
                MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () =>
                {
                    for (int first = 0; ; first += 500)
                        await ledger.ClaimAsync(Many(500, first: first), new ClaimOptions(), default);
                });
                Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
            }

            MountFactAttribute.Remount(disk, "size=4m");
            await using (IMessageLedger ledger = await OpenAsync(path))
                Assert.True((await ledger.ClaimOneAsync(Claim(1, "after"))).IsGranted);
        }
        finally
        {
            MountFactAttribute.Unmount(disk);
        }
    }

    [MountFact]
    public async Task A_disk_that_may_only_be_read()
    {
        string disk = Directory.CreateDirectory(_folder.File("disk")).FullName;
        MountFactAttribute.Mount(disk, "size=4m");
        try
        {
            string path = Path.Combine(disk, "ledger.db");
            await using (IMessageLedger ledger = await OpenAsync(path))
                Assert.True((await ledger.ClaimOneAsync(Claim(1))).IsGranted);

            MountFactAttribute.Remount(disk, "ro");
            Assert.Contains("writ", (await FailsAsync(path)).Message, StringComparison.Ordinal);
            await FailsAsync(Path.Combine(disk, "new.db"));
            await FailsAsync(Path.Combine(disk, "folder", "new.db"));
        }
        finally
        {
            MountFactAttribute.Unmount(disk);
        }
    }

    [Fact]
    public async Task A_ledger_that_another_program_locks_is_waited_for_and_the_wait_can_be_stopped()
    {
        await using IMessageLedger ledger = await OpenAsync();
        using var other = new SqliteConnection($"Data Source={_folder.File()};Pooling=False");
        other.Open();
        using (SqliteTransaction transaction = other.BeginTransaction())
        {
            using var stop = new CancellationTokenSource();
            Task<IReadOnlyList<ClaimResult>> stopped = ledger.ClaimAsync([Claim(1)], new ClaimOptions(), stop.Token);
            Task<IReadOnlyList<ClaimResult>> waiting = ledger.ClaimAsync([Claim(2)], new ClaimOptions(), default);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
            Assert.False(waiting.IsCompleted);
            transaction.Rollback();
            Assert.True(Assert.Single(await waiting).IsGranted);
        }

        Assert.Equal([Person(2)], (await ledger.ReadAsync()).Select(static entry => entry.ParticipantId));
    }

    [Theory]
    [InlineData(10, 522, "ends too early")]
    [InlineData(10, 266, "error while it is read")]
    [InlineData(10, 778, "error while it is written")]
    [InlineData(10, 1034, "error while it is written")]
    [InlineData(10, 3850, "network shares")]
    [InlineData(10, 5386, "network shares")]
    [InlineData(10, 3082, "no memory")]
    [InlineData(7, 7, "no memory")]
    [InlineData(18, 18, "reports an error")]
    public void What_SQLite_calls_by_a_number_is_said_in_words(int code, int extended, string words)
    {
        MessagingException error = new SqliteDialect(_folder.File()).Explain(new SqliteException("SQLite Error", code, extended));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains($"(SQLite error {extended})", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
    }

    [Fact]
    public async Task Only_its_user_can_read_it()
    {
        if (OperatingSystem.IsWindows())
            return;

        string path = Path.Combine(_folder.Path, "new", "ledger.db");
        await using var ledger = new SqlLedger(new SqliteDialect(path, makesFolder: true), TimeProvider.System);
        await ledger.OpenAsync(default);
        await ledger.ClaimOneAsync(Claim(1));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    private Task<IMessageLedger> OpenAsync() => OpenAsync(_folder.File());

    private static Task<IMessageLedger> OpenAsync(string path)
        => LedgerFactory.OpenAsync(new LedgerSettings { Path = path }, null, null, default);

    private async Task<MessagingException> FailsAsync(string? path = null)
    {
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => OpenAsync(path ?? _folder.File()));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
        return error;
    }

    private async Task OverwriteAsync(int offset)
    {
        await using var stream = new FileStream(_folder.File(), FileMode.Open, FileAccess.Write);
        stream.Position = offset;
        stream.Write([.. Enumerable.Repeat((byte)0xA5, 600)]);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File()};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File()};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
