using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.KillCampaigns;

// Campaigns in real processes that are killed, stopped, limited, answered wrongly and told the wrong time, again and again until everybody
// is settled: nobody twice, nobody lost, nothing silent. For as long as one likes:
//   dotnet run -c Release --project tests/ParticipantMessaging.KillCampaigns -- [--campaigns 100] [--people 200] [--seed 1] [--verbose]
int campaigns = 100, people = 200, seed = 1;
var verbose = false;
for (var at = 0; at < args.Length; at++)
{
    switch (args[at])
    {
        case "--campaigns": campaigns = Number(args[++at]); break;
        case "--people": people = Number(args[++at]); break;
        case "--seed": seed = Number(args[++at]); break;
        case "--verbose": verbose = true; break;
        default:
            Console.Error.WriteLine($"What is {args[at]}? Known are --campaigns, --people, --seed and --verbose.");
            return 2;
    }
}

var total = new Figures();
var watch = Stopwatch.StartNew();
for (var index = 0; index < campaigns; index++)
{
    try
    {
        var figures = await new Campaign(seed + index, people).PlayAsync(verbose).ConfigureAwait(false);
        total += figures;
        if (verbose)
            Console.WriteLine($"seed {seed + index}: {figures}");
    }
    catch (BrokenPromiseException broken)
    {
        Console.Error.WriteLine($"Seed {seed + index}: {broken.Message}");
        Console.WriteLine($"{index} campaigns were right before it: {total}");
        return 1;
    }

    if ((index + 1) % 10 == 0)
        Console.WriteLine($"{index + 1} campaigns in {watch.Elapsed.TotalMinutes:0.0} min: {total}");
}

Console.WriteLine($"{campaigns} campaigns of {people} people, seeds {seed} to {seed + campaigns - 1}, {watch.Elapsed.TotalMinutes:0} min: {total} Nobody got two messages, nobody was lost, every receipt was true.");
return 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
