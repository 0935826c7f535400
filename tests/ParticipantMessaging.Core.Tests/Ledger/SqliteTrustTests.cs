using System.Diagnostics;
using Microsoft.Data.Sqlite;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>The file's name is not trusted: what is at its place must be the file that was opened, whole, with its log.</summary>
public sealed class SqliteTrustTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Ledger => _folder.File();

    private string Log => Ledger + "-wal";

    [Theory]
    [InlineData("deleted")]
    [InlineData("moved")]
    [InlineData("replaced")]
    [InlineData("log deleted")]
    public async Task A_run_whose_file_is_no_longer_at_its_place_stops(string how)
    {
        if (OperatingSystem.IsWindows())
            return;

        IMessageLedger ledger = await OpenAsync();
        ClaimResult held = await ledger.ClaimOneAsync(Claim(1));
        switch (how)
        {
            case "deleted":
                File.Delete(Ledger);
                break;
            case "moved":
                File.Move(Ledger, Ledger + ".old");
                break;
            case "replaced":
                File.Copy(Ledger, Ledger + ".copy");
                File.Move(Ledger + ".copy", Ledger, overwrite: true);
                break;
            default:
                File.Delete(Log);
                break;
        }

        await FailsAsync(() => ledger.ClaimAsync([Claim(2)], new ClaimOptions(), default), "in use");
        await FailsAsync(() => ledger.SettleAsync(held.EntryId, MessageStatus.Sent), "in use");
        await ledger.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_run_does_not_begin_anew_beside_the_log_of_the_first(bool isMoved)
    {
        if (OperatingSystem.IsWindows())
            return;

        IMessageLedger first = await OpenAsync();
        await first.ClaimAsync(Many(50), new ClaimOptions(), default);
        if (isMoved)
            File.Move(Ledger, Ledger + ".old");
        else
            File.Delete(Ledger);

        await FailsAsync(OpenAsync, "its log");
        Assert.False(File.Exists(Ledger));
        await FailsAsync(() => first.ClaimAsync([Claim(60)], new ClaimOptions(), default), "in use");
        await first.DisposeAsync();
    }

    [Fact]
    public async Task A_file_of_yesterday_beside_the_log_of_today_is_damaged()
    {
        if (OperatingSystem.IsWindows())
            return;

        IMessageLedger first = await OpenAsync();
        await first.ClaimAsync(Many(10), new ClaimOptions(), default);
        await first.DisposeAsync();
        File.Copy(Ledger, Ledger + ".yesterday");
        IMessageLedger second = await OpenAsync();
        await second.ClaimAsync(Many(90, first: 100), new ClaimOptions(), default);
        File.Move(Ledger + ".yesterday", Ledger, overwrite: true);
        await FailsAsync(() => second.ClaimAsync(Many(1, first: 300), new ClaimOptions(), default), "in use");

        await second.DisposeAsync();
        await FailsAsync(
            async () =>
            {
                await using IMessageLedger third = await OpenAsync();
                await third.ClaimAsync(Many(90, first: 100), new ClaimOptions(), default);
            },
            "damaged");
    }

    [Fact]
    public async Task A_ledger_of_which_only_the_reserve_is_left_is_not_begun_anew()
    {
        IMessageLedger first = await OpenAsync();
        await first.ClaimAsync(Many(5), new ClaimOptions(), default);
        await first.DisposeAsync();
        File.Delete(Ledger);

        await FailsAsync(OpenAsync, "gone");
        Assert.False(File.Exists(Ledger));
        File.Delete(Ledger + "-reserve");
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_file_without_a_byte_is_no_new_ledger()
    {
        await File.WriteAllTextAsync(Ledger, "");
        await FailsAsync(OpenAsync, "empty");
        Assert.Equal(0, new FileInfo(Ledger).Length);
    }

    [Fact]
    public async Task A_file_without_tables_is_no_new_ledger()
    {
        // What was left of a ledger whose process was killed and whose log was deleted.
        using (var connection = new SqliteConnection($"Data Source={Ledger};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL; CREATE TABLE t (x); DROP TABLE t; VACUUM;";
            command.ExecuteNonQuery();
        }

        Assert.Equal(4_096, new FileInfo(Ledger).Length);
        await FailsAsync(OpenAsync, "no tables");
    }

    [Fact]
    public async Task A_ledger_is_whole_from_its_first_moment_on()
    {
        await using IMessageLedger ledger = await OpenAsync();

        // The file alone, as a backup that knows nothing of SQLite would take it: tables and the run are in it.
        File.Copy(Ledger, _folder.File("copy.db"));
        Assert.Equal(1, Scalar(_folder.File("copy.db"), "SELECT count(*) FROM ledger_run WHERE is_open = 1"));
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), file => Path.GetFileName(file).StartsWith("ledger.db.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_was_taken_away_from_a_killed_run_is_missed()
    {
        await KillAsync();
        File.Delete(Log);
        for (int attempt = 0; attempt < 2; attempt++)
            await FailsAsync(OpenAsync, "not whole");
    }

    [Fact]
    public async Task A_log_that_a_viewer_has_carried_over_is_missed_and_the_error_says_how_the_ledger_is_opened_again()
    {
        await KillAsync();
        long entries = Scalar(Ledger, "SELECT count(*) FROM ledger_entry");
        Assert.False(File.Exists(Log));
        await FailsAsync(OpenAsync, "not whole");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(OpenAsync);
        Assert.Contains("database viewer", error.RecommendedAction, StringComparison.Ordinal);

        string[] quoted = error.RecommendedAction.Split('\'');
        _ = Scalar(Ledger, quoted[1] + " RETURNING 1");
        await using IMessageLedger ledger = await OpenAsync();
        List<SentMessage> kept = await ledger.ReadAsync();
        Assert.Equal(entries, kept.Count);
        Assert.InRange(entries, 9, 40);
        Assert.DoesNotContain(kept, static entry => entry.Status == MessageStatus.Sending);
    }

    [Fact]
    public async Task The_file_alone_from_a_backup_of_a_running_ledger_is_not_whole()
    {
        IMessageLedger ledger = await OpenAsync();
        await ledger.ClaimAsync(Many(50), new ClaimOptions(), default);
        string copy = _folder.File("restored.db");
        File.Copy(Ledger, copy);
        await ledger.DisposeAsync();
        await FailsAsync(() => OpenAsync(copy), "not whole");
    }

    [Fact]
    public async Task A_killed_run_is_no_reason_to_refuse_and_neither_are_runs_that_cannot_be_seen()
    {
        await KillAsync();
        await using (IMessageLedger ledger = await OpenAsync())
            Assert.InRange(await ledger.CountAsync(new LedgerQuery { Statuses = [MessageStatus.Sent] }, default), 5, 40);

        // A container that was killed; the next one, with processes of its own, ends well: the log is tidied away.
        var container = new SqlLedger(new SqliteDialect(Ledger), TimeProvider.System, new RunIdentity("linux|m|b|pid:[1]", "container", 1, 1));
        await container.OpenAsync(default);
        await container.ClaimOneAsync(Claim(2));
        await container.DropAsync();
        await using (await OpenAsync())
        {
        }

        await using (IMessageLedger ledger = await OpenAsync())
            Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { StudyIds = [Study] }, default));
    }

    [Fact]
    public async Task Runs_that_begin_and_end_beside_each_other_never_miss_a_log()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (int round = 0; round < 15; round++)
            {
                await using IMessageLedger ledger = await OpenAsync();
                if (round % 3 == 0)
                    await ledger.ClaimOneAsync(Claim((worker * 100) + round));
            }
        })));
    }

    [Fact]
    public async Task A_stop_while_it_is_being_opened_leaves_it_whole()
    {
        // At any moment of the opening, after the run was noted too.
        for (int round = 0; round < 60; round++)
        {
            using var stop = new CancellationTokenSource();
            Task<IMessageLedger> opening = LedgerFactory.OpenAsync(new LedgerSettings { Path = Ledger }, null, null, stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(round / 4.0));
            await stop.CancelAsync();
            try
            {
                await (await opening).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
            }
        }

        await using IMessageLedger ledger = await OpenAsync();
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery(), default));
    }

    [Fact]
    public async Task A_run_that_could_not_say_that_it_ended_leaves_its_log()
    {
        IMessageLedger ledger = await OpenAsync();
        await ledger.ClaimOneAsync(Claim(1));
        using (var other = new SqliteConnection($"Data Source={Ledger};Pooling=False"))
        {
            other.Open();
            using SqliteTransaction transaction = other.BeginTransaction();
            var watch = Stopwatch.StartNew();
            await ledger.DisposeAsync();
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
        }

        Assert.True(File.Exists(Log));
        await using IMessageLedger next = await OpenAsync();
        Assert.Equal(1, await next.CountAsync(new LedgerQuery(), default));
    }

    [Fact]
    public async Task What_a_run_of_this_process_left_that_could_not_say_that_it_ended_is_unknown_to_the_next()
    {
        IMessageLedger first = await OpenAsync();
        await first.ClaimAsync(Many(3), new ClaimOptions(), default);
        using (var other = new SqliteConnection($"Data Source={Ledger};Pooling=False"))
        {
            other.Open();
            using SqliteCommand hold = other.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            hold.ExecuteNonQuery();
            await first.DisposeAsync();
        }

        await using IMessageLedger next = await OpenAsync();
        Assert.Equal(3, next.Abandoned);
        Assert.All(await next.PeekAsync(Many(3), new ClaimOptions(), default), static result => Assert.Equal(MessageStatus.Unknown, result.Blocking!.Status));
    }

    [Fact]
    public async Task A_byte_that_flipped_in_a_closed_ledger_never_grants_what_was_sent()
    {
        await using (IMessageLedger ledger = await OpenAsync())
        {
            IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(300), new ClaimOptions(), default);
            await ledger.SettleAsync([.. results.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
        }

        byte[] whole = await File.ReadAllBytesAsync(Ledger);
        var random = new Random(7);
        int refused = 0, harmless = 0;
        for (int round = 0; round < 60; round++)
        {
            byte[] bytes = (byte[])whole.Clone();

            // Behind the first page, which holds the definitions of the tables.
            bytes[random.Next(8_192, bytes.Length)] ^= (byte)(1 << random.Next(8));
            string path = _folder.File($"flipped{round}.db");
            await File.WriteAllBytesAsync(path, bytes);
            try
            {
                await using IMessageLedger ledger = await OpenAsync(path);
                if (round % 2 == 0)
                    ledger.CheckAhead();
                IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(300), new ClaimOptions(), default);
                Assert.All(results, result => Assert.False(result.IsGranted, $"Round {round} sent again."));
                harmless++;
            }
            catch (MessagingException error)
            {
                Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
                refused++;
            }
        }

        Assert.True(refused > 10, $"{refused} refused, {harmless} harmless.");
    }

    [Fact]
    public async Task A_comparison_that_nobody_waits_for_ends_with_the_ledger_and_what_it_found_is_told_by_the_claim()
    {
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.ClaimAsync(Many(20_000), new ClaimOptions(), default);
        IMessageLedger left = await OpenAsync();
        left.CheckAhead();
        await left.DisposeAsync();

        // Out of step with its index, which only the comparison finds: a person of the same length.
        byte[] bytes = await File.ReadAllBytesAsync(Ledger);
        byte[] person = System.Text.Encoding.ASCII.GetBytes(LedgerKeys.Recipient(Many(20_000)[777]));
        int at = bytes.AsSpan().IndexOf(person);
        bytes[at + person.Length - 1] = (byte)(bytes[at + person.Length - 1] == (byte)'0' ? '1' : '0');
        await File.WriteAllBytesAsync(Ledger, bytes);

        await using IMessageLedger ahead = await OpenAsync();
        Assert.Equal(0, ahead.Abandoned);
        ahead.CheckAhead();
        await FailsAsync(() => ahead.ClaimAsync([Claim(1).Saying(static m => m with { Campaign = "other" })], new ClaimOptions(), default), "damaged");
        await FailsAsync(() => ahead.PeekAsync([Claim(2)], new ClaimOptions(), default), "damaged");
    }

    [Theory]
    [InlineData("wave 1", "wave 1")]
    [InlineData("", "")]
    [InlineData("wave 1", "")]
    public async Task A_byte_that_flipped_within_an_entry_never_grants_what_was_sent(string campaign, string next)
    {
        var options = new ClaimOptions { RepeatAfter = TimeSpan.FromHours(1) };
        string mark = TextFingerprint.Hash("mark");
        MessageClaim[] claims = [.. Many(12, campaign).Select(claim => claim.Saying(m => m with { NormalizedHash = mark }))];
        MessageClaim[] again = [.. claims.Select(claim => claim.Saying(m => m with { Campaign = next }))];
        await using (IMessageLedger ledger = await OpenAsync())
        {
            IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(claims, options, default);
            await ledger.SettleAsync([.. results.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
        }

        // An entry holds its person, its study and its text's hash; what it does not say in words lies before, between and behind them.
        byte[] whole = await File.ReadAllBytesAsync(Ledger);
        int[] entries = [.. Enumerable.Range(0, whole.Length).Where(at => whole.AsSpan(at).StartsWith(System.Text.Encoding.ASCII.GetBytes(mark)))];
        Assert.Equal(claims.Length, entries.Length);
        var random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 120; round++)
        {
            byte[] bytes = (byte[])whole.Clone();
            int at = entries[random.Next(entries.Length)] + random.Next(-220, 100);
            bytes[at] ^= (byte)(1 << random.Next(8));
            string path = _folder.File($"flipped{round}.db");
            await File.WriteAllBytesAsync(path, bytes);
            try
            {
                await using IMessageLedger ledger = await OpenAsync(path);
                IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(again, options, default);
                Assert.All(results, result => Assert.False(result.IsGranted, $"Round {round} (byte {at}) sent again."));
            }
            catch (MessagingException error)
            {
                Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
                refused++;
            }
        }

        Assert.True(refused > 40, $"{refused} refused.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_byte_that_flipped_among_the_blocked_people_lets_nobody_be_written_to(bool hasCrashed)
    {
        const string blocked = "6229000000000000000000ab";
        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.BlockAsync([new BlockedParticipant { ParticipantId = blocked }], default);
        if (hasCrashed)
        {
            // A process that is gone.
            var killed = new SqlLedger(new SqliteDialect(Ledger), TimeProvider.System, RunIdentity.Current with { ProcessStart = RunIdentity.Current.ProcessStart - 1 });
            await killed.OpenAsync(default);
            await killed.DropAsync();
        }

        byte[] bytes = await File.ReadAllBytesAsync(Ledger);
        int at = bytes.AsSpan().LastIndexOf(System.Text.Encoding.ASCII.GetBytes(blocked));
        bytes[at + blocked.Length - 1] ^= 1;
        await File.WriteAllBytesAsync(Ledger, bytes);

        if (hasCrashed)
        {
            await FailsAsync(OpenAsync, "damaged");
            return;
        }

        await using IMessageLedger again = await OpenAsync();
        await FailsAsync(() => again.ClaimAsync([Claim(1) with { ParticipantId = blocked }], new ClaimOptions(), default), "damaged");
    }

    [Fact]
    public async Task A_ledger_in_which_a_run_is_at_work_is_not_copied()
    {
        await using IMessageLedger copy = await OpenAsync(_folder.File("copy.db"));
        await using IMessageLedger source = await OpenAsync();
        await using (IMessageLedger run = await OpenAsync())
        {
            await run.ClaimOneAsync(Claim(1));
            await FailsAsync(() => copy.CopyFromAsync(source, default), "at work");
        }

        Assert.Equal(0, await copy.CountAsync(new LedgerQuery(), default));
        Assert.Equal(1, await copy.CopyFromAsync(source, default));
        Assert.Equal(MessageStatus.Unknown, (await copy.ClaimOneAsync(Claim(1))).Blocking?.Status);
    }

    [Fact]
    public async Task A_link_leads_to_the_ledger()
    {
        if (OperatingSystem.IsWindows())
            return;

        await using (IMessageLedger ledger = await OpenAsync())
            await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1))).EntryId, MessageStatus.Sent);
        string link = Path.Combine(Directory.CreateDirectory(_folder.File("links")).FullName, "link.db");
        File.CreateSymbolicLink(link, Ledger);
        await using IMessageLedger linked = await OpenAsync(link);
        Assert.Equal(MessageStatus.Sent, (await linked.ClaimOneAsync(Claim(1))).Blocking?.Status);
        Assert.True((await linked.ClaimOneAsync(Claim(2))).IsGranted);
        Assert.Equal(["link.db"], Directory.GetFiles(Path.GetDirectoryName(link)!).Select(Path.GetFileName));
    }

    [MountFact]
    public async Task A_full_disk_can_be_read_and_cleared_and_outcomes_get_there()
    {
        string disk = Directory.CreateDirectory(_folder.File("disk")).FullName;
        MountFactAttribute.Mount(disk, "size=2m");
        try
        {
            string path = Path.Combine(disk, "ledger.db");
            IReadOnlyList<ClaimResult> held;
            IMessageLedger ledger = await OpenAsync(path);
            held = await ledger.ClaimAsync(Many(400), new ClaimOptions(), default);
            Fill(disk);
            await FailsAsync(async () =>
            {
                for (int first = 1_000; first < 100_000; first += 200)
                    await ledger.ClaimAsync(Many(200, first: first), new ClaimOptions(), default);
            }, "full");

            // What was called before has its outcome written all the same.
            foreach (ClaimResult[] some in held.Chunk(100))
                await ledger.SettleAsync([.. some.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);

            // What those outcomes have left over is not claimed by others: it is for whoever deletes.
            long free = new DriveInfo(disk).AvailableFreeSpace;
            await FailsAsync(() => ledger.ClaimAsync(Many(20, first: 200_000), new ClaimOptions(), default), "full");
            Assert.InRange(new DriveInfo(disk).AvailableFreeSpace, free, long.MaxValue);
            Assert.Equal(100, await ledger.ClearAsync(new LedgerQuery { ParticipantIds = [.. Enumerable.Range(300, 100).Select(Person)] }, default));
            await ledger.DisposeAsync();

            // With what was kept back, old entries can be deleted.
            File.Delete(Path.Combine(disk, "other"));
            await (await OpenAsync(path)).DisposeAsync();
            Fill(disk);
            await using (IMessageLedger full = await OpenAsync(path))
                Assert.Equal(200, await full.ClearAsync(new LedgerQuery { ParticipantIds = [.. Enumerable.Range(0, 200).Select(Person)] }, default));

            // Without any room left it can still be read, and says what is wrong when it is to be written.
            File.Delete(path + "-reserve");
            Fill(disk);
            await using (IMessageLedger full = await OpenAsync(path))
            {
                Assert.Equal(100, await full.CountAsync(new LedgerQuery { Statuses = [MessageStatus.Sent] }, default));
                Assert.InRange((await full.ReadAsync()).Count, 100, 100_000);
                await FailsAsync(() => full.ClaimAsync(Many(5_000, "later"), new ClaimOptions(), default), "full");
            }
        }
        finally
        {
            MountFactAttribute.Unmount(disk);
        }
    }

    [MountFact]
    public async Task A_full_disk_without_the_reserve_is_told_as_that_to_a_second_run_too()
    {
        string disk = Directory.CreateDirectory(_folder.File("disk")).FullName;
        MountFactAttribute.Mount(disk, "size=2m");
        try
        {
            string path = Path.Combine(disk, "ledger.db");
            await (await OpenAsync(path)).DisposeAsync();
            File.Delete(path + "-reserve");
            Fill(disk);
            await using IMessageLedger first = await OpenAsync(path);
            Assert.Equal(0, await first.CountAsync(new LedgerQuery(), default));
            await FailsAsync(() => OpenAsync(path), "full");
        }
        finally
        {
            MountFactAttribute.Unmount(disk);
        }
    }

    /// <summary>Another program takes what is left of the disk.</summary>
    private static void Fill(string disk)
    {
        using var file = new FileStream(Path.Combine(disk, "other"), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (int size in new[] { 65_536, 4_096, 512, 1 })
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                    file.Flush();
                }
            }
            catch (IOException)
            {
            }
        }
    }

    private async Task KillAsync()
    {
        using var probe = Probe.Start(Ledger, Directory.CreateDirectory(_folder.File("outbox")).FullName, "wave 1", 40, atOnce: 1, seed: 1, dieAt: 30);
        await Probe.GoAsync(probe);
        Assert.Null(await probe.EndAsync());
        Assert.True(new FileInfo(Log).Length > 0);
    }

    [Fact]
    public async Task Who_was_deleted_is_in_no_byte_of_the_files()
    {
        IMessageLedger ledger = await OpenAsync();
        // In no order, in ten calls: pages are split, and split again.
        int[] people = [.. Enumerable.Range(0, 3_000).Select(static number => number * 1_237 % 3_000)];
        foreach (int[] some in people.Chunk(300))
        {
            IReadOnlyList<ClaimResult> held = await ledger.ClaimAsync([.. some.Select(static person => Claim(person) with { ReplyTo = [$"answered-{person:D4}"] })], new ClaimOptions(), default);
            await ledger.SettleAsync([.. held.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
        }

        await ledger.BlockAsync([new BlockedParticipant { ParticipantId = Person(10_000_000), Provider = "", Reason = "withdrawn-consent" }], default);
        int[] gone = [.. Enumerable.Range(0, 100).Select(static number => number * 29)];
        Assert.Contains(gone, person => IsInFiles(Person(person)));

        Assert.Equal(100, await ledger.ClearAsync(new LedgerQuery { ParticipantIds = [.. gone.Select(Person)] }, default));
        Assert.Single(await ledger.UnblockAsync([Person(10_000_000)], null, default));
        AssertGone();

        // The run goes on, and so does one that comes now.
        await using (IMessageLedger other = await OpenAsync())
            Assert.Equal(2_900, await other.CountAsync(new LedgerQuery(), default));
        Assert.True((await ledger.ClaimOneAsync(Claim(3_001))).IsGranted);
        await ledger.DisposeAsync();
        AssertGone();

        void AssertGone()
        {
            Assert.DoesNotContain(gone, person => IsInFiles(Person(person)) || IsInFiles($"answered-{person:D4}"));
            Assert.False(IsInFiles(Person(10_000_000)));
            Assert.False(IsInFiles("withdrawn-consent"));
            Assert.True(IsInFiles(Person(1)));
        }
    }

    [Fact]
    public async Task What_is_deleted_while_another_run_is_open_is_overwritten_too()
    {
        IMessageLedger other = await OpenAsync();
        await using (IMessageLedger ledger = await OpenAsync())
        {
            IReadOnlyList<ClaimResult> held = await ledger.ClaimAsync(Many(20), new ClaimOptions(), default);
            await ledger.SettleAsync([.. held.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
            Assert.Equal(10, await ledger.ClearAsync(new LedgerQuery { ParticipantIds = [.. Enumerable.Range(0, 10).Select(Person)] }, default));
            Assert.DoesNotContain(Enumerable.Range(0, 10), person => IsInFiles(Person(person)));
        }

        Assert.True((await other.ClaimOneAsync(Claim(1))).IsGranted);
        await other.DisposeAsync();
    }

    private bool IsInFiles(string text)
        => new[] { Ledger, Log }.Where(File.Exists).Any(path =>
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
        });

    private Task<IMessageLedger> OpenAsync() => OpenAsync(Ledger);

    private static Task<IMessageLedger> OpenAsync(string path) => LedgerFactory.OpenAsync(new LedgerSettings { Path = path }, null, null, default);

    private static async Task FailsAsync(Func<Task> act, string word)
    {
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(act);
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
    }

    private static long Scalar(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
