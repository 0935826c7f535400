// Usage: probe LEDGER OUTBOX CAMPAIGN PEOPLE AT-ONCE SEED [DIE-AT]
// LEDGER is a path, or a PostgreSQL connection string (password included: it is a test).
// Prints STARTED, waits for a line on its input, then
// claims, "sends" (leaves a file of the person's name in the folder OUTBOX) and settles everybody of a campaign, in an order of its own; prints what became of them.
// DIE-AT: SIGKILL to itself, with the others of AT-ONCE at work, at that step of its own; three steps a message: claimed, sent, settled.
// From outside a kill would meet a fast machine's probe when it is done already.
// probe LEDGER lock: holds the file as another program might, from LOCKED until its input ends.
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using ParticipantMessaging;
using ParticipantMessaging.Ledger;

if (args is [var file, "lock"])
{
    using var holder = new SqliteConnection($"Data Source={file};Pooling=False");
    holder.Open();
    using SqliteCommand begin = holder.CreateCommand();
    begin.CommandText = "BEGIN IMMEDIATE";
    begin.ExecuteNonQuery();
    Console.WriteLine("LOCKED");
    Console.In.ReadToEnd();
    return;
}

string outbox = args[1];
string campaign = args[2];
int people = int.Parse(args[3], CultureInfo.InvariantCulture);
int atOnce = int.Parse(args[4], CultureInfo.InvariantCulture);
int dieAt = args.Length > 6 ? int.Parse(args[6], CultureInfo.InvariantCulture) : int.MaxValue;
var random = new Random(int.Parse(args[5], CultureInfo.InvariantCulture));

(LedgerSettings? settings, string? password) = args[0].Contains('=', StringComparison.Ordinal)
    ? PostgresConnectionText.Parse(args[0])
    : (new LedgerSettings { Path = args[0] }, null);
await using IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, password, TimeProvider.System, CancellationToken.None);

int[] order = Enumerable.Range(0, people).ToArray();
random.Shuffle(order);
IReadOnlyDictionary<string, StandingEntry> standing = await ledger.GetCampaignAsync("lab", "", campaign, CancellationToken.None);
int next = -1;
int step = 0;
int sent = 0, skipped = 0, unknown = 0;
Console.WriteLine("STARTED");
Console.ReadLine();

await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
{
    for (int index; (index = Interlocked.Increment(ref next)) < people;)
    {
        string person = order[index].ToString("x24", CultureInfo.InvariantCulture);
        standing.TryGetValue(person, out StandingEntry? blocking);
        long entry = 0L;
        if (blocking is null)
        {
            var claim = new MessageClaim { ParticipantId = person, Message = new ClaimedMessage { Account = "lab", Provider = "Prolific", Campaign = campaign, BodyHash = "hash", BodyLength = 4 } };
            ClaimResult result = (await ledger.ClaimAsync([claim], new ClaimOptions(), CancellationToken.None))[0];
            (entry, blocking) = (result.EntryId, result.Blocking);
        }

        if (blocking is not null)
        {
            Interlocked.Increment(ref blocking.Status == MessageStatus.Unknown ? ref unknown : ref skipped);
            continue;
        }

        Step();

        // A file each: it is there or not, whenever the process is killed, and a second message to one person shows.
        File.Create(Path.Combine(outbox, $"{person}.{Guid.NewGuid():N}")).Dispose();
        Step();

        await ledger.SettleAsync([new MessageOutcome(entry, MessageStatus.Sent, "", 204, 1)], CancellationToken.None);
        Interlocked.Increment(ref sent);
        Step();
    }
})));

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"DONE sent {sent} skipped {skipped} unknown {unknown}"));

void Step()
{
    if (Interlocked.Increment(ref step) == dieAt)
        Process.GetCurrentProcess().Kill();
}
