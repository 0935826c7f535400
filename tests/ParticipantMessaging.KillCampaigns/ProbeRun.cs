using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>How a probe is run.</summary>
/// <param name="Assembly">Another build of it; null for the one beside this program.</param>
/// <param name="Throttle">Calls at once.</param>
/// <param name="Batch">People in one call.</param>
/// <param name="Shift">By how many seconds its clock is wrong.</param>
/// <param name="Looks">After how many looks the clock is set right.</param>
/// <param name="Resolves">Whether it looks up instead of sending.</param>
internal sealed record ProbeOptions(string? Assembly, int Throttle, int Batch, int Shift, int Looks, bool Resolves);

/// <summary>A process of tests/ParticipantMessaging.SendProbe.</summary>
internal sealed class ProbeRun : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<bool> _wrongBy = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProbeRun(SimulatorHost sim, string folder, LedgerPlace ledger, ProbeOptions options)
    {
        var start = new ProcessStartInfo(IsProgram(options.Assembly) ? options.Assembly! : "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PROBE_TOKEN"] = sim.Options.ProlificToken;
        start.Environment["PROBE_PASSWORD"] = ledger.Password;
        start.Environment["PROBE_SHIFT"] = options.Shift.ToString(CultureInfo.InvariantCulture);
        start.Environment["PROBE_LOOKS"] = options.Looks.ToString(CultureInfo.InvariantCulture);
        start.Environment["PROBE_BATCH"] = options.Batch.ToString(CultureInfo.InvariantCulture);
        start.Environment["PROBE_TIMEOUT"] = "2500";
        string[] arguments =
        [
            .. IsProgram(options.Assembly) ? Array.Empty<string>() : [options.Assembly ?? Path.Combine(
                AppContext.BaseDirectory.Replace("ParticipantMessaging.KillCampaigns", "ParticipantMessaging.SendProbe", StringComparison.Ordinal),
                "ParticipantMessaging.SendProbe.dll")],
            sim.BaseUri.ToString(), sim.State.StudyId, Path.Combine(folder, "ids.txt"), "wave 2", options.Throttle.ToString(CultureInfo.InvariantCulture),
            .. ledger.Words(folder),
            .. options.Resolves ? ["resolve"] : Array.Empty<string>(),
        ];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new InvalidOperationException("The probe does not start.");
        _ = ReadAsync();
    }

    public IEnumerable<string> Lines => _lines;

    public Task Ended => _ended.Task;

    /// <summary>It has read its arguments and begins.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Whether another one ran beside it.</summary>
    public bool HasCompany { get; set; }

    /// <summary>Whether it was asked to stop.</summary>
    public bool WasTold { get; private set; }

    /// <summary>Whether it was a kill -9 that ended it.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Whether the stop came before the program could listen to it.</summary>
    public bool WasStoppedBeforeItBegan { get; private set; }

    /// <summary>For its clock at the beginning and at the end: whether it was wrong by more than five seconds.</summary>
    public IReadOnlyList<bool> WrongBy => [.. _wrongBy];

    /// <summary>Status and whole line by participant.</summary>
    public Dictionary<string, (string Status, string Line)> Receipts => _lines
        .Where(static line => line.StartsWith("RECEIPT ", StringComparison.Ordinal) && line.Split(' ').Length > 2)
        .GroupBy(static line => line.Split(' ')[2])
        .ToDictionary(static same => same.Key, static same => (same.Last().Split(' ')[1], same.Last()));

    /// <summary>kill -9; nothing when it has ended.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ctrl+C; nothing when it has ended.</summary>
    public void Stop()
    {
        WasTold = true;
        try
        {
            using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true });
            kill!.WaitForExit();
        }
        catch (Win32Exception)
        {
            Kill();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>Compiled ahead of time it needs no <c>dotnet</c>.</summary>
    private static bool IsProgram(string? build) => build is not null && !build.EndsWith(".dll", StringComparison.Ordinal);

    private async Task ReadAsync()
    {
        Task<string> errors = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            _lines.Enqueue(line);
            if (line == "STARTED")
                _begun.TrySetResult();
            if (line.StartsWith("CLOCK ", StringComparison.Ordinal)
                && DateTimeOffset.TryParse(line.AsSpan(6), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset told))
            {
                _wrongBy.Enqueue((told - DateTimeOffset.UtcNow).Duration() > TimeSpan.FromSeconds(5));
            }
        }

        string text = await errors.ConfigureAwait(false);
        if (text.Length > 0)
            _lines.Enqueue("STDERR " + text);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        WasKilled = _process.ExitCode == 128 + 9 || (OperatingSystem.IsWindows() && _process.ExitCode != 0);
        WasStoppedBeforeItBegan = WasTold && _process.ExitCode == 128 + 15;
        _ended.SetResult();
    }
}
