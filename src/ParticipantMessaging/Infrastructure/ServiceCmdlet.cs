using System.Globalization;
using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Infrastructure;

/// <summary>A cmdlet that calls a service: with a registered account, or with a token that is given directly.</summary>
public abstract class ServiceCmdlet : AsyncCmdlet
{
    private readonly object _lock = new();
    private readonly Dictionary<string, Task<ServiceConnection>> _connections = new(StringComparer.OrdinalIgnoreCase);
    private ServiceConnection? _direct;

    /// <summary>Name of a registered account; without it the default account is used.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [ValidateNotNullOrEmpty]
    public virtual string? Account { get; set; }

    /// <summary>The service, for a token that is given directly.</summary>
    [Parameter]
    [ValidateSet(nameof(MessagingProvider.Prolific), nameof(MessagingProvider.OpenHumans))]
    public string? Provider { get; set; }

    /// <summary>The token, instead of an account.</summary>
    [Parameter]
    [SecretText]
    public SecureString? Token { get; set; }

    /// <summary>The host root, with -Token; the service's own by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri? BaseUri { get; set; }

    /// <summary>How many seconds one call may take.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 60;

    /// <summary>The longest wait that a service may ask for; null for the default. Cmdlets with -MaxRetryWait override it.</summary>
    protected virtual TimeSpan? LongestRetryWait => null;

    /// <summary>-Account chooses what is read from the ledger, wildcards and all, and not which account asks the service.</summary>
    private protected virtual bool AccountIsFilter => false;

    /// <summary>
    /// Connects to the account of a ledger's entries: by name, else by who it is at the service, since names change.
    /// </summary>
    /// <param name="accountName">What the account was called.</param>
    /// <param name="identity">Who it is at the service (<see cref="AccountIdentity.Key"/>); empty when it is not known.</param>
    private protected Task<ServiceConnection> ConnectToEntriesAsync(string accountName, string identity)
    {
        IReadOnlyList<MessagingAccount> accounts = Token is null ? new AccountStore().List() : [];
        MessagingAccount? same = accounts.FirstOrDefault(account => account.ServiceId.Length > 0 && account.BaseUri is { } address
            && new AccountIdentity(MessagingProvider.Prolific, AccountIdentity.AddressOf(address), account.ServiceId).Key == identity);
        return ConnectAsync(same?.Name ?? accountName);
    }

    /// <summary>
    /// The connection to use. The same account gives the same object within one invocation; its token is read once, on the pipeline
    /// thread. What is given on the command line (-Account, -Token) wins over <paramref name="accountName"/>.
    /// </summary>
    /// <param name="accountName">The account that the input object names; null or blank for none.</param>
    /// <param name="target">The input object that the account is for.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="MessagingException">InvalidRequest (contradicting parameters), AccountNotFound, SecretNotFound, VaultNotInstalled.</exception>
    protected Task<ServiceConnection> ConnectAsync(string? accountName = null, object? target = null)
    {
        _ = target;
        string name = (AccountIsFilter ? null : Account) ?? (string.IsNullOrWhiteSpace(accountName) ? "" : accountName.Trim());
        lock (_lock)
        {
            if (Token is not null || Provider is not null || BaseUri is not null) return Task.FromResult(_direct ??= ConnectDirectly());
            if (!_connections.TryGetValue(name, out Task<ServiceConnection>? connection))
            {
                connection = ConnectToAccountAsync(name);
                _connections.Add(name, connection);
            }

            return connection;
        }
    }

    /// <summary>
    /// Does the work for one input object, workspace or the like. A failure is that one's alone, and the next is asked; unless it would be
    /// every other one's too: a token that is refused, an account or a secret that is not there.
    /// </summary>
    /// <param name="target">The input object.</param>
    /// <param name="work">The work.</param>
    protected async Task GuardAsync(object? target, Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            ErrorRecord record = ErrorRecords.From(error, target);
            if (EndsAll(error.Reason)) throw Terminating(record);
            await WriteErrorAsync(record).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a failure would be that of every other input object too.</summary>
    private protected static bool EndsAll(MessagingErrorReason reason) => reason is MessagingErrorReason.AuthenticationFailed
        or MessagingErrorReason.AccountNotFound
        or MessagingErrorReason.SecretNotFound
        or MessagingErrorReason.VaultNotInstalled
        or MessagingErrorReason.NotSupported;

    /// <summary>Tells of a wait before a call, in verbose output; from any thread.</summary>
    private protected void Report(ServiceWait wait) => _ = ReportAsync(wait);

    private async Task ReportAsync(ServiceWait wait)
    {
        try
        {
            await WriteVerboseAsync(string.Create(CultureInfo.InvariantCulture, $"{wait.Request}: waiting {wait.Delay.TotalSeconds:0.0} s before try {wait.Attempt}. {wait.Why}")).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or RuntimeException or OperationCanceledException)
        {
            // The pipeline has ended meanwhile: nobody reads it any more.
        }
    }

    private ServiceConnection ConnectDirectly()
    {
        if (Account is not null && !AccountIsFilter)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "-Account cannot be used together with -Provider, -Token or -BaseUri, which replace it.",
                "Give either -Account, or -Provider and -Token (and -BaseUri).");
        }

        if (Token is null || Provider is null)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "A token that is given directly needs both -Provider and -Token.",
                "Add the missing one: -Provider Prolific -Token (Read-Host -AsSecureString).");
        }

        return new ServiceConnection(Enum.Parse<MessagingProvider>(Provider, ignoreCase: true), Tokens.From(Token), BaseUri)
        {
            CallTimeout = TimeSpan.FromSeconds(TimeoutSec),
            MaxRetryWait = LongestRetryWait ?? TimeSpan.FromMinutes(5),
        };
    }

    private async Task<ServiceConnection> ConnectToAccountAsync(string name)
    {
        var store = new AccountStore();
        MessagingAccount account = store.Get(name);
        MessagingProvider provider = Enum.Parse<MessagingProvider>(account.Provider, ignoreCase: true);
        AccessToken token = await OnPipelineAsync(() => Tokens.From(SecretVault.Read(account.SecretName, account.Vault))).ConfigureAwait(false);
        return new ServiceConnection(provider, token, account.BaseUri, account.Name)
        {
            WorkspaceId = account.WorkspaceId.Length == 0 ? null : account.WorkspaceId,
            Registration = new AccountRegistration(store, account),
            CallTimeout = TimeSpan.FromSeconds(TimeoutSec),
            MaxRetryWait = LongestRetryWait ?? TimeSpan.FromMinutes(5),
        };
    }
}
