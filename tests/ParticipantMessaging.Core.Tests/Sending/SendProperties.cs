using FsCheck;
using FsCheck.Fluent;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>
/// Random lists, faults and crashes, driven through check, plan, send and a real SQLite ledger: per person and campaign at most one message at
/// the provider; as many receipts as rows; Sent implies that the provider has it.
/// </summary>
public sealed class SendProperties
{
    // In memory where there is such a folder: what is tested is the order of things, and 10,000 flushes of a disk take minutes.
    private static readonly string Folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    [SteadyProperty(MaxTest = 100)]
    public Property Per_person_and_campaign_at_most_one_message_whatever_happens(PositiveInt seed) => Prop.ToProperty(HoldsAsync(seed.Get).GetAwaiter().GetResult());

    private static async Task<bool> HoldsAsync(int seed)
    {
        var random = new Random(seed);
        string path = Path.Combine(Folder, $"pm-property-{Guid.NewGuid():N}.db");
        try
        {
            return await HoldsAsync(random, path);
        }
        finally
        {
            foreach (string file in Directory.GetFiles(Folder, Path.GetFileName(path) + "*")) File.Delete(file);
        }
    }

    private static async Task<bool> HoldsAsync(Random random, string path)
    {
        var gateway = new FakeGateway
        {
            Answer = (_, _, _) => Task.FromResult(random.Next(10) switch
            {
                0 => FakeAnswer.Lost(stored: true),
                1 => FakeAnswer.Lost(stored: false),
                2 => FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400),
                3 => FakeAnswer.Refused(MessagingErrorReason.NotFound, 404),
                _ => FakeAnswer.Ok,
            }),
        };
        SendRow[] rows = [.. Enumerable.Range(2, random.Next(1, 60)).Select(row => RandomRow(row, random))];
        var options = new SendOptions { Campaign = "wave", SkipInvalid = true, ThrottleLimit = 1, BatchSize = random.Next(1, 8) };
        for (int run = 0; run < 6; run++)
        {
            var console = new FakeConsole();
            // A process number that no process has: the next run finds it gone.
            var identity = new RunIdentity("host", "host", int.MaxValue - run, run);
            await using var session = new SendSession(
                options,
                console,
                Make.Account,
                async ct =>
                {
                    var ledger = new CrashingLedger(new SqlLedger(new SqliteDialect(path), TimeProvider.System, identity), () => random.Next(40) == 0);
                    await ledger.OpenAsync(ct);
                    return ledger;
                },
                _ => gateway);
            try
            {
                await session.SendListAsync(rows, CancellationToken.None);
            }
            catch (ProcessDiedException)
            {
                continue;
            }

            if (console.Results.Count != rows.Length) return false;
            HashSet<string> stored = [.. gateway.Received.Select(static r => r.Participant)];
            if (console.Receipts.Any(r => r.Status == MessageStatus.Sent && !stored.Contains(r.ParticipantId))) return false;
            // Nobody is forgotten: who has nothing is Failed or Unknown, never Skipped.
            HashSet<string> told = [.. console.Receipts.Where(static r => r.Status is MessageStatus.Failed or MessageStatus.Unknown).Select(static r => r.ParticipantId)];
            if (rows.Any(r => !stored.Contains(r.Recipient.Id) && !told.Contains(r.Recipient.Id))) return false;
        }

        return gateway.Received.GroupBy(static r => r.Participant).All(static g => g.Count() == 1);
    }

    private static SendRow RandomRow(int row, Random random)
    {
        string id = random.Next(20) == 0 ? "broken" : Make.Id(random.Next(30));
        return new SendRow
        {
            Row = row,
            Recipient = RowRecipient.Person(id),
            Content = new RowContent { StudyId = Make.Study, Body = random.Next(30) == 0 ? "Another text" : id[^1] % 2 == 0 ? "Hello" : $"Hello {id}" },
        };
    }
}
