using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Completes ids of people who are blocked, from a ledger file.</summary>
public sealed class BlockedIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(
            wordToComplete,
            LedgerCompletion.Read(static async (ledger, stop) => [.. (await ledger.GetBlockedAsync(null, null, stop).ConfigureAwait(false)).Select(static person => person.ParticipantId)])
                .Select(static id => (id, "")));
}
