using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>
/// Completes the columns of what is piped, where it can be looked at without running anything: a variable, or a file that Import-Csv is to
/// read. Never nothing, or the shell would offer names of files.
/// </summary>
public sealed class IdColumnCompleter : IArgumentCompleter
{
    private static readonly string[] Readers = ["Import-Csv", "ipcsv"];

    // What says how a file is read, and does nothing besides.
    private static readonly string[] HowToRead = ["Path", "LiteralPath", "Delimiter", "UseCulture", "Header", "Encoding"];

    // What leaves the columns as they are.
    private static readonly string[] Sieves = ["Where-Object", "where", "?", "Sort-Object", "sort"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.OrWord(wordToComplete, Completion.Match(wordToComplete, Columns(commandAst, fakeBoundParameters).Select(static name => (name, ""))));

    private static IReadOnlyList<string> Columns(CommandAst? command, IDictionary? bound)
    {
        if (bound?["InputObject"] is { } given) return NamesOf(given);
        if (command?.Parent is not PipelineAst pipeline) return [];
        int at = pipeline.PipelineElements.IndexOf(command);
        if (at < 1 || !pipeline.PipelineElements.Take(at).Skip(1).All(static element => element is CommandAst sieve && IsNamed(sieve, Sieves))) return [];
        return pipeline.PipelineElements[0] switch
        {
            CommandExpressionAst { Expression: VariableExpressionAst { VariablePath.IsVariable: true } variable } => Run($"Get-Variable -ErrorAction Ignore -ValueOnly -Name {Literal(variable.VariablePath.UserPath)}"),
            CommandAst reader when IsNamed(reader, Readers) && reader.CommandElements.Skip(1).All(IsConstant)
                => Run($"Import-Csv -ErrorAction Ignore {string.Join(' ', reader.CommandElements.Skip(1).Select(static element => element.Extent.Text))} | Select-Object -First 1"),
            _ => [],
        };
    }

    private static bool IsNamed(CommandAst command, string[] names) => names.Contains(command.GetCommandName(), StringComparer.OrdinalIgnoreCase);

    // Without its scope, and without what would make a pattern of it.
    private static string Literal(string name) => "'" + CodeGeneration.EscapeSingleQuotedStringContent(WildcardPattern.Escape(name[(name.LastIndexOf(':') + 1)..])) + "'";

    private static bool IsConstant(CommandElementAst element) => element switch
    {
        ConstantExpressionAst => true,
        CommandParameterAst parameter => parameter.Argument is null or ConstantExpressionAst && HowToRead.Any(name => name.StartsWith(parameter.ParameterName, StringComparison.OrdinalIgnoreCase)),
        ArrayLiteralAst list => list.Elements.All(static item => item is ConstantExpressionAst),
        _ => false,
    };

    private static IReadOnlyList<string> Run(string script)
    {
        if (Runspace.DefaultRunspace is null) return [];
        try
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            return NamesOf(shell.AddScript(script).Invoke().FirstOrDefault());
        }
        catch (RuntimeException)
        {
            return [];
        }
    }

    // Of several rows the first one speaks for all.
    private static IReadOnlyList<string> NamesOf(object? rows)
    {
        object? first = (rows as PSObject)?.BaseObject ?? rows;
        if (first is IList list) rows = list.Count > 0 ? list[0] : null;
        return rows is null or string ? [] : [.. new PSObjectFields(PSObject.AsPSObject(rows)).Names];
    }
}
