using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes ids of workspaces: those of the registered accounts, and what was seen in this session; never an error.</summary>
public sealed class WorkspaceIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IEnumerable<(string, string)> registered = [];
        try
        {
            registered = new AccountStore().List().Select(static account => (account.WorkspaceId, account.WorkspaceId.Length == 0 ? "" : $"that of account {account.Name}"));
        }
        catch (MessagingException)
        {
            // Completion never fails.
        }

        return Completion.Match(wordToComplete, registered.Concat(RecentIds.Workspaces.ToList().Select(static id => (id, ""))));
    }
}
