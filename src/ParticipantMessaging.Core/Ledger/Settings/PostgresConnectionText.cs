using Npgsql;

namespace ParticipantMessaging.Ledger;

/// <summary>A PostgreSQL connection string, as people have it, taken apart: settings without the password, and the password.</summary>
public static class PostgresConnectionText
{
    private const string Example = "Write it like 'Host=db.example.org;Database=messages;Username=lab;SSL Mode=VerifyFull'.";

    private const string SslMode = "SSL Mode";

    /// <summary>Npgsql's own names for what <see cref="LedgerSettings"/> has a place for, and the password.</summary>
    private static readonly HashSet<string> Kept = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Port", "Database", "Username", "Password", SslMode, "Root Certificate", "Search Path",
    };

    /// <summary>Takes a connection string apart.</summary>
    /// <param name="text">Npgsql's form (<c>Host=…;Database=…</c>) or <c>postgresql://user@host:port/database</c>.</param>
    /// <returns>The settings, and the password that was in the text; null when there was none.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: it cannot be understood, or holds what cannot be kept. The text itself is never repeated.</exception>
    public static (LedgerSettings Settings, string? Password) Parse(string text)
    {
        NpgsqlConnectionStringBuilder parts = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
            ? FromUri(text)
            : FromPairs(text);
        if (string.IsNullOrWhiteSpace(parts.Host))
            throw Invalid("The connection string names no host.");
        if (parts.Host.Contains(',', StringComparison.Ordinal))
            throw Invalid("The connection string names several hosts; a ledger is one database.");
        if (string.IsNullOrWhiteSpace(parts.Database))
            throw Invalid("The connection string names no database.");

        return (
            new LedgerSettings
            {
                Kind = LedgerKind.PostgreSql,
                Host = parts.Host,
                Port = parts.Port,
                Database = parts.Database,
                Username = parts.Username,
                SslMode = parts.Keys.Cast<string>().Contains(SslMode) ? parts.SslMode.ToString() : null,
                RootCertificate = parts.RootCertificate,
                Schema = parts.SearchPath,
            },
            string.IsNullOrEmpty(parts.Password) ? null : parts.Password);
    }

    private static NpgsqlConnectionStringBuilder FromPairs(string text)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The cause is not attached: it may quote the text, and the text may hold the password.
            throw Invalid("The connection string cannot be understood.");
        }

        // What would silently be dropped is refused, rather than connecting in another way than was asked for.
        foreach (string name in builder.Keys)
        {
            if (!Kept.Contains(name))
                throw Invalid($"The connection string says '{name}', which the ledger does not keep.");
        }

        return builder;
    }

    private static NpgsqlConnectionStringBuilder FromUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Fragment.Length > 0)
            throw Invalid("The connection string cannot be understood.");

        string[] user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Uri.UnescapeDataString(uri.Host),
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            (string? name, string? value) = pair.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (pair, "");
            switch (name)
            {
                case "sslmode" when Enum.TryParse<Npgsql.SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out SslMode mode):
                    builder.SslMode = mode;
                    break;
                case "sslrootcert":
                    builder.RootCertificate = value;
                    break;
                default:
                    throw Invalid($"The connection string says '{name}', which the ledger does not keep.");
            }
        }

        return builder;
    }

    private static MessagingException Invalid(string message) => new(MessagingErrorReason.InvalidRequest, message, Example);
}
