using System.Diagnostics;
using System.Text.Json;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>Starts the processes that are measured.</summary>
internal static class ChildProcess
{
    private const string Mark = "RESULT ";

    // build.ps1 names the PowerShell that it runs in: a program, or dotnet and the .NET tool's pwsh.dll.
    private static readonly string[] Engine = (Environment.GetEnvironmentVariable("PM_POWERSHELL") ?? "pwsh").Split(Path.PathSeparator);

    /// <summary>A task of Scripts/bench.ps1 in a fresh PowerShell.</summary>
    public static Task<Measurement> PowerShellAsync(string task, object options, string folder) => RunAsync(
        Start(Engine[0], [.. Engine[1..], "-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(AppContext.BaseDirectory, "Scripts", "bench.ps1"), task, JsonSerializer.Serialize(options)], folder));

    /// <summary>This program again, with the words of <see cref="Ceiling"/>.</summary>
    public static Task<Measurement> OwnAsync(string folder, params string[] arguments) => RunAsync(
        Start("dotnet", [typeof(ChildProcess).Assembly.Location, .. arguments], folder));

    public static void Print(Measurement measurement) => Console.WriteLine(Mark + JsonSerializer.Serialize(measurement));

    public static ProcessStartInfo Start(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);

        // The user's own accounts and ledger stay out of it.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(folder, "config");
        start.Environment["XDG_DATA_HOME"] = Path.Combine(folder, "data");

        // PowerShell keeps there what the process before compiled and compiles it ahead: whoever runs after its like would be measured without its compiler.
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(folder, "cache", Guid.NewGuid().ToString("N"));
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["NO_COLOR"] = "1";
        return start;
    }

    private static async Task<Measurement> RunAsync(ProcessStartInfo start)
    {
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start.");
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Measurement? result = null;
        string last = "";
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            last = line;
            if (line.StartsWith(Mark, StringComparison.Ordinal)) result = JsonSerializer.Deserialize<Measurement>(line[Mark.Length..]);
        }

        await process.WaitForExitAsync().ConfigureAwait(false);
        return result ?? throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList.Take(8))} ended without a result: {last} {await errors.ConfigureAwait(false)}");
    }
}
