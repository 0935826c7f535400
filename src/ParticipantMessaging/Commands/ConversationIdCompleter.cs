using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Completes ids of conversations that were seen in this session.</summary>
public sealed class ConversationIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, RecentIds.Conversations.ToList().Select(static id => (id, "")));
}
