using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Completes names of registered vaults; never an error.</summary>
public sealed class VaultNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, SecretVault.VaultNames().Select(static name => (name, "")));
}
