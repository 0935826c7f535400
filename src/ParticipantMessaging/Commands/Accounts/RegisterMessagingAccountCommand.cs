using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Registers an account: the token goes into a vault, the rest into a file of the user's.</summary>
[Cmdlet(VerbsLifecycle.Register, "MessagingAccount", SupportsShouldProcess = true)]
[OutputType(typeof(MessagingAccount))]
public sealed class RegisterMessagingAccountCommand : AsyncCmdlet
{
    /// <summary>Name of the account.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The service.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateSet(nameof(MessagingProvider.Prolific), nameof(MessagingProvider.OpenHumans))]
    public string Provider { get; set; } = "";

    /// <summary>The token; without it the account points at a secret that is already in the vault.</summary>
    [Parameter]
    [SecretText]
    public SecureString? Token { get; set; }

    /// <summary>The vault; the default one when it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>Name of the secret in the vault.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SecretNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>The host root; the service's own when it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri? BaseUri { get; set; }

    /// <summary>Prolific workspace that is meant when none is named.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>The account is used when none is named.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    /// <summary>Replaces an account, and a secret, of that name; points a secret at another host without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns the account.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        MessagingProvider provider = Enum.Parse<MessagingProvider>(Provider, ignoreCase: true);
        string name = AccountName.Check(Name);
        var account = new MessagingAccount
        {
            Name = name,
            Provider = provider.ToString(),
            BaseUri = ServiceConnection.CheckBaseUri(BaseUri ?? ServiceConnection.DefaultBaseUri(provider)),
            WorkspaceId = WorkspaceId?.Trim() ?? "",
            Vault = Vault ?? "",
            SecretName = SecretName ?? AccountName.ToSecretName(name),
            IsDefault = Default,
        };
        if (Token is not null) _ = Tokens.From(Token);

        var store = new AccountStore();
        if (!Force && (store.List().Any(other => AccountName.Same(other.Name, name)) || store.ListUnreadable().Any(other => AccountName.Same(other.Name, name))))
        {
            throw Terminating(ErrorRecords.From(
                new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"There is an account '{name}' already.",
                    "Choose another name, change it with Set-MessagingAccount, or replace it with -Force."),
                name,
                ErrorCategory.ResourceExists));
        }

        string action = Token is null ? "Register account" : $"Register account and store its token as '{account.SecretName}' in {Where}";
        if (!await ShouldProcessAsync($"{name} ({account.Provider}, {account.BaseUri.Authority})", action).ConfigureAwait(false)) return;

        if (Token is null)
        {
            if (!Force && !await MayPointElsewhereAsync(store, account).ConfigureAwait(false)) return;
            await CheckSecretAsync(account).ConfigureAwait(false);
        }
        else
        {
            await StoreTokenAsync(account, Token).ConfigureAwait(false);
        }

        // The secret first: an account whose token was never stored would be worse than a secret that nobody points at.
        MessagingAccount registered = await store.SaveAsync(account, Force, cancellationToken).ConfigureAwait(false);
        if (PassThru) await WriteObjectAsync(registered).ConfigureAwait(false);
    }

    // The secret of an account would go to a host that it was not given for.
    private async Task<bool> MayPointElsewhereAsync(AccountStore store, MessagingAccount account)
    {
        MessagingAccount? other = store.List().FirstOrDefault(known => !AccountName.Same(known.Name, account.Name)
            && SecretVault.SameSecret(known, account) && !OtherHost.IsSame(known.BaseUri, account.BaseUri));
        return other is null || await ShouldContinueAsync(OtherHost.Question(account.SecretName, other.BaseUri, account.BaseUri!), $"Register account '{account.Name}'").ConfigureAwait(false);
    }

    private string Where => Vault is null ? "the default vault" : $"the vault '{Vault}'";

    private async Task StoreTokenAsync(MessagingAccount account, SecureString token)
    {
        // A secret under a name that the user chose may be somebody else's.
        bool isOurName = SecretName is null;
        if (!Force && !isOurName && await OnPipelineAsync(() => SecretVault.Exists(account.SecretName, account.Vault)).ConfigureAwait(false) == true)
        {
            throw Terminating(ErrorRecords.From(
                new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"There is a secret '{account.SecretName}' in {Where} already.",
                    "Leave -Token out to use it, choose another -SecretName, or replace it with -Force."),
                account.SecretName,
                ErrorCategory.ResourceExists));
        }

        await OnPipelineAsync(() => SecretVault.Store(account.SecretName, account.Vault, token)).ConfigureAwait(false);
    }

    private async Task CheckSecretAsync(MessagingAccount account)
    {
        bool? exists = await OnPipelineAsync(() => SecretVault.Exists(account.SecretName, account.Vault)).ConfigureAwait(false);
        if (exists == false)
        {
            throw Terminating(ErrorRecords.From(
                MessagingErrorReason.SecretNotFound,
                $"There is no secret '{account.SecretName}' in {Where}.",
                "Give the token with -Token (Read-Host -AsSecureString), or name a secret that is there with -SecretName and -Vault; Get-SecretInfo lists them.",
                account.SecretName));
        }

        if (exists is null)
        {
            await WriteWarningAsync(
                $"Whether there is a secret '{account.SecretName}' in {Where} cannot be told now; the account is registered all the same. "
                + "Try it with Test-MessagingAccount.").ConfigureAwait(false);
        }
    }
}
