using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>The program as users start it: a process of its own.</summary>
public sealed class ProgramTests
{
    private static Process Start(params string[] arguments)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        info.ArgumentList.Add(typeof(SimulatorHost).Assembly.Location);
        foreach (string argument in arguments)
            info.ArgumentList.Add(argument);
        return Process.Start(info)!;
    }

    private static async Task<(int Code, string Errors)> EndAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        string errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, errors);
    }

    private static async Task<Uri> ReadyAsync(Process process)
    {
        string? line = await process.StandardOutput.ReadLineAsync();
        Assert.StartsWith("SIMULATOR READY http://127.0.0.1:", line, StringComparison.Ordinal);
        return new Uri(line!["SIMULATOR READY ".Length..]);
    }

    [Fact]
    public async Task It_prints_one_line_serves_and_ends_with_0_on_SIGTERM()
    {
        if (OperatingSystem.IsWindows())
            return; // there are no signals to send
        using Process process = Start("--participants", "3", "--seed=4", "--unread", "2");
        try
        {
            Uri uri = await ReadyAsync(process);
            using var http = new HttpClient { BaseAddress = uri };
            Assert.Contains("\"participants\":3", await http.GetStringAsync("/_sim/info"), StringComparison.Ordinal);
            await TerminateAsync(process);
            string rest = await process.StandardOutput.ReadToEndAsync();
            Assert.Equal("", rest);
            Assert.Equal((0, ""), await EndAsync(process));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [Fact]
    public async Task It_ends_when_its_standard_input_is_closed()
    {
        using Process process = Start("--participants", "1", "--exit-on-stdin-close");
        try
        {
            await ReadyAsync(process);
            process.StandardInput.Close();
            Assert.Equal((0, ""), await EndAsync(process));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [Fact]
    public async Task It_ends_with_its_parent()
    {
        using Process parent = Start("--participants", "1", "--exit-on-stdin-close");
        await ReadyAsync(parent);
        using Process process = Start("--participants", "1", "--exit-with-parent", parent.Id.ToString(CultureInfo.InvariantCulture));
        try
        {
            await ReadyAsync(process);
            parent.Kill();
            Assert.Equal((0, ""), await EndAsync(process));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [Theory]
    [InlineData("--address 0.0.0.0", 1, "--allow-remote")]
    [InlineData("--participants many", 2, "--participants needs a number.")]
    [InlineData("--nonsense", 2, "There is no option '--nonsense'.")]
    [InlineData("--state", 2, "--state needs a value.")]
    public async Task What_it_can_not_do_it_says_and_ends(string arguments, int code, string text)
    {
        using Process process = Start(arguments.Split(' '));
        (int exit, string errors) = await EndAsync(process);
        Assert.Equal(code, exit);
        Assert.Contains(text, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_simulator_loses_nothing_that_it_answered()
    {
        string folder = Directory.CreateTempSubdirectory("simulator").FullName;
        try
        {
            string file = Path.Combine(folder, "state.jsonl");
            string body;
            using (Process process = Start("--participants", "5", "--state", file))
            {
                Uri uri = await ReadyAsync(process);
                using var http = new HttpClient { BaseAddress = uri };
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/direct-sharing/project/message/")
                {
                    Content = new StringContent("{\"all_members\":true,\"message\":\"kept\"}", null, "application/json"),
                };
                request.Headers.Authorization = new("Bearer", SimulatorOptions.DefaultOpenHumansToken);
                using HttpResponseMessage response = await http.SendAsync(request);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                process.Kill();
                await process.WaitForExitAsync();
            }

            using Process again = Start("--participants", "5", "--state", file, "--exit-on-stdin-close");
            Uri second = await ReadyAsync(again);
            using (var http = new HttpClient { BaseAddress = second })
                body = await http.GetStringAsync("/_sim/info");
            again.StandardInput.Close();
            await EndAsync(again);
            Assert.Contains("\"messages\":5", body, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The framework can kill but not ask to end.</summary>
    private static async Task TerminateAsync(Process process)
    {
        // A word of every shell; a program of that name is not everywhere.
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {process.Id}")]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
