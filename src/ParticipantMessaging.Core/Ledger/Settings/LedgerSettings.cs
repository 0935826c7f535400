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
}
