using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes the categories that Prolific documents; others are taken as well.</summary>
public sealed class MessageCategoryCompleter : IArgumentCompleter
{
    private static readonly string[] Known = ["payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, Known.Select(static value => (value, "")));
}
