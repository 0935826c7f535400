using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>How long Import-Module takes, beside SecretManagement's.</summary>
internal sealed class ImportCase : IBenchCase
{
    private const string SecretManagement = "Microsoft.PowerShell.SecretManagement";

    public string Name => "import";

    public async Task RunAsync(Bench bench)
    {
        var ours = new Series();
        var other = new Series();
        var old = new Series();
        string home = bench.NewHome();
        string? reference = FindReference(bench.Module);
        for (int round = 0; round < (bench.Rounds * 2) + 1; round++)
        {
            // The first round reads the files from the disk.
            bool counts = round > 0;
            async Task TakeAsync(Series series, string module)
            {
                Measurement run = await ChildProcess.PowerShellAsync("import", new { module }, home).ConfigureAwait(false);
                if (counts) series.Add(run);
            }

            await Bench.InTurnAsync(
                round,
                () => TakeAsync(ours, bench.Module),
                reference is null ? null : () => TakeAsync(other, reference),
                bench.OfBefore(before => TakeAsync(old, before))).ConfigureAwait(false);
        }

        bench.Report.Section("Import", "| Import-Module | Wall, ms (spread) | CPU, ms (spread) |");
        bench.Report.Row("ParticipantMessaging", Bench.Row(ours), Bench.Row(ours, static r => r.CpuMs));
        if (old.Runs.Count > 0) bench.Report.Row("the version before", Bench.Row(old), Bench.Row(old, static r => r.CpuMs));
        if (reference is null)
        {
            bench.Report.Line("Without SecretManagement there is no reference; PM_VAULT_MODULES names a folder with it.");
            return;
        }

        bench.Report.Row(SecretManagement, Bench.Row(other), Bench.Row(other, static r => r.CpuMs));
        bench.Report.Target("import time, times SecretManagement's", Series.Ratios(ours, other, static r => r.WallMs), "≤", 1);
        bench.BesideBefore("import", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("import", ours, old);
    }

    // As the tests find it: where the variable says, or what a test run has brought; a machine's own modules are never taken.
    private static string? FindReference(string module)
    {
        string saved = Path.GetFullPath(Path.Combine(module, "..", "..", "..", "..", "artifacts", "vault-modules"));
        string folder = Path.Combine(Environment.GetEnvironmentVariable("PM_VAULT_MODULES") ?? saved, SecretManagement);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, $"{SecretManagement}.psd1", SearchOption.AllDirectories).FirstOrDefault() : null;
    }
}
