using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Changes what is given of an account and keeps the rest. A new token is tried before the old one is replaced.</summary>
[Cmdlet(VerbsCommon.Set, "MessagingAccount", SupportsShouldProcess = true)]
[OutputType(typeof(MessagingAccount))]
public sealed class SetMessagingAccountCommand : AsyncCmdlet
{
    private const string RightToken = "that of Prolific's settings, or the master access token of the project's page at Open Humans";

    /// <summary>Names of the accounts.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The new token.</summary>
    [Parameter]
    [SecretText]
    public SecureString? Token { get; set; }

    /// <summary>The new host root.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri? BaseUri { get; set; }

    /// <summary>Another Prolific workspace; an empty text for none.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [AllowEmptyString]
    public string? WorkspaceId { get; set; }

    /// <summary>The account is used when none is named.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    /// <summary>Points the secret at another host without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns the account.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Token is null && BaseUri is null && WorkspaceId is null && !Default)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "Nothing says what is to be changed.",
                "Give -Token, -BaseUri, -WorkspaceId or -Default. Service, vault and name of the secret are changed with Register-MessagingAccount -Force.");
        }

        if (BaseUri is not null) _ = ServiceConnection.CheckBaseUri(BaseUri);
        AccessToken? token = Token is null ? null : Tokens.From(Token);
        foreach (string name in Name)
        {
            try
            {
                await ChangeAsync(name, token, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException error) when (error.Reason is MessagingErrorReason.AccountNotFound or MessagingErrorReason.NotSupported && Name.Length > 1)
            {
                await WriteErrorAsync(error, name).ConfigureAwait(false);
            }
            catch (MessagingException error)
            {
                throw Terminating(ErrorRecords.From(error, name));
            }
        }
    }

    private async Task ChangeAsync(string name, AccessToken? token, CancellationToken cancellationToken)
    {
        var store = new AccountStore();
        MessagingAccount account = store.Get(name);
        MessagingAccount wanted = account.With(baseUri: BaseUri, workspaceId: WorkspaceId?.Trim(), isDefault: Default || account.IsDefault);
        if (!await ShouldProcessAsync($"{account.Name} ({account.Provider}, {account.BaseUri!.Authority})", Describe(account)).ConfigureAwait(false)) return;
        if (token is null && !Force && !OtherHost.IsSame(account.BaseUri, wanted.BaseUri)
            && !await ShouldContinueAsync(OtherHost.Question(account.SecretName, account.BaseUri, wanted.BaseUri!), $"Change account '{account.Name}'").ConfigureAwait(false)) return;

        if (token is not null)
        {
            // Tried where it will be used, and stored only when it works: the old one may be the only one that does.
            await TryAsync(account, wanted, token, cancellationToken).ConfigureAwait(false);
            await OnPipelineAsync(() => SecretVault.Store(account.SecretName, account.Vault, Token!)).ConfigureAwait(false);
            await WriteVerboseAsync($"It is stored {Place(account)}.").ConfigureAwait(false);
        }

        MessagingAccount changed = await store.UpdateAsync(
            account.Name,
            known => known.With(baseUri: BaseUri, workspaceId: WorkspaceId?.Trim(), isDefault: Default || known.IsDefault),
            cancellationToken).ConfigureAwait(false);
        if (PassThru) await WriteObjectAsync(changed).ConfigureAwait(false);
    }

    private async Task TryAsync(MessagingAccount account, MessagingAccount wanted, AccessToken token, CancellationToken cancellationToken)
    {
        var connection = new ServiceConnection(Enum.Parse<MessagingProvider>(account.Provider, ignoreCase: true), token, wanted.BaseUri, account.Name);
        AccountCheck answer;
        try
        {
            answer = await AccountCheck.RunAsync(connection, null, cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason is MessagingErrorReason.AuthenticationFailed)
        {
            // It was tried. The advice for a refused token is to register the account anew, which would forget its address and workspace.
            string service = connection.Provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans";
            throw new MessagingException(
                error.Reason,
                $"{service} does not accept the new token of account '{account.Name}'. It was not stored; the old one is still there.",
                $"Copy the right token ({RightToken}) and run the same command again.",
                error)
            { HttpStatus = error.HttpStatus };
        }
        catch (MessagingException error)
        {
            throw new MessagingException(
                error.Reason,
                $"The new token of account '{account.Name}' was not stored, because it could not be tried; the old one is still there. {error.Message}",
                error.RecommendedAction,
                error)
            { HttpStatus = error.HttpStatus };
        }

        if (answer.Problem.Length > 0)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The new token of account '{account.Name}' was not stored; the old one is still there. {answer.Problem}",
                $"Copy the right token: {RightToken}.");
        }

        await WriteVerboseAsync($"The new token of account '{account.Name}' was tried: it belongs to {answer.Identity} ({answer.Id}).").ConfigureAwait(false);
        if (account.ServiceId.Length > 0 && OtherHost.IsSame(account.BaseUri, wanted.BaseUri) && answer.Id.Length > 0 && account.ServiceId != answer.Id)
        {
            await WriteWarningAsync(
                $"The new token of account '{account.Name}' is another's: it belongs to {answer.Identity} ({answer.Id}), and the one before to {account.ServiceId}. "
                + "The ledger takes them for two: who has been messaged with the old one counts as not messaged with this one.").ConfigureAwait(false);
        }
    }

    private static string Place(MessagingAccount account)
        => $"as '{account.SecretName}' in {(account.Vault.Length == 0 ? "the default vault" : $"the vault '{account.Vault}'")}";

    private string Describe(MessagingAccount account)
    {
        var parts = new List<string>();
        if (Token is not null) parts.Add($"try the new token and store it {Place(account)}");
        if (BaseUri is not null) parts.Add($"set the address to {BaseUri.Authority}");
        if (WorkspaceId is not null) parts.Add(WorkspaceId.Trim().Length == 0 ? "name no workspace" : $"set the workspace to {WorkspaceId.Trim()}");
        if (Default) parts.Add("make it the default");
        string all = string.Join(", ", parts);
        return char.ToUpperInvariant(all[0]) + all[1..];
    }
}
