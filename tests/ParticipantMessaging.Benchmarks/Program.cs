using System.Globalization;
using System.Runtime.InteropServices;
using ParticipantMessaging.Benchmarks.Cases;
using ParticipantMessaging.Benchmarks.Running;

// Figures of real PowerShell processes against the simulator's process, beside what the same machine can do at that moment.
// --only NAME[,NAME]  these cases only: import, first, list, personal, steady, people, ledger, machines, events, signatures, growth
// --rounds N          rounds of each (5); the table shows medians and the spread
// --report FILE       writes the table to a file too
// --before MANIFEST   an earlier version's ParticipantMessaging.psd1, measured in the same rounds
// --postgres TEXT     a PostgreSQL database for the case of several machines: Host=…;Port=…;Database=…;Username=… (without it, it is left out)
// --postgres-before TEXT  another database, for the earlier version (it does not read tables of this one)
// --strict            exit code 1 when a target is missed
if (await Ceiling.TryRunAsync(args).ConfigureAwait(false)) return 0;

int rounds = 5;
string[] only = [];
string? target = null;
string? before = null;
string? postgres = null;
string? postgresBefore = null;
bool strict = false;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--only": only = args[++i].Split(','); break;
        case "--report": target = args[++i]; break;
        case "--before": before = Path.GetFullPath(args[++i]); break;
        case "--postgres": postgres = args[++i]; break;
        case "--postgres-before": postgresBefore = args[++i]; break;
        case "--strict": strict = true; break;
        default:
            Console.Error.WriteLine($"There is no option '{args[i]}'.");
            return 2;
    }
}

string root = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(root, "ParticipantMessaging.slnx"))) root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The repository is not found.");
string module = Directory.GetFiles(Path.Combine(root, "output", "ParticipantMessaging"), "ParticipantMessaging.psd1", SearchOption.AllDirectories).Single();
string folder = Directory.CreateTempSubdirectory("pm-bench").FullName;
var report = new Report();
var bench = new Bench(module, before, folder, rounds, report);
try
{
    report.Line(string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC; {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:0} GB; .NET {Environment.Version}; {rounds} rounds; load {Load()}."));
    foreach (IBenchCase one in (IBenchCase[])[
        new ImportCase(), new FirstMessageCase(), new ListCase(), new PersonalCase("personal", 3_000, withScripts: true), new PersonalCase("steady", 20_000, withScripts: false), new PeopleCase(), new LedgerCase(), new MachinesCase(postgres, postgresBefore), new EventsCase(),
        new SignatureCase(), new GrowthCase(),
    ])
    {
        if (only.Length > 0 && !only.Contains(one.Name)) continue;
        await one.RunAsync(bench).ConfigureAwait(false);
    }

    report.Line("");
    report.Line($"Load at the end: {Load()}.");
    if (target is not null) await File.WriteAllTextAsync(target, report.ToString()).ConfigureAwait(false);
    return strict && report.HasMissed ? 1 : 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// A figure without it says little on a shared machine.
static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "not known";
