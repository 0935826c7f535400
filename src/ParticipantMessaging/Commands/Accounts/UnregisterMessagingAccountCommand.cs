using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Forgets an account.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "MessagingAccount", SupportsShouldProcess = true)]
public sealed class UnregisterMessagingAccountCommand : AsyncCmdlet
{
    /// <summary>Names of the accounts.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Deletes the token from the vault too.</summary>
    [Parameter]
    public SwitchParameter RemoveSecret { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var store = new AccountStore();
        foreach (string name in Name)
        {
            MessagingAccount? account = store.List().FirstOrDefault(other => AccountName.Same(other.Name, name))
                ?? store.ListUnreadable().Where(other => AccountName.Same(other.Name, name)).Select(static other => new MessagingAccount { Name = other.Name }).FirstOrDefault();
            if (account is null)
            {
                await WriteErrorAsync(
                    new MessagingException(MessagingErrorReason.AccountNotFound, $"There is no account '{name}'.", "Get-MessagingAccount lists the accounts."),
                    name).ConfigureAwait(false);
                continue;
            }

            string action = RemoveSecret && account.SecretName.Length > 0 ? $"Forget account and delete its secret '{account.SecretName}'" : "Forget account";
            if (!await ShouldProcessAsync(account.Provider.Length > 0 ? $"{account.Name} ({account.Provider})" : account.Name, action).ConfigureAwait(false)) continue;

            await store.RemoveAsync(account.Name, cancellationToken).ConfigureAwait(false);
            if (RemoveSecret && account.SecretName.Length == 0)
            {
                await WriteWarningAsync($"Which secret the account '{account.Name}' had could not be read, so none was deleted. Get-SecretInfo lists the secrets.").ConfigureAwait(false);
                continue;
            }

            if (RemoveSecret) await RemoveSecretAsync(store, account, name).ConfigureAwait(false);
        }
    }

    private async Task RemoveSecretAsync(AccountStore store, MessagingAccount account, string target)
    {
        MessagingAccount? user = store.List().FirstOrDefault(other => other.Vault == account.Vault && other.SecretName == account.SecretName);
        if (user is not null)
        {
            await WriteWarningAsync($"The secret '{account.SecretName}' was kept, because the account '{user.Name}' uses it too.").ConfigureAwait(false);
            return;
        }

        try
        {
            await OnPipelineAsync(() => SecretVault.Remove(account.SecretName, account.Vault)).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            await WriteErrorAsync(
                new MessagingException(
                    error.Reason,
                    $"The account '{account.Name}' is forgotten, but its secret could not be deleted. {error.Message}",
                    "Delete it by hand: Remove-Secret -Name <name> -Vault <vault>.",
                    error),
                target).ConfigureAwait(false);
        }
    }
}
