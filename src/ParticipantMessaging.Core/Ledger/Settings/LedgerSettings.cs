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
            || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
}
