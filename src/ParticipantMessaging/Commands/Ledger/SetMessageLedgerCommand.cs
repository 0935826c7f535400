using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Chooses where the ledger is: a file, or a PostgreSQL database for several computers. What the old one holds stays there, unless it is copied.</summary>
[Cmdlet(VerbsCommon.Set, "MessageLedger", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(void))]
public sealed class SetMessageLedgerCommand : AsyncCmdlet
{
    private const string PathSet = "Path";
    private const string DatabaseSet = "Database";
    private const string DefaultSet = "Default";
    private const string SessionScope = "Session";
    private const string UsualSecret = "ParticipantMessaging.Ledger";

    /// <summary>The file; it is made when it is not there.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>PostgreSQL: <c>Host=…;Database=…;Username=…</c> or <c>postgresql://user@host/database</c>. A password in it goes into the vault, and nowhere else.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>Vault that holds the password; without it the default vault.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ArgumentCompleter(typeof(VaultNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>Name of the password in the vault.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ArgumentCompleter(typeof(SecretNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>The password. For the session it stays in memory; else it goes into the vault, and nowhere else.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [SecretText]
    public SecureString? Password { get; set; }

    /// <summary>For the user, for good; or for this PowerShell alone.</summary>
    [Parameter]
    [ValidateSet("User", SessionScope)]
    public string Scope { get; set; } = "User";

    /// <summary>Takes the entries, blocks and accounts of the ledger before along.</summary>
    [Parameter]
    public SwitchParameter CopyEntries { get; set; }

    /// <summary>Back to the file in the user's data folder; of the session, back to the user's choice.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DefaultSet)]
    public SwitchParameter Default { get; set; }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (ParameterSetName == DefaultSet && !Default)
            return;

        bool isSession = string.Equals(Scope, SessionScope, StringComparison.OrdinalIgnoreCase);
        LedgerSettings before = CurrentOrDefault(out bool isReadable);
        (LedgerSettings? settings, SecureString? password) = await ReadAsync(isSession).ConfigureAwait(false);
        bool isOther = !isReadable || !string.Equals(before.Location, settings.Location, StringComparison.Ordinal) || before.Schema != settings.Schema;
        long? behind = isOther && isReadable ? await CountAsync(before, cancellationToken).ConfigureAwait(false) : 0;
        bool store = password is not null && !isSession;
        string action = (isSession ? "Use as the ledger of sent messages in this session" : "Use as the ledger of sent messages")
            + (store ? $", and store its password in {(Vault is null ? "the default vault" : $"the vault '{Vault}'")} as '{settings.SecretName}'" : "")
            + (behind is > 0 ? CopyEntries ? $". {Entries(behind.Value)} of {before.Location} {Are(behind.Value)} copied" : $". {Entries(behind.Value)} of {before.Location} {(behind == 1 ? "stays" : "stay")} behind" : "");
        if (!await ShouldProcessAsync(settings.Location, action).ConfigureAwait(false))
            return;

        // The password first: settings that point at a secret which was never stored would be worse.
        if (store)
            await OnPipelineAsync(() => SecretVault.Store(settings.SecretName!, Vault, password!)).ConfigureAwait(false);
        MakeFolder(settings);
        if (CopyEntries && isOther)
            await CopyAsync(before, isReadable, settings, password, cancellationToken).ConfigureAwait(false);

        if (isSession)
            LedgerAccess.UseInSession(ParameterSetName == DefaultSet ? null : settings, password);
        else if (ParameterSetName == DefaultSet)
            new LedgerSettingsStore().Reset();
        else
            new LedgerSettingsStore().Save(settings);
        if (!isSession && LedgerAccess.IsOfSession)
            await WriteWarningAsync($"This session goes on with its own ledger, {LedgerAccess.Current.Location}; Set-MessageLedger -Default -Scope Session ends that.").ConfigureAwait(false);
        await TryAsync(settings, password, cancellationToken).ConfigureAwait(false);
        if (settings.SecurityWarning is { } doubt)
            await WriteWarningAsync(doubt).ConfigureAwait(false);
        if (!CopyEntries && isOther)
            await WarnOfForgottenAsync(before, behind).ConfigureAwait(false);
    }

    private static string Entries(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "entry" : "entries")}");

    private static string Are(long count) => count == 1 ? "is" : "are";

    private static LedgerSettings CurrentOrDefault(out bool isReadable)
    {
        try
        {
            isReadable = true;
            return LedgerAccess.Current;
        }
        catch (MessagingException)
        {
            // A choice that cannot be read is what is being mended.
            isReadable = false;
            return new LedgerSettings();
        }
    }

    private static void MakeFolder(LedgerSettings settings)
    {
        try
        {
            if (settings.Path is { } path) UserFolders.Create(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Told when the file is tried.
        }
    }

    /// <summary>How many entries the ledger before holds; null when it cannot be told.</summary>
    private async Task<long?> CountAsync(LedgerSettings before, CancellationToken cancellationToken)
    {
        if (before.Kind == LedgerKind.File && !File.Exists(before.Location)) return 0;
        try
        {
            IMessageLedger ledger = await LedgerAccess.OpenAsync(before, this, cancellationToken).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false)) return await ledger.CountAsync(new LedgerQuery(), cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            return null;
        }
    }

    private async Task CopyAsync(LedgerSettings before, bool isReadable, LedgerSettings settings, SecureString? password, CancellationToken cancellationToken)
    {
        if (!isReadable)
        {
            throw new MessagingException(
                MessagingErrorReason.LedgerUnavailable, "Which ledger was used before cannot be read, so nothing can be copied.", "Choose the old one first, then the new one with -CopyEntries.");
        }

        if (before.Kind == LedgerKind.File && !File.Exists(before.Location))
        {
            await WriteVerboseAsync($"There is nothing to copy: {before.Location} is not there.").ConfigureAwait(false);
            return;
        }

        IMessageLedger source = await LedgerAccess.OpenAsync(before, this, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            IMessageLedger target = await LedgerAccess.OpenAsync(settings, this, cancellationToken, password).ConfigureAwait(false);
            await using (target.ConfigureAwait(false))
            {
                long copied = await target.CopyFromAsync(source, cancellationToken).ConfigureAwait(false);
                string told = $"{Entries(copied)} {(copied == 1 ? "was" : "were")} copied";
                if (await source.CountAsync(new LedgerQuery(), cancellationToken).ConfigureAwait(false) == 0)
                {
                    await WriteVerboseAsync($"{told} from {source.Location}.").ConfigureAwait(false);
                    return;
                }

                string choose = before.Kind == LedgerKind.File ? $"Set-MessageLedger -Path '{before.Location}' -Scope Session" : "Set-MessageLedger -ConnectionString … -Scope Session";
                await WriteWarningAsync($"{told}. {source.Location} keeps its own; to clear it: {choose}; Clear-SentMessage -Before (Get-Date); Set-MessageLedger -Default -Scope Session").ConfigureAwait(false);
            }
        }
    }

    private async Task WarnOfForgottenAsync(LedgerSettings before, long? behind)
    {
        if (behind == 0) return;
        string how = "Set-MessageLedger with -CopyEntries takes them along; to do it now, go back first.";
        await WriteWarningAsync(behind is { } count
            ? $"{Entries(count)} {(count == 1 ? "stays" : "stay")} behind in {before.Location}: who has a message according to {(count == 1 ? "it" : "them")} can get it again. {how}"
            : $"How many entries stay behind in {before.Location} cannot be told, because it cannot be opened: who has a message according to it can get it again. {how}").ConfigureAwait(false);
    }

    private async Task<(LedgerSettings Settings, SecureString? Password)> ReadAsync(bool isSession)
    {
        switch (ParameterSetName)
        {
            case DefaultSet:
                return (isSession ? new LedgerSettingsStore().Load() : new LedgerSettings(), null);
            case PathSet:
                string? path = await OnPipelineAsync(() => SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path!, out ProviderInfo? provider, out _) is { } full
                    && provider.Name == "FileSystem" ? full : null).ConfigureAwait(false);
                return path is null
                    ? throw new MessagingException(MessagingErrorReason.InvalidRequest, "The path is not one of a file.", "Give a file with -Path, such as ~/messages/ledger.db.")
                    : (new LedgerSettings { Path = path }, null);
            default:
                (LedgerSettings? settings, string? written) = PostgresConnectionText.Parse(ConnectionString!);
                SecureString? password = Password ?? (written is null ? null : new NetworkCredential("", written).SecurePassword);
                if (isSession && password is not null && (SecretName is not null || Vault is not null))
                {
                    throw new MessagingException(
                        MessagingErrorReason.InvalidRequest,
                        "The password is given, and -SecretName or -Vault says that it is in a vault.",
                        "Give the one or the other. For the session a password stays in memory.");
                }

                if (settings.RootCertificate is { } certificate)
                    settings = settings with { RootCertificate = await OnPipelineAsync(() => GetUnresolvedProviderPathFromPSPath(certificate)).ConfigureAwait(false) };
                if (Vault is not null && SecretName is null && password is null)
                {
                    throw new MessagingException(
                        MessagingErrorReason.InvalidRequest,
                        "-Vault says where the password is, but nothing says which one it is.",
                        "Name the secret with -SecretName, or give the password within -ConnectionString once; it is moved into the vault.");
                }

                string? secret = SecretName ?? (password is null || isSession ? null : UsualSecret);
                return (settings with { SecretName = secret, Vault = secret is null ? null : Vault }, password);
        }
    }

    /// <summary>A choice that does not work yet is still the choice: no message leaves before it does.</summary>
    private async Task TryAsync(LedgerSettings settings, SecureString? password, CancellationToken cancellationToken)
    {
        try
        {
            IMessageLedger ledger = await LedgerAccess.OpenAsync(settings, this, cancellationToken, password).ConfigureAwait(false);
            await ledger.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or IOException or UnauthorizedAccessException)
        {
            string action = (exception as MessagingException)?.RecommendedAction ?? "Check the path.";
            await WriteWarningAsync($"The ledger is set, but it cannot be used yet, and nothing can be sent before it can. {exception.Message} {action}").ConfigureAwait(false);
        }
    }
}
