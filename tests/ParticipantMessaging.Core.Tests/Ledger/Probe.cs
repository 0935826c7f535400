using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A process of tests/ParticipantMessaging.LedgerProbe.</summary>
internal sealed partial class Probe : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Probe(Process process)
    {
        _process = process;
        _output = ReadOutputAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Completes when it has opened the ledger, or has ended before.</summary>
    private Task Started => _started.Task;

    /// <param name="dieAt">At which step, three a message, it kills itself: SIGKILL, no handler, no flush, no last word.</param>
    /// <param name="launcher">What it is started by, if not as our own user's.</param>
    public static Probe Start(string ledger, string outbox, string campaign, int people, int atOnce, int seed, int dieAt = int.MaxValue, params IReadOnlyList<string> launcher)
    {
        string[] arguments =
        [
            .. launcher, "dotnet", Path, ledger, outbox, campaign, people.ToString(CultureInfo.InvariantCulture), atOnce.ToString(CultureInfo.InvariantCulture),
            seed.ToString(CultureInfo.InvariantCulture), dieAt.ToString(CultureInfo.InvariantCulture),
        ];
        return new Probe(Process.Start(new ProcessStartInfo(arguments[0], arguments[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>Lets them begin once all have opened the ledger.</summary>
    public static async Task GoAsync(params IReadOnlyCollection<Probe> probes)
    {
        await Task.WhenAll(probes.Select(static probe => probe.Started));
        foreach (Probe probe in probes)
            probe._process.StandardInput.WriteLine();
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Waits for its end; what it printed last, or null when it was killed.</summary>
    public async Task<(int Sent, int Skipped, int Unknown)?> EndAsync()
    {
        await _process.WaitForExitAsync();
        string output = await _output;
        string errors = await _errors;
        Match match = DoneLine().Match(output);
        if (match.Success)
            return (Number(match, 1), Number(match, 2), Number(match, 3));

        // 137: killed. Anything else is a failure of its own.
        Assert.True(_process.ExitCode == 137, $"The probe ended with {_process.ExitCode}: {output}{errors}");
        return null;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Path
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            string tests = output.Parent!.Parent!.Parent!.Parent!.FullName;
            return System.IO.Path.Combine(
                tests, "ParticipantMessaging.LedgerProbe", "bin", output.Parent.Name, output.Name, "ParticipantMessaging.LedgerProbe.dll");
        }
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private async Task<string> ReadOutputAsync()
    {
        string? first = await _process.StandardOutput.ReadLineAsync();
        _started.TrySetResult();
        return first + "\n" + await _process.StandardOutput.ReadToEndAsync();
    }

    [GeneratedRegex(@"DONE sent (\d+) skipped (\d+) unknown (\d+)")]
    private static partial Regex DoneLine();
}
