using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// Completes lengths of time: usual ones, or the units for a number that was typed. Never nothing, or the shell would offer names of files.
/// </summary>
public sealed class LengthOfTimeCompleter : IArgumentCompleter
{
    private static readonly (string Value, string ToolTip)[] Usual =
    [
        ("30s", "30 seconds"), ("5m", "5 minutes"), ("10m", "10 minutes"), ("1h", "1 hour"), ("12h", "12 hours"), ("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days"),
    ];

    private static readonly (string Value, string Name)[] Units = [("s", "seconds"), ("m", "minutes"), ("h", "hours"), ("d", "days")];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        if (word.Length > 0 && word.All(char.IsAsciiDigit)) return Completion.Match(word, Units.Select(unit => (word + unit.Value, $"{word} {unit.Name}")));
        return Completion.OrWord(wordToComplete, Completion.Match(word, Usual));
    }
}
