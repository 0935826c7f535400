using System.Text.Json;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Ledger;

/// <summary>Remembers which ledger is used: <c>ledger.json</c> in the user's configuration folder. Holds no password.</summary>
public sealed class LedgerSettingsStore
{
    private const string ChooseAgain = "Choose the ledger again with Set-MessageLedger.";

    /// <summary>Opens nothing yet.</summary>
    /// <param name="path">Full path of the file; null for the usual one.</param>
    /// <exception cref="MessagingException">The user has no home folder.</exception>
    public LedgerSettingsStore(string? path = null) => Location = path ?? Path.Combine(UserFolders.Configuration, "ledger.json");

    /// <summary>Full path of the file.</summary>
    public string Location { get; }

    /// <summary>Reads what was chosen.</summary>
    /// <returns>The settings; those of the default file when nothing was chosen.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: the file cannot be read. Nothing else is used in its place, because it would not know who has a message already.</exception>
    public LedgerSettings Load()
    {
        try
        {
            using var stream = new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var settings = JsonSerializer.Deserialize(stream, LedgerJson.Default.LedgerSettings) ?? throw new JsonException("null");
            Check(settings);
            return settings;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new LedgerSettings();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw LedgerErrors.Unavailable(
                $"Where the ledger is cannot be read, because the file {Location} is damaged or was written by a newer version.", ChooseAgain, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LedgerErrors.Unavailable($"Where the ledger is cannot be read from {Location}.", "Check that this user may read the file.", exception);
        }
    }

    /// <summary>Writes what was chosen.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: it cannot be written.</exception>
    public void Save(LedgerSettings settings)
    {
        try
        {
            Check(settings);
            UserFolders.Create(Path.GetDirectoryName(Location)!);
            var draft = Location + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(draft, options))
            {
                JsonSerializer.Serialize(stream, settings, LedgerJson.Default.LedgerSettings);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, Location, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(exception);
        }
    }

    /// <summary>Goes back to the default file.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: it cannot be written.</exception>
    public void Reset()
    {
        try
        {
            if (File.Exists(Location))
                File.Delete(Location);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(exception);
        }
    }

    private MessagingException NotWritable(Exception cause)
        => LedgerErrors.Unavailable($"Where the ledger is cannot be written to {Location}.", "Check that this user may write there and that the disk is not full.", cause);

    private static void Check(LedgerSettings settings)
    {
        if (settings.Kind == LedgerKind.File)
        {
            if (settings.Path is { } path && !Path.IsPathFullyQualified(path))
                throw new ArgumentException("The path is not a full one.", nameof(settings));
        }
        else if (string.IsNullOrWhiteSpace(settings.Host) || string.IsNullOrWhiteSpace(settings.Database) || settings.Port is < 1 or > 65535
            || (settings.SslMode is { } mode && !Enum.TryParse<Npgsql.SslMode>(mode, ignoreCase: true, out _)))
        {
            throw new ArgumentException("Host, database, port or SSL mode is missing or wrong.", nameof(settings));
        }
    }
}
