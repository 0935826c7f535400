using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Ledger;

/// <summary>What holds the ledger.</summary>
public enum LedgerKind
{
    /// <summary>A file on this computer (SQLite), for one or several processes.</summary>
    File,

    /// <summary>A PostgreSQL database, for several computers or runbook workers.</summary>
    PostgreSql,
}

/// <summary>Where the ledger is. Holds no password: for PostgreSQL it names the secret in the vault.</summary>
public sealed record LedgerSettings
{
    /// <summary>File or PostgreSQL.</summary>
    public LedgerKind Kind { get; init; }

    /// <summary>Full path of the file, in a folder that is there; null for the default path, whose folder is made, and for PostgreSQL.</summary>
    public string? Path { get; init; }

    /// <summary>PostgreSQL: host name or folder of the socket.</summary>
    public string? Host { get; init; }

    /// <summary>PostgreSQL: port.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>PostgreSQL: database.</summary>
    public string? Database { get; init; }

    /// <summary>PostgreSQL: user name.</summary>
    public string? Username { get; init; }

    /// <summary>PostgreSQL: Npgsql's SSL mode (Disable, Allow, Prefer, Require, VerifyCA, VerifyFull); null for its default.</summary>
    public string? SslMode { get; init; }

    /// <summary>PostgreSQL: file with the certificate that the server's is checked against; null for the computer's own.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>PostgreSQL: schema; null for the user's default.</summary>
    public string? Schema { get; init; }

    /// <summary>Vault that holds the password; null for the default vault.</summary>
    public string? Vault { get; init; }

    /// <summary>Name of the password in the vault; null when the server asks for none.</summary>
    public string? SecretName { get; init; }

    /// <summary>The file that is used when nothing else was set: <c>ledger.db</c> in the user's data folder.</summary>
    public static string DefaultPath => System.IO.Path.Combine(UserFolders.Data, "ledger.db");

    /// <summary>Where it is, for people: a path, or host, port and database.</summary>
    [JsonIgnore]
    public string Location => Kind == LedgerKind.File
        ? Path ?? DefaultPath
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PostgreSQL {Host}:{Port}/{Database}");

    /// <summary>
    /// What a researcher should know about this choice: a database on another computer whose certificate is not checked may be anybody's, and
    /// whoever it is reads the password and decides who is messaged twice. Null when there is nothing to say.
    /// </summary>
    [JsonIgnore]
    public string? SecurityWarning
        => Kind == LedgerKind.PostgreSql && !IsLocal(Host) && !string.Equals(SslMode, nameof(Npgsql.SslMode.VerifyFull), StringComparison.OrdinalIgnoreCase)
            ? $"The connection to the ledger's database on {Host} does not check whether it is that computer (SSL Mode {SslMode ?? "Prefer"}). Use SSL Mode=VerifyFull, with Root Certificate=<file> where the certificate is the lab's own."
            : null;

    private static bool IsLocal(string? host)
        => host is null || host.StartsWith('/') || host.StartsWith('@') || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (System.Net.IPAddress.TryParse(host, out IPAddress? address) && System.Net.IPAddress.IsLoopback(address));
}

/// <summary>Remembers which ledger is used: <c>ledger.json</c> in the user's configuration folder. Holds no password.</summary>
public sealed class LedgerSettingsStore
{
    private static string ChooseAgain => $"Choose the ledger again with {Wording.By(Job.ChooseLedger)}.";

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
            LedgerSettings settings = JsonSerializer.Deserialize(stream, LedgerJson.Default.LedgerSettings) ?? throw new JsonException("null");
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
            string draft = Location + ".new";
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

/// <summary>JSON of the ledger: lists as parameters of a statement, and the settings file.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyCollection<string>))]
[JsonSerializable(typeof(IReadOnlyCollection<long>))]
[JsonSerializable(typeof(LedgerSettings))]
internal sealed partial class LedgerJson : JsonSerializerContext;
