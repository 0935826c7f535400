using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Completes names of campaigns from a ledger file, newest first; not from a database, which may be far away.</summary>
public sealed class CampaignNameCompleter : IArgumentCompleter
{
    private const int Most = 50;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, LedgerCompletion.Read(static (ledger, stop) => ledger.GetCampaignNamesAsync(Most, stop)).Select(static name => (name, "")));
}
