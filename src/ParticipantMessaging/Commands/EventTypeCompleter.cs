using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes the kinds of events that were seen in this session, then those that Prolific documents; others are taken as well.</summary>
public sealed class EventTypeCompleter : IArgumentCompleter
{
    private static readonly string[] Known = ["submission.status.change", "study.status.change", "study.progress.change", "study.has_high_return_rate"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, RecentIds.EventTypes.ToList().Concat(Known).Select(static type => (type, "")));
}
