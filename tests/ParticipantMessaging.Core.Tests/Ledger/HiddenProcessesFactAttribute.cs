using System.Diagnostics;
using System.Globalization;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A test that needs a /proc which hides one user's processes from another (<c>hidepid</c>): root on Linux may mount one for a process of its own.</summary>
public sealed class HiddenProcessesFactAttribute : FactAttribute
{
    public HiddenProcessesFactAttribute() => Skip = WhyNot;

    /// <summary>How somebody else's program is started there; the program and its arguments follow.</summary>
    public static IReadOnlyList<string> Launcher { get; } =
    [
        "unshare", "-m", "sh", "-c", "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"", "sh",
    ];

    // After the launcher, which it tries.
    private static readonly string? WhyNot = Try();

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return "Only root on Linux may mount a /proc.";

        // It sees itself and not us, and may read what it is to run.
        string look = string.Create(CultureInfo.InvariantCulture, $"test -d /proc/self && ! test -d /proc/{Environment.ProcessId} && test -r '{Environment.ProcessPath}' && ls '{AppContext.BaseDirectory}' >/dev/null");
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(Launcher[0], [.. Launcher.Skip(1), "sh", "-c", look]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "No /proc that hides processes can be mounted here.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "There is no unshare here.";
        }
    }
}
