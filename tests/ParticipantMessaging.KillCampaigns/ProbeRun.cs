using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>A process of tests/ParticipantMessaging.SendProbe.</summary>
internal sealed class ProbeRun : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProbeRun(SimulatorHost sim, string folder, int throttle, int shift, bool resolves)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PROBE_TOKEN"] = sim.Options.ProlificToken;
        start.Environment["PROBE_SHIFT"] = shift.ToString(CultureInfo.InvariantCulture);
        start.Environment["PROBE_TIMEOUT"] = "2500";
        string[] arguments =
        [
            Path.Combine(
                AppContext.BaseDirectory.Replace("ParticipantMessaging.KillCampaigns", "ParticipantMessaging.SendProbe", StringComparison.Ordinal),
                "ParticipantMessaging.SendProbe.dll"),
            sim.BaseUri.ToString(), sim.State.StudyId, Path.Combine(folder, "ids.txt"), "wave 2", throttle.ToString(CultureInfo.InvariantCulture),
            "file", Path.Combine(folder, "ledger.db"),
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        if (resolves)
            start.ArgumentList.Add("resolve");
        _process = Process.Start(start) ?? throw new InvalidOperationException("The probe does not start.");
        _ = ReadAsync();
    }

    public IEnumerable<string> Lines => _lines;

    public Task Ended => _ended.Task;

    /// <summary>Whether another one ran beside it.</summary>
    public bool HasCompany { get; set; }

    /// <summary>Status and whole line by participant.</summary>
    public Dictionary<string, (string Status, string Line)> Receipts => _lines
        .Where(static line => line.StartsWith("RECEIPT ", StringComparison.Ordinal) && line.Split(' ').Length > 2)
        .GroupBy(static line => line.Split(' ')[2])
        .ToDictionary(static same => same.Key, static same => (same.Last().Split(' ')[1], same.Last()));

    /// <summary>kill -9; false when it had ended.</summary>
    public bool Kill()
    {
        if (_process.HasExited)
            return false;

        _process.Kill();
        return true;
    }

    /// <summary>Ctrl+C; false when it had ended.</summary>
    public bool Stop()
    {
        if (_process.HasExited)
            return false;

        try
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            return Kill();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var errors = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
            _lines.Enqueue(line);
        var text = await errors.ConfigureAwait(false);
        if (text.Length > 0)
            _lines.Enqueue("STDERR " + text);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _ended.SetResult();
    }
}
