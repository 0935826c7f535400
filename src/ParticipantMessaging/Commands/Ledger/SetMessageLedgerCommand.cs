using System.Management.Automation;
using System.Net;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Chooses where the ledger is: a file, or a PostgreSQL database for several computers. What the old one holds stays there.</summary>
[Cmdlet(VerbsCommon.Set, "MessageLedger", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(void))]
public sealed class SetMessageLedgerCommand : AsyncCmdlet
{
    private const string PathSet = "Path";
    private const string DatabaseSet = "Database";
    private const string DefaultSet = "Default";
    private const string UsualSecret = "ParticipantMessaging.Ledger";

    /// <summary>The file; it is made when it is not there.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>PostgreSQL: <c>Host=…;Database=…;Username=…</c> or <c>postgresql://user@host/database</c>. A password in it goes into the vault, and nowhere else.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>Vault that holds the password; without it the default vault.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ArgumentCompleter(typeof(VaultNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>Name of the password in the vault.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>Back to the file in the user's data folder.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DefaultSet)]
    public SwitchParameter Default { get; set; }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (ParameterSetName == DefaultSet && !Default)
            return;

        var (settings, password) = await ReadAsync().ConfigureAwait(false);
        var action = password is null
            ? "Use as the ledger of sent messages"
            : $"Use as the ledger of sent messages, and store its password in {(Vault is null ? "the default vault" : $"the vault '{Vault}'")} as '{settings.SecretName}'";
        if (!await ShouldProcessAsync(settings.Location, action).ConfigureAwait(false))
            return;

        // The password first: settings that point at a secret which was never stored would be worse.
        if (password is not null)
        {
            await OnPipelineAsync(() => SecretVault.Store(settings.SecretName!, Vault, new NetworkCredential("", password).SecurePassword))
                .ConfigureAwait(false);
        }

        var store = new LedgerSettingsStore();
        if (ParameterSetName == DefaultSet)
            store.Reset();
        else
            store.Save(settings);
        await TryAsync(settings, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(LedgerSettings Settings, string? Password)> ReadAsync()
    {
        switch (ParameterSetName)
        {
            case DefaultSet:
                return (new LedgerSettings(), null);
            case PathSet:
                var path = await OnPipelineAsync(() => SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path!, out var provider, out _) is { } full
                    && provider.Name == "FileSystem" ? full : null).ConfigureAwait(false);
                return path is null
                    ? throw new MessagingException(MessagingErrorReason.InvalidRequest, "The path is not one of a file.", "Give a file with -Path, such as ~/messages/ledger.db.")
                    : (new LedgerSettings { Path = path }, null);
            default:
                var (settings, password) = PostgresConnectionText.Parse(ConnectionString!);
                if (settings.RootCertificate is { } certificate)
                    settings = settings with { RootCertificate = await OnPipelineAsync(() => GetUnresolvedProviderPathFromPSPath(certificate)).ConfigureAwait(false) };
                if (Vault is not null && SecretName is null && password is null)
                {
                    throw new MessagingException(
                        MessagingErrorReason.InvalidRequest,
                        "-Vault says where the password is, but nothing says which one it is.",
                        "Name the secret with -SecretName, or give the password within -ConnectionString once; it is moved into the vault.");
                }

                var secret = SecretName ?? (password is null ? null : UsualSecret);
                return (settings with { SecretName = secret, Vault = secret is null ? null : Vault }, password);
        }
    }

    /// <summary>A choice that does not work yet is still the choice: no message leaves before it does.</summary>
    private async Task TryAsync(LedgerSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            if (settings.Path is { } path)
                UserFolders.Create(System.IO.Path.GetDirectoryName(path)!);
            var ledger = await LedgerAccess.OpenAsync(settings, OnPipelineAsync, cancellationToken).ConfigureAwait(false);
            await ledger.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or IOException or UnauthorizedAccessException)
        {
            var action = (exception as MessagingException)?.RecommendedAction ?? "Check the path.";
            await WriteWarningAsync($"The ledger is set, but it cannot be used yet, and nothing can be sent before it can. {exception.Message} {action}").ConfigureAwait(false);
        }
    }
}
