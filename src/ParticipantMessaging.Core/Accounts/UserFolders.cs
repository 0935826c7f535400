namespace ParticipantMessaging.Accounts;

/// <summary>
/// Where the files of the user live: settings in the configuration folder, the ledger in the data folder. XDG on Linux,
/// <c>AppData</c> on Windows, <c>Library/Application Support</c> on macOS.
/// </summary>
public static class UserFolders
{
    private const string Name = "ParticipantMessaging";

    /// <summary>Folder of the settings (accounts, where the ledger is). It need not exist yet.</summary>
    /// <exception cref="MessagingException">The account that runs this has no home folder.</exception>
    public static string Configuration
        => Find("XDG_CONFIG_HOME", ".config", Environment.SpecialFolder.ApplicationData);

    /// <summary>Folder of what is remembered (the ledger). It need not exist yet.</summary>
    /// <exception cref="MessagingException">The account that runs this has no home folder.</exception>
    public static string Data
        => Find("XDG_DATA_HOME", Path.Combine(".local", "share"), Environment.SpecialFolder.LocalApplicationData);

    /// <summary>Makes a folder that only its user can read; leaves one that is there as it is.</summary>
    /// <param name="path">Full path.</param>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(path))
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Find(string variable, string belowHome, Environment.SpecialFolder windowsFolder)
    {
        if (OperatingSystem.IsWindows())
            return Path.Combine(Existing(Environment.GetFolderPath(windowsFolder, Environment.SpecialFolderOption.DoNotVerify)), Name);

        if (OperatingSystem.IsMacOS())
            return Path.Combine(Home(), "Library", "Application Support", Name);

        // A relative one would mean another place in every folder: a ledger that forgets.
        string? named = Environment.GetEnvironmentVariable(variable);
        return Path.Combine(string.IsNullOrEmpty(named) ? Path.Combine(Home(), belowHome) : Full(variable, named), Name);
    }

    private static string Home()
    {
        string? home = Environment.GetEnvironmentVariable("HOME");
        return string.IsNullOrEmpty(home)
            ? Existing(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify))
            : Full("HOME", home);
    }

    private static string Full(string variable, string path)
        => Path.IsPathFullyQualified(path)
            ? path
            : throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The environment variable {variable} is '{ShownText.Line(path)}', which is no full path: settings and ledger would be in another place for every folder one is in.",
                $"Set {variable} to a full path, such as /home/me.");

    private static string Existing(string path)
        => path.Length > 0
            ? path
            : throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "The account that runs this has no home folder, so there is no place for its settings and its ledger.",
                "Set HOME (on Windows APPDATA and LOCALAPPDATA) to a folder that this account can write to.");
}
