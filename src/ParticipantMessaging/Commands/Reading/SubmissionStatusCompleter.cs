using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes the statuses of submissions that Prolific documents; others are taken as well.</summary>
public sealed class SubmissionStatusCompleter : IArgumentCompleter
{
    private static readonly string[] Known =
        ["ACTIVE", "APPROVED", "AWAITING REVIEW", "PARTIALLY APPROVED", "REJECTED", "RESERVED", "RETURNED", "SCREENED OUT", "TIMED-OUT"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, Known.Select(static value => (value, "")));
}
