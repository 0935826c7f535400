using System.Diagnostics;
using ParticipantMessaging;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;

namespace CampaignInCSharp;

/// <summary>The stage of the demo: a simulator on a free port and a ledger that is thrown away.</summary>
internal sealed class Demo : IAsyncDisposable
{
    private readonly Process _simulator;
    private readonly DirectoryInfo _folder;

    private Demo(Process simulator, string baseUri, string root)
    {
        _simulator = simulator;
        _folder = Directory.CreateTempSubdirectory("ParticipantMessaging-demo-");
        CsvPath = Path.Combine(root, "samples", "participants.csv");
        Ledger = new LedgerSettings { Path = Path.Combine(_folder.FullName, "ledger.db") };

        // The simulator's tokens are no secret; docs/simulator.md lists them.
        var address = new Uri(baseUri);
        Accounts = new Dictionary<string, ServiceConnection>(StringComparer.OrdinalIgnoreCase)
        {
            ["prolific"] = new(MessagingProvider.Prolific, new AccessToken("sim-prolific-token"), address, "prolific"),
            ["openhumans"] = new(MessagingProvider.OpenHumans, new AccessToken("simOpenHumansMasterToken".PadRight(64, '0')), address, "openhumans"),
        };
    }

    public string CsvPath { get; }

    public LedgerSettings Ledger { get; }

    public IReadOnlyDictionary<string, ServiceConnection> Accounts { get; }

    public static async Task<Demo> StartAsync(CancellationToken cancellationToken)
    {
        string root = FindRoot();
        string program = Directory
            .EnumerateFiles(Path.Combine(root, "src", "ParticipantMessaging.Simulator", "bin"), "ParticipantMessaging.Simulator.dll", SearchOption.AllDirectories)
            .OrderByDescending(File.GetLastWriteTimeUtc)
            .FirstOrDefault() ?? throw new FileNotFoundException("The simulator was not built. Run ./build.sh build first.");
        string[] arguments = [program, "--port", "0", "--participants", "20", "--seed", "1", "--unread", "3", "--events", "5", "--exit-on-stdin-close"];
        Process simulator = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        const string ready = "SIMULATOR READY ";
        while (await simulator.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith(ready, StringComparison.Ordinal)) continue;
            Console.WriteLine($"The simulator stands in for both services at {line[ready.Length..]}; nobody real is messaged.\n");
            return new Demo(simulator, line[ready.Length..], root);
        }

        await simulator.WaitForExitAsync(cancellationToken);
        throw new InvalidOperationException($"The simulator ended with exit code {simulator.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        // It ends when its input does, even if this process is killed.
        _simulator.StandardInput.Close();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _simulator.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _simulator.Kill(entireProcessTree: true);
        }

        _simulator.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ParticipantMessaging.slnx"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("The demo runs inside the repository only.");
    }
}
