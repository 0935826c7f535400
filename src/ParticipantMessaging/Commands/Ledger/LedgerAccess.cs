using System.Net;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Opens the ledger that the user has chosen, for every cmdlet that needs it.</summary>
internal static class LedgerAccess
{
    private static readonly object Lock = new();
    private static LedgerSettings? _session;
    private static SecureString? _sessionPassword;

    /// <summary>What is used: the choice of this session, else the user's.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>: the user's choice cannot be read.</exception>
    public static LedgerSettings Current
    {
        get
        {
            lock (Lock) return _session ?? new LedgerSettingsStore().Load();
        }
    }

    /// <summary>Whether this session has its own.</summary>
    public static bool IsOfSession
    {
        get
        {
            lock (Lock) return _session is not null;
        }
    }

    /// <summary>Chooses for this PowerShell alone; null goes back to the user's choice.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="password">The database's password, which is kept in memory; null for none, or for the vault's.</param>
    public static void UseInSession(LedgerSettings? settings, SecureString? password)
    {
        lock (Lock)
        {
            _session = settings;
            _sessionPassword = password?.Copy();
        }
    }

    /// <summary>Opens it. The password of a database is fetched from the vault on the pipeline thread.</summary>
    /// <param name="onPipeline">The cmdlet's <c>OnPipelineAsync</c>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open ledger; the caller disposes of it.</returns>
    /// <exception cref="MessagingException">LedgerUnavailable, SecretNotFound or VaultNotInstalled.</exception>
    public static Task<IMessageLedger> OpenAsync(Func<Func<string>, Task<string>> onPipeline, CancellationToken cancellationToken)
        => OpenAsync(Current, onPipeline, cancellationToken);

    /// <summary>Opens the one that settings describe.</summary>
    public static async Task<IMessageLedger> OpenAsync(
        LedgerSettings settings, Func<Func<string>, Task<string>> onPipeline, CancellationToken cancellationToken, SecureString? password = null)
    {
        lock (Lock) password ??= ReferenceEquals(settings, _session) ? _sessionPassword : null;
        string? plain = password is not null ? new NetworkCredential("", password).Password
            : settings.SecretName is { } secret ? await onPipeline(() => new NetworkCredential("", SecretVault.Read(secret, settings.Vault)).Password).ConfigureAwait(false)
            : null;
        return await LedgerFactory.OpenAsync(settings, plain, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The settings as an output object.</summary>
    public static MessageLedger Describe(LedgerSettings settings, bool isOfSession)
    {
        var isFile = settings.Kind == LedgerKind.File;
        return new MessageLedger
        {
            Kind = settings.Kind.ToString(),
            Location = settings.Location,
            Scope = isOfSession ? "Session" : "User",
            IsDefault = isFile && settings.Path is null,
            Path = isFile ? settings.Path ?? LedgerSettings.DefaultPath : "",
            Host = isFile ? "" : settings.Host ?? "",
            Port = isFile ? null : settings.Port,
            Database = isFile ? "" : settings.Database ?? "",
            Schema = isFile ? "" : settings.Schema ?? "",
            Username = isFile ? "" : settings.Username ?? "",
            SslMode = isFile ? "" : settings.SslMode ?? "",
            Vault = isFile ? "" : settings.Vault ?? "",
            SecretName = isFile ? "" : settings.SecretName ?? "",
        };
    }
}
