using System.Collections.Concurrent;
using System.Diagnostics;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>A sending process that a test starts, watches and kills (tests/ParticipantMessaging.SendProbe).</summary>
internal sealed class ProbeProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProbeProcess(Uri baseUri, string token, string study, string idFile, string campaign, int throttle, IEnumerable<string> ledger, bool resend = false)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PROBE_TOKEN"] = token;
        start.Environment["PROBE_PASSWORD"] = PostgresServer.Password;
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (string argument in (string[])[ProbeAssembly, baseUri.ToString(), study, idFile, campaign, throttle.ToString(System.Globalization.CultureInfo.InvariantCulture), .. ledger, .. resend ? ["resend"] : Array.Empty<string>()])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The probe does not start.");
        _ = ReadAsync();
    }

    // From its own folder: beside the tests some of its libraries are missing, because they come with ASP.NET Core there.
    private static string ProbeAssembly => Path.Combine(
        AppContext.BaseDirectory.Replace("ParticipantMessaging.Core.Tests", "ParticipantMessaging.SendProbe", StringComparison.Ordinal),
        "ParticipantMessaging.SendProbe.dll");

    public IEnumerable<string> Lines => _lines;

    public bool HasFinished => _lines.Contains("FINISHED");

    /// <summary>Status by participant, of the receipts printed so far.</summary>
    public Dictionary<string, string> Receipts => _lines
        .Where(static l => l.StartsWith("RECEIPT ", StringComparison.Ordinal))
        .Select(static l => l.Split(' '))
        .ToDictionary(static l => l[2], static l => l[1]);

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public Task EndAsync() => _ended.Task;

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        Task<string> errors = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync() is { } line) _lines.Enqueue(line);
        string text = await errors;
        if (text.Length > 0) _lines.Enqueue("STDERR " + text);
        await _process.WaitForExitAsync();
        _ended.SetResult();
    }
}
