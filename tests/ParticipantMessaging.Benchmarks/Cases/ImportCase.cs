using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>How long Import-Module takes, beside SecretManagement's.</summary>
internal sealed class ImportCase : IBenchCase
{
    public string Name => "import";

    public async Task RunAsync(Bench bench)
    {
        var ours = new Series();
        var other = new Series();
        string home = bench.NewHome();
        for (int round = 0; round < (bench.Rounds * 2) + 1; round++)
        {
            Measurement a = await ChildProcess.PowerShellAsync("import-ours", new { module = bench.Module }, home).ConfigureAwait(false);
            Measurement b = await ChildProcess.PowerShellAsync("import-secretmanagement", new { }, home).ConfigureAwait(false);

            // The first round reads the files from the disk.
            if (round == 0) continue;
            ours.Add(a);
            other.Add(b);
        }

        bench.Report.Section("Import", "| Import-Module | Wall, ms (spread) | CPU, ms (spread) |");
        bench.Report.Row("ParticipantMessaging", Bench.Row(ours), Bench.Row(ours, static r => r.CpuMs));
        bench.Report.Row("Microsoft.PowerShell.SecretManagement", Bench.Row(other), Bench.Row(other, static r => r.CpuMs));
        bench.Report.Target("import time, times SecretManagement's", Series.Ratios(ours, other, static r => r.WallMs), "≤", 1);
    }
}
