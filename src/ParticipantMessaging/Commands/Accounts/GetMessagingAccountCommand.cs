using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Lists the registered accounts.</summary>
[Cmdlet(VerbsCommon.Get, "MessagingAccount")]
[OutputType(typeof(MessagingAccount))]
public sealed class GetMessagingAccountCommand : AsyncCmdlet
{
    /// <summary>Names; wildcards are fine.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var store = new AccountStore();
        IReadOnlyList<MessagingAccount> accounts = store.List();
        IReadOnlyList<(string Name, MessagingException Error)> unreadable = store.ListUnreadable();
        if (Name is null)
        {
            await WriteObjectsAsync(accounts).ConfigureAwait(false);
            foreach ((_, MessagingException error) in unreadable) await WriteWarningAsync($"{error.Message} {error.RecommendedAction}").ConfigureAwait(false);
            return;
        }

        foreach (string name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
            List<MessagingAccount> found = [.. accounts.Where(account => pattern.IsMatch(account.Name))];
            await WriteObjectsAsync(found).ConfigureAwait(false);
            List<MessagingException> faults = [.. unreadable.Where(account => account.Name.Length > 0 && pattern.IsMatch(account.Name)).Select(static account => account.Error)];
            foreach (MessagingException error in faults) await WriteErrorAsync(error, name).ConfigureAwait(false);
            if (found.Count == 0 && faults.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                await WriteErrorAsync(
                    new MessagingException(
                        MessagingErrorReason.AccountNotFound,
                        $"There is no account '{name}'.",
                        "Get-MessagingAccount lists the accounts; Register-MessagingAccount adds one."),
                    name).ConfigureAwait(false);
            }
        }
    }
}
