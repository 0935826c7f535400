using System.Diagnostics;
using System.Globalization;
using Npgsql;
using ParticipantMessaging.Core.Tests;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>
/// A PostgreSQL server of our own, on loopback, in a folder that is deleted afterwards. Started on first use; one for all tests of
/// the collection <see cref="Collection"/>, and one for those of <see cref="Campaigns"/>. Where Debian's package (or another one) is not installed, the tests are skipped.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    public const string Collection = "PostgreSQL";

    /// <summary>Tests of whole campaigns in processes: with a server of their own they run beside the others, not after them.</summary>
    public const string Campaigns = "PostgreSQL, campaigns";

    public const string User = "ledger";
    public const string Password = "correct horse battery staple";

    private static readonly string? Bin = FindBin();
    private static int _schemas;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "pm-postgres-" + Guid.NewGuid().ToString("N")[..12]);

    /// <summary>Why the tests cannot run; null when they can.</summary>
    public static string? WhyNot { get; } = Bin is null
        ? "PostgreSQL is not installed here (apt-get install postgresql)."
        : Environment.UserName == "root" && !File.ReadLines("/etc/passwd").Any(static line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? "PostgreSQL does not run as root, and there is no user 'postgres' here."
            : null;

    /// <summary>Further settings of the server (<c>name=value</c>).</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    // It must be the same after a restart.
    public int Port { get; } = FreePort.Next();

    public async Task InitializeAsync()
    {
        if (Bin is null || WhyNot is not null)
            return;

        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "pw"), Password);
        if (Environment.UserName == "root")
            await RunAsync("chown", ["-R", "postgres", _folder], asServerUser: false);
        await RunAsync(
            Path.Combine(Bin, "initdb"),
            ["-D", Data, "-U", User, "-A", "scram-sha-256", "--pwfile", Path.Combine(_folder, "pw"), "-E", "UTF8", "--no-locale", "--no-sync"]);
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Bin is null || WhyNot is not null)
            return;

        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public Task StartAsync()
        => RunAsync(
            Path.Combine(Bin!, "pg_ctl"),
            ["-D", Data, "-w", "-t", "60", "-l", Path.Combine(_folder, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-c listen_addresses=127.0.0.1 -c port={Port} -c unix_socket_directories='' -c max_connections=60{string.Concat(Options.Select(static option => " -c " + option))}"), "start"]);

    /// <summary>A signal to the server and all of its processes.</summary>
    public async Task SignalAsync(string signal)
    {
        int postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        await SendAsync(postmaster);
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int process) && ParentOf(folder) == postmaster)
                await SendAsync(process);
        }

        Task SendAsync(int process)
            => RunAsync("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)], asServerUser: false, mayFail: true);
    }

    /// <summary>A power cut, as far as one can be had: all processes end at once, and the server is started again.</summary>
    public async Task CrashAsync()
    {
        await SignalAsync("KILL");
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        await StartAsync();
    }

    private static int ParentOf(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public Task StopAsync() => RunAsync(Path.Combine(Bin!, "pg_ctl"), ["-D", Data, "-w", "-m", "fast", "stop"]);

    /// <summary>Settings of a new, empty place on the server.</summary>
    public async Task<LedgerSettings> NewLedgerAsync()
    {
        string schema = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _schemas)}");
        await ExecuteAsync($"CREATE SCHEMA {schema}");
        return new LedgerSettings
        {
            Kind = LedgerKind.PostgreSql,
            Host = "127.0.0.1",
            Port = Port,
            Database = "postgres",
            Username = User,
            SslMode = "Disable",
            Schema = schema,
        };
    }

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = "postgres",
            Username = User,
            Password = Password,
            Pooling = false,
        }.ToString());
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Until a server that is stopped was asked something: bytes wait for it that it does not read (Linux).</summary>
    public async Task WaitUntilAskedAsync()
    {
        string own = string.Create(CultureInfo.InvariantCulture, $":{Port:X4}");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!(await File.ReadAllLinesAsync("/proc/net/tcp", limit.Token)).Skip(1)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(field => field[1].EndsWith(own, StringComparison.Ordinal) && field[3] == "01" && !field[4].EndsWith(":00000000", StringComparison.Ordinal)))
        {
            await Task.Delay(5, limit.Token);
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Data => Path.Combine(_folder, "data");

    private static string? FindBin()
    {
        var folders = new List<string>();
        if (Directory.Exists("/usr/lib/postgresql"))
            folders.AddRange(Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(static folder => folder).Select(static folder => Path.Combine(folder, "bin")));
        folders.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        return folders.Find(static folder => IsThere(Path.Combine(folder, "initdb")) && IsThere(Path.Combine(folder, "pg_ctl")));
    }

    /// <summary>Not a link that leads nowhere.</summary>
    private static bool IsThere(string file)
        => File.Exists(file) && File.ResolveLinkTarget(file, returnFinalTarget: true) is null or { Exists: true };

    /// <summary>It is in /usr/sbin, which is not on everybody's PATH.</summary>
    private static string RunUser => Array.Find(["/usr/sbin/runuser", "/sbin/runuser"], File.Exists) ?? "runuser";

    /// <summary>PostgreSQL refuses to run as root: Debian's user of that name does it then.</summary>
    private async Task RunAsync(string program, string[] arguments, bool asServerUser = true, bool mayFail = false)
    {
        // Output goes nowhere: the server inherits the pipes, and reading them to their end would wait for it to stop.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = _folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("\"$@\" >>out 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        if (asServerUser && Environment.UserName == "root")
        {
            foreach (string? word in new[] { RunUser, "-u", "postgres", "--" })
                start.ArgumentList.Add(word);
        }

        start.ArgumentList.Add(program);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 && !mayFail)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await File.ReadAllTextAsync(Path.Combine(_folder, "out"))}");
    }
}
