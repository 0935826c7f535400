using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>The simulator in a process of its own; it ends with this one.</summary>
internal sealed class SimulatorProcess : IDisposable
{
    public const string Token = "sim-prolific-token";

    private readonly Process _process;
    private readonly HttpClient _control = new() { Timeout = TimeSpan.FromMinutes(2) };

    private SimulatorProcess(Process process, Uri baseUri)
    {
        _process = process;
        BaseUri = baseUri;
    }

    public Uri BaseUri { get; }

    public string Study { get; private set; } = "";

    public static async Task<SimulatorProcess> StartAsync(params string[] arguments)
    {
        string program = Path.Combine(
            AppContext.BaseDirectory.Replace(Path.Combine("tests", "ParticipantMessaging.Benchmarks"), Path.Combine("src", "ParticipantMessaging.Simulator"), StringComparison.Ordinal),
            "ParticipantMessaging.Simulator.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[program, "--port", "0", "--exit-on-stdin-close", "--no-request-log", "--members", "1", "--groups", "0", "--submissions", "1", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("The simulator does not start.");
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith("SIMULATOR READY ", StringComparison.Ordinal)) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            var simulator = new SimulatorProcess(process, new Uri(line["SIMULATOR READY ".Length..].Trim() + "/"));
            simulator.Study = (await simulator.GetAsync("info").ConfigureAwait(false)).GetProperty("studyId").GetString()!;
            return simulator;
        }

        throw new InvalidOperationException("The simulator ended before it was ready.");
    }

    public Task<JsonElement> GetAsync(string path) => _control.GetFromJsonAsync<JsonElement>(new Uri(BaseUri, "_sim/" + path));

    public async Task PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await _control.PostAsJsonAsync(new Uri(BaseUri, "_sim/" + path), body).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<long> CountMessagesAsync() => (await GetAsync("info").ConfigureAwait(false)).GetProperty("messages").GetInt64();

    /// <summary>CPU time that it has used so far: it runs on the same machine as what is measured.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>A CSV file of its first people with columns for a personalised text.</summary>
    public async Task WriteListAsync(string path, int skip, int count)
    {
        JsonElement people = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"participants?offset={skip}&limit={count}")).ConfigureAwait(false);
        var writer = new StreamWriter(path);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteLineAsync("participant_id,first_name,code,completed_at").ConfigureAwait(false);
            int row = 0;
            foreach (JsonElement person in people.EnumerateArray())
            {
                row++;
                await writer.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{person.GetProperty("id").GetString()},{person.GetProperty("firstName").GetString()},C{row:000000},2026-11-{(row % 28) + 1:00}")).ConfigureAwait(false);
            }

            if (row != count) throw new InvalidOperationException($"Asked for {count} people, got {row}.");
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
