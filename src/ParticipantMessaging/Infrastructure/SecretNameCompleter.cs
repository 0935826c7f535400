using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Completes names of secrets, those of <c>-Vault</c> where it is given; never an error.</summary>
public sealed class SecretNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, SecretVault.SecretNames(fakeBoundParameters?["Vault"] as string).Select(static name => (name, "")));
}
