using System.Diagnostics;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A test that needs a small disk of its own (a tmpfs): root on Linux may have one, if it is not a closed container.</summary>
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly string? WhyNot = Try();

    public MountFactAttribute() => Skip = WhyNot;

    public static void Mount(string folder, string options) => Assert.Equal(0, Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder));

    public static void Remount(string folder, string options) => Assert.Equal(0, Run("mount", "-o", "remount," + options, folder));

    public static void Unmount(string folder) => Run("umount", "-l", folder);

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return "A small disk can only be mounted by root on Linux.";

        using var folder = new TempFolder();
        if (Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.Path) != 0)
            return "Nothing can be mounted here.";

        Unmount(folder.Path);
        return null;
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
