using System.Diagnostics;
using System.Globalization;

namespace ParticipantMessaging.Ledger;

/// <summary>
/// Which process, on which host, a claim belongs to, so that a later run can tell whether it is still alive. Two containers may
/// have one host name and the same process numbers, and numbers are used again: hence the kernel's boot id, the process number
/// space and the process' start time.
/// </summary>
/// <param name="HostId">The scope in which process numbers can be compared.</param>
/// <param name="HostName">For people.</param>
/// <param name="ProcessId">Process number within the scope.</param>
/// <param name="ProcessStart">When it started, in the operating system's own exact unit; only ever compared for equality.</param>
internal sealed record RunIdentity(string HostId, string HostName, int ProcessId, long ProcessStart)
{
    /// <summary>The process number space of a Linux computer that is no container (PROC_PID_INIT_INO).</summary>
    private const string InitialPidNamespace = "pid:[4026531836]";

    private static readonly Lazy<RunIdentity> CurrentRun = new(Detect);

    /// <summary>This process.</summary>
    public static RunIdentity Current => CurrentRun.Value;

    /// <summary>Whether that run's process lives; null when it cannot be seen from here: only its lease can tell then.</summary>
    /// <param name="other">The run.</param>
    /// <param name="isShared">
    /// Whether other computers use the ledger, too. One of them may be a copy of this one (a virtual machine's), which its machine's id does not
    /// tell from this one before it was started anew.
    /// </param>
    public bool? IsAlive(RunIdentity other, bool isShared = false)
    {
        if (string.Equals(HostId, other.HostId, StringComparison.Ordinal))
        {
            return ProcessStart == Undetermined || other.ProcessStart == Undetermined
                ? null
                : StartOf(other.ProcessId) switch
                {
                    null => false,
                    Undetermined => null,
                    { } start => start == other.ProcessStart,
                };
        }

        if (isShared)
            return null;

        // The same computer, no container, started anew since: nothing of before is alive.
        string[] mine = HostId.Split('|');
        string[] others = other.HostId.Split('|');
        return mine is ["linux", { Length: > 0 }, _, InitialPidNamespace]
            && others.Length == 4
            && string.Equals(mine[1], others[1], StringComparison.Ordinal)
            && string.Equals(mine[3], others[3], StringComparison.Ordinal)
            && !string.Equals(mine[2], others[2], StringComparison.Ordinal)
            ? false
            : null;
    }

    private const long Undetermined = -1;

    /// <summary>Another process of this computer.</summary>
    internal static RunIdentity Of(int processId)
        => new(DetectHost(), Environment.MachineName, processId, StartOf(processId) ?? Undetermined);

    private static RunIdentity Detect() => Of(Environment.ProcessId);

    private static string DetectHost()
    {
        if (OperatingSystem.IsLinux())
        {
            string boot = ReadLine("/proc/sys/kernel/random/boot_id");
            string space = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
            if (boot.Length > 0 && space.Length > 0)
                return $"linux|{ReadLine("/etc/machine-id")}|{boot}|{space}";
        }
        else if (OperatingSystem.IsWindows())
        {
            string? machine = Microsoft.Win32.Registry.GetValue(@"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography", "MachineGuid", null) as string;
            return $"windows|{machine}|{Environment.MachineName}";
        }

        return $"other|{Environment.MachineName}|{Environment.UserName}";
    }

    /// <summary>Start time of a process; null when there is none of that number; <see cref="Undetermined"/> when it may not be read.</summary>
    private static long? StartOf(int processId)
    {
        if (OperatingSystem.IsLinux())
            return LinuxStartOf(processId);

        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception or NotSupportedException)
        {
            return exception is InvalidOperationException ? null : Undetermined;
        }
    }

    /// <summary>
    /// Field 22 of <c>/proc/PID/stat</c>, in clock ticks since the computer started: exact, where .NET's own value shifts
    /// whenever the clock is set.
    /// </summary>
    internal static long? LinuxStartOf(int processId, string processes = "/proc")
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"{processes}/{processId}/stat"));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Other people's processes may be hidden: what is not there may only not be shown.
            return HidesProcesses(processes) ? Undetermined : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended while it was being read (ESRCH), or may not be read.
            return Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"{processes}/{processId}")) || HidesProcesses(processes) ? Undetermined : null;
        }

        // The second field is the program's name in brackets and may hold anything, brackets and spaces too.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20)
            return Undetermined;

        // A zombie has ended; only its parent has not noticed.
        return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
    }

    /// <summary>Whether <c>/proc</c> was mounted so that one user does not see the processes of another (<c>hidepid</c>).</summary>
    private static bool HidesProcesses(string processes)
    {
        try
        {
            return File.ReadLines($"{processes}/self/mounts").Any(line => line.Split(' ') is [_, "/proc", "proc", var options, ..]
                && options.Split(',').Any(static option => option.StartsWith("hidepid=", StringComparison.Ordinal) && option is not ("hidepid=0" or "hidepid=off")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string ReadLine(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return reader.ReadLine() ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
