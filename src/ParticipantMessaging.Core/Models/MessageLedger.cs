namespace ParticipantMessaging;

/// <summary>Which ledger is used, as <c>Get-MessageLedger</c> shows it. Holds no password.</summary>
public sealed class MessageLedger
{
    /// <summary><c>File</c> or <c>PostgreSql</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Where it is, for people: a path, or host, port and database.</summary>
    public string Location { get; init; } = "";

    /// <summary><c>User</c>: chosen for good; <c>Session</c>: for this PowerShell alone.</summary>
    public string Scope { get; init; } = "";

    /// <summary>True when nothing was chosen: the file in the user's data folder.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The file; empty for PostgreSQL.</summary>
    public string Path { get; init; } = "";

    /// <summary>PostgreSQL's host; empty for a file.</summary>
    public string Host { get; init; } = "";

    /// <summary>PostgreSQL's port; null for a file.</summary>
    public int? Port { get; init; }

    /// <summary>PostgreSQL's database; empty for a file.</summary>
    public string Database { get; init; } = "";

    /// <summary>PostgreSQL's schema; empty for the user's default, and for a file.</summary>
    public string Schema { get; init; } = "";

    /// <summary>PostgreSQL's user; empty for a file.</summary>
    public string Username { get; init; } = "";

    /// <summary>PostgreSQL's SSL mode; empty for the driver's default, and for a file.</summary>
    public string SslMode { get; init; } = "";

    /// <summary>Vault with PostgreSQL's password; empty for the default vault.</summary>
    public string Vault { get; init; } = "";

    /// <summary>Name of the password in the vault; empty when there is none.</summary>
    public string SecretName { get; init; } = "";
}
