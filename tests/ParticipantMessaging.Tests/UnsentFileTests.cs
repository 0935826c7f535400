using System.Collections.Concurrent;
using ParticipantMessaging.Commands.Sending;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Tests;

/// <summary>The file of <c>-UnsentPath</c> when several runs want it.</summary>
public sealed class UnsentFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pm-unsent-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Runs_that_begin_as_others_end_never_have_one_file_together_and_are_told_why()
    {
        string path = Path.Combine(_folder.FullName, "unsent.csv");
        int holders = 0;
        int had = 0;
        int together = 0;
        var refusals = new ConcurrentDictionary<string, int>();
        var runs = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref had) < 1000)
            {
                using var file = new UnsentFile(path);
                try
                {
                    file.Check(mayReplace: true);
                }
                catch (MessagingException e)
                {
                    refusals.AddOrUpdate(e.Message, 1, static (_, count) => count + 1);
                    continue;
                }

                if (Interlocked.Increment(ref holders) > 1) Interlocked.Increment(ref together);
                Thread.Yield();
                Interlocked.Decrement(ref holders);
                Interlocked.Increment(ref had);
            }
        })).ToList();
        runs.ForEach(static run => run.Start());
        runs.ForEach(static run => run.Join());
        Assert.Equal(0, together);
        Assert.All(refusals.Keys, static why => Assert.StartsWith("Another run is writing", why, StringComparison.Ordinal));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [MountFact]
    public void A_full_disk_is_told_once_and_is_no_reason_to_end_otherwise()
    {
        MountFactAttribute.Mount(_folder.FullName, "size=16k");
        try
        {
            string path = Path.Combine(_folder.FullName, "unsent.csv");
            IReadOnlyList<SendRow> rows = [.. Enumerable.Range(0, 400).Select(Row)];
            var file = UnsentFile.At(path);
            file.Check(mayReplace: false);
            file.Prepare(rows);
            int kept = 0;
            Assert.ThrowsAny<IOException>(() =>
            {
                foreach (SendRow row in rows)
                {
                    file.AddLeft([(row, new string('x', 200))]);
                    kept++;
                }
            });
            Assert.InRange(kept, 10, 100);
            file.Dispose();
            Assert.Equal([path], Directory.GetFiles(_folder.FullName));
            Assert.Equal(kept, File.ReadLines(path).Count(static line => line.EndsWith("x\"", StringComparison.Ordinal)));
        }
        finally
        {
            MountFactAttribute.Unmount(_folder.FullName);
        }
    }

    [Fact]
    public void What_a_link_leads_to_is_the_file()
    {
        string path = Path.Combine(_folder.FullName, "unsent.csv");
        string link = Path.Combine(_folder.FullName, "latest.csv");
        File.CreateSymbolicLink(link, "unsent.csv");
        using (var file = UnsentFile.At(link))
        {
            file.Check(mayReplace: false);
            using var other = UnsentFile.At(path);
            Assert.StartsWith("Another run", Assert.Throws<MessagingException>(() => other.Check(mayReplace: false)).Message, StringComparison.Ordinal);
            file.Prepare([Row(1)]);
            file.AddLeft([(Row(1), "why")]);
            file.Complete(isRefused: false);
        }

        Assert.Equal("unsent.csv", new FileInfo(link).LinkTarget);
        Assert.Contains("why", File.ReadAllText(path), StringComparison.Ordinal);
    }

    // The list: its ids, with an empty one for a row without. Then whether what the file held is kept beside it.
    [Theory]
    [InlineData("1 2 3", false)]
    [InlineData("3 2 1 4", false)]
    [InlineData("1 2", true)]
    [InlineData("7", true)]
    [InlineData("1 -", true)]
    [InlineData("1 2 -", true)]
    [InlineData("1 2 3 -", false)]
    public void Who_was_left_before_and_is_not_in_this_list_is_not_lost(string list, bool isKept)
    {
        string path = Path.Combine(_folder.FullName, "unsent.csv");
        using (var before = UnsentFile.At(path))
        {
            before.Check(mayReplace: false);
            SendRow[] rows = [Row(1), Row(2), Row(3), .. list == "1 2 3 -" ? [Row("")] : Array.Empty<SendRow>()];
            before.Prepare(rows);
            before.AddLeft([.. rows.Select(static row => (row, "a \"b\", c"))]);
            before.Complete(isRefused: false);
        }

        string held = File.ReadAllText(path);
        using (var file = UnsentFile.At(path))
        {
            file.Check(mayReplace: false);
            file.Prepare([.. list.Split(' ').Select(static id => id == "-" ? Row("") : Row(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)))]);
            file.AddLeft([(Row(9), "now")]);
            file.Complete(isRefused: false);
            Assert.Equal(isKept ? path + ".before" : null, file.Others);
        }

        Assert.Equal(isKept, File.Exists(path + ".before"));
        if (isKept) Assert.Equal(held, File.ReadAllText(path + ".before"));
        Assert.Contains("now", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("participant_id", "participant_id", true)]
    [InlineData("PARTICIPANT_ID", "participant_id", true)]
    [InlineData("id", "participant_id", true)]
    [InlineData("participant_id", "partner", false)]
    public void Who_stands_in_another_column_is_another(string heldIn, string columnOfTheList, bool isKept)
    {
        string path = Path.Combine(_folder.FullName, "unsent.csv");
        using (var before = UnsentFile.At(path))
        {
            SendRow[] rows = [InColumn(heldIn, 1, partner: 2)];
            before.Check(mayReplace: false);
            before.Prepare(rows);
            before.AddLeft([.. rows.Select(static row => (row, "why"))]);
            before.Complete(isRefused: false);
        }

        using var file = UnsentFile.At(path);
        file.Check(mayReplace: false);
        file.Prepare([InColumn(columnOfTheList, 2, partner: 5)]);
        file.Complete(isRefused: false);
        Assert.Equal(isKept ? path + ".before" : null, file.Others);
        Assert.Equal(isKept, File.Exists(path + ".before"));
    }

    private static SendRow InColumn(string column, int number, int partner) => new()
    {
        Row = 2,
        Recipient = new RowRecipient(RecipientKind.Person, $"5f00000000000000000000{number:00}", column),
        Fields = new DictionaryFields([new(column, $"5f00000000000000000000{number:00}"), new(column == "partner" ? "other" : "partner", $"5f00000000000000000000{partner:00}")]),
    };

    // With an empty cell and one of several lines: neither is anybody.
    private static SendRow Row(int number) => Row($"5f00000000000000000000{number:00}");

    private static SendRow Row(string id) => new()
    {
        Row = 2,
        Recipient = RowRecipient.Person(id),
        Fields = new DictionaryFields([new("participant_id", id), new("note", "first line,\nsecond \"line\""), new("empty", "")]),
    };
}
