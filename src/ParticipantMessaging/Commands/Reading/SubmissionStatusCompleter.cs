using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Completes the statuses of submissions that Prolific documents.</summary>
public sealed class SubmissionStatusCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, SubmissionStatus.Known.Where(static s => s is not ("PROCESSING" or "UNKNOWN")).Select(static value => (value, "")));
}
