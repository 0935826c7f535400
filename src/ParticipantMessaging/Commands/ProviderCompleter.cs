using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes the names of the services.</summary>
public sealed class ProviderCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, Enum.GetNames<MessagingProvider>().Select(static name => (name, "")));
}
