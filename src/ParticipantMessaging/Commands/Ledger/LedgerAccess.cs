using System.Globalization;
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
    private static int _abandoned;

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

    /// <summary>
    /// Opens it. The password of a database is fetched from the vault on the pipeline thread. Who opens it first after a run was killed says
    /// what that run left behind.
    /// </summary>
    /// <param name="cmdlet">Who wants it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open ledger; the caller disposes of it.</returns>
    /// <exception cref="MessagingException">LedgerUnavailable, SecretNotFound or VaultNotInstalled.</exception>
    public static Task<IMessageLedger> OpenAsync(AsyncCmdlet cmdlet, CancellationToken cancellationToken)
        => OpenAsync(Current, cmdlet, cancellationToken);

    /// <summary>Opens the one that settings describe.</summary>
    public static async Task<IMessageLedger> OpenAsync(LedgerSettings settings, AsyncCmdlet cmdlet, CancellationToken cancellationToken, SecureString? password = null)
    {
        lock (Lock) password ??= ReferenceEquals(settings, _session) ? _sessionPassword : null;
        string? plain = password is not null ? new NetworkCredential("", password).Password
            : settings.SecretName is { } secret ? await cmdlet.OnPipelineAsync(() => new NetworkCredential("", SecretVault.Read(secret, settings.Vault)).Password).ConfigureAwait(false)
            : null;
        IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, plain, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        NoteAbandoned(ledger);
        try
        {
            await TellAbandonedAsync(cmdlet).ConfigureAwait(false);
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Completion opens it too, and may say nothing: the next cmdlet does.</summary>
    public static void NoteAbandoned(IMessageLedger ledger)
    {
        if (ledger.Abandoned > 0) Interlocked.Add(ref _abandoned, ledger.Abandoned);
    }

    private static async Task TellAbandonedAsync(AsyncCmdlet cmdlet)
    {
        int count = Interlocked.Exchange(ref _abandoned, 0);
        if (count == 0) return;
        string messages = count == 1 ? "1 message, of which it is not known whether it arrived" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} messages, of which it is not known whether they arrived");
        await cmdlet.WriteWarningAsync(
            $"An earlier run was killed, its computer went down, or it could not reach the ledger at its end: it left {messages}. {(count == 1 ? "It is" : "They are")} Unknown and not sent again; Get-SentMessage -Status Unknown | Resolve-SentMessage looks (Open Humans cannot be asked: there, ask the people and settle it with -As). The command of that run, given again, goes on with the rest.").ConfigureAwait(false);
    }

    /// <summary>The settings as an output object.</summary>
    public static MessageLedger Describe(LedgerSettings settings, bool isOfSession)
    {
        bool isFile = settings.Kind == LedgerKind.File;
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
