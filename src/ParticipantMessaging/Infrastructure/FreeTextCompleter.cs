using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Completes nothing, where nobody but the user knows what to write: where a parameter has no completer the shell offers names of files.</summary>
public sealed class FreeTextCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) => [];
}
