using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.KillCampaigns;

// Campaigns in real processes that are killed, stopped, limited, answered wrongly and told the wrong time, again and again until everybody
// is settled: nobody twice, nobody lost, nothing silent. For as long as one likes:
//   dotnet run -c Release --project tests/ParticipantMessaging.KillCampaigns -- [--campaigns 100] [--people 200] [--seed 1] [--at-once 2] [--limits]
//     [--postgres "Host=127.0.0.1;Port=5432;Database=postgres;Username=…;Password=…"] [--probe <another build of the probe>] [--verbose]
int campaigns = 100, people = 200, seed = 1, atOnce = 2;
string? postgres = null, probe = null;
bool verbose = false, limited = false;
for (int at = 0; at < args.Length; at++)
{
    switch (args[at])
    {
        case "--campaigns": campaigns = Number(args[++at]); break;
        case "--people": people = Number(args[++at]); break;
        case "--seed": seed = Number(args[++at]); break;
        case "--at-once": atOnce = Number(args[++at]); break;
        case "--postgres": postgres = args[++at]; break;
        case "--probe": probe = args[++at]; break;
        case "--limits": limited = true; break;
        case "--verbose": verbose = true; break;
        default:
            Console.Error.WriteLine($"What is {args[at]}? Known are --campaigns, --people, --seed, --at-once, --postgres, --probe, --limits and --verbose.");
            return 2;
    }
}

var total = new Figures();
var broken = new List<string>();
var gate = new Lock();
int next = -1;
var watch = Stopwatch.StartNew();
await Task.WhenAll(Enumerable.Range(0, Math.Max(1, atOnce)).Select(_ => Task.Run(PlayAsync))).ConfigureAwait(false);

Console.WriteLine($"{campaigns} campaigns of {people} people, seeds {seed} to {seed + campaigns - 1}, {watch.Elapsed.TotalMinutes:0} min: {total}.");
if (broken.Count > 0)
{
    Console.WriteLine($"Broken promises: {broken.Count}.");
    return 1;
}

Console.WriteLine("Nobody got two messages, nobody was lost, every receipt was there and true.");
return 0;

// A campaign that broke a promise does not end the others: how often it happens is worth knowing.
async Task PlayAsync()
{
    while (Interlocked.Increment(ref next) is var index && index < campaigns)
    {
        var campaign = new Campaign(seed + index, people, postgres, probe, limited);
        var lines = new List<string>();
        string? promise = null;
        try
        {
            await campaign.PlayAsync(lines.Add).ConfigureAwait(false);
        }
        catch (BrokenPromiseException e)
        {
            promise = $"Seed {seed + index}: {e.Message}";
        }

        lock (gate)
        {
            total.Add(campaign.Figures);
            if (verbose || promise is not null)
                Console.WriteLine($"seed {seed + index}: {campaign.Figures}\n{string.Join('\n', lines)}");
            if (promise is not null)
            {
                broken.Add(promise);
                Console.Error.WriteLine(promise);
            }

            if ((total["campaigns"] + broken.Count) % 10 == 0)
                Console.WriteLine($"{total["campaigns"] + broken.Count} campaigns in {watch.Elapsed.TotalMinutes:0.0} min, {broken.Count} broke a promise: {total}");
        }
    }
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
