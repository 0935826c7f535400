using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Completes names of registered accounts; never an error.</summary>
public sealed class AccountNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        try
        {
            return Completion.Match(
                wordToComplete,
                new AccountStore().List().Select(static account => (account.Name, $"{account.Provider}, {account.BaseUri?.Host}{(account.IsDefault ? ", the default" : "")}")));
        }
        catch (MessagingException)
        {
            return [];
        }
    }
}
