using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Completes moments to come, as ISO 8601 in local time. Never nothing, or the shell would offer names of files.</summary>
public sealed class SendTimeCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Morning = TimeSpan.FromHours(9);
    private static readonly TimeSpan Evening = TimeSpan.FromHours(18);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.OrWord(wordToComplete, Completion.Match(wordToComplete, Usual(TimeProvider.System.GetLocalNow().DateTime)));

    /// <summary>The moments that people mean most, the next one first: three at least (on a Sunday evening), six at most.</summary>
    /// <param name="now">Now, as the clock on the wall shows it.</param>
    internal static IReadOnlyList<(string Value, string ToolTip)> Usual(DateTime now)
    {
        DateTime hour = now.AddHours(1);
        DateTime today = now.Date;
        DateTime monday = today.AddDays((((int)DayOfWeek.Monday - (int)today.DayOfWeek + 6) % 7) + 1);
        return
        [
            .. new (DateTime Moment, string ToolTip)[]
            {
                (hour.AddTicks(-(hour.Ticks % TimeSpan.TicksPerMinute)), "in one hour"),
                (today + Morning, "today at 9:00"),
                (today + Evening, "today at 18:00"),
                (today.AddDays(1) + Morning, "tomorrow at 9:00"),
                (today.AddDays(1) + Evening, "tomorrow at 18:00"),
                (monday + Morning, "Monday at 9:00"),
            }
            .Where(usual => usual.Moment > now)
            .DistinctBy(static usual => usual.Moment)
            .OrderBy(static usual => usual.Moment)
            .Select(static usual => (usual.Moment.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture), usual.ToolTip)),
        ];
    }
}
