using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ParticipantMessaging.Simulator;

/// <summary>The program around the host: arguments, the one line when it listens, and a clean end.</summary>
internal static class SimulatorProgram
{
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output, TextWriter errors)
    {
        SimulatorOptions options;
        try
        {
            if (args.Any(a => a is "--help" or "-h" or "-?"))
            {
                await output.WriteAsync(SimulatorArguments.Usage);
                return 0;
            }

            options = SimulatorArguments.Parse(args);
        }
        catch (ArgumentException e)
        {
            await errors.WriteLineAsync(VisibleText.Line(e.Message));
            await errors.WriteLineAsync("Start with --help to see the options.");
            return 2;
        }

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        try
        {
            await using SimulatorHost host = await SimulatorHost.StartAsync(options);
            await output.WriteLineAsync($"SIMULATOR READY {host.BaseUri.GetLeftPart(UriPartial.Authority)}");
            await output.FlushAsync();
            if (host.State.PeopleSummary is { } people)
                await errors.WriteLineAsync(VisibleText.Line($"{Path.GetFileName(options.PeopleFile)}: {people}"));
            if (options.ParentProcessId > 0)
                _ = WaitForParentAsync(options.ParentProcessId, stop);
            if (options.ExitOnInputClosed)
                _ = Task.Run(() => ReadToEnd(input, stop));
            await stop.Task;
            return 0;
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(VisibleText.Line(e.Message));
            return 1;
        }
    }

    private static async Task WaitForParentAsync(int processId, TaskCompletionSource stop)
    {
        try
        {
            using var parent = Process.GetProcessById(processId);
            await parent.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }

        stop.TrySetResult();
    }

    private static void ReadToEnd(TextReader input, TaskCompletionSource stop)
    {
        while (input.ReadLine() is not null)
        {
            // Only the end counts.
        }

        stop.TrySetResult();
    }
}
