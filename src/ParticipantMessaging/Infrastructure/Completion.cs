using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>What all completers share.</summary>
internal static class Completion
{
    private const int Most = 100;

    /// <summary>The candidates that begin with the word, quoted where the command line needs it; none that would steer the terminal.</summary>
    /// <param name="word">What was typed so far; null, quotes and wildcards are fine.</param>
    /// <param name="candidates">Values with their tool tips.</param>
    public static IReadOnlyList<CompletionResult> Match(string? word, IEnumerable<(string Value, string ToolTip)> candidates)
    {
        word = (word ?? "").Trim('\'', '"');
        var pattern = new WildcardPattern((word.Contains('*', StringComparison.Ordinal) ? word : WildcardPattern.Escape(word)) + "*", WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        return
        [
            .. candidates
                .Where(candidate => candidate.Value.Length > 0 && !ShownText.Steers(candidate.Value) && pattern.IsMatch(candidate.Value))
                .DistinctBy(static candidate => candidate.Value, StringComparer.OrdinalIgnoreCase)
                .Take(Most)
                .Select(static candidate => new CompletionResult(
                    Quote(candidate.Value),
                    candidate.Value,
                    CompletionResultType.ParameterValue,
                    ShownText.Lines(candidate.ToolTip) is { Length: > 0 } tip ? tip : candidate.Value)),
        ];
    }

    /// <summary>The candidates, or the word as it stands where there are none: after nothing the shell offers names of files.</summary>
    /// <param name="word">What was typed so far; null is fine.</param>
    /// <param name="matches">The candidates that begin with it.</param>
    public static IReadOnlyList<CompletionResult> OrWord(string? word, IReadOnlyList<CompletionResult> matches)
        => matches.Count > 0 || string.IsNullOrEmpty(word) ? matches : [new CompletionResult(word)];

    /// <summary>The value as an argument on a command line.</summary>
    public static string Quote(string value)
        => value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':') && value[0] is not '-'
            ? value
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
}
