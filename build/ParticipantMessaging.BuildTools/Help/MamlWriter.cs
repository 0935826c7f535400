using System.Xml.Linq;

namespace ParticipantMessaging.BuildTools.Help;

/// <summary>Writes help as PowerShell reads it (MAML).</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The file.</summary>
    /// <param name="commands">What <see cref="Write"/> gave.</param>
    public static XDocument Document(IEnumerable<XElement> commands) => new(
        new XElement(
            Root + "helpItems",
            new XAttribute("schema", "maml"),
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            commands));

    /// <summary>One cmdlet.</summary>
    /// <param name="cmdlet">What the assembly says.</param>
    /// <param name="page">What the page says.</param>
    public static XElement Write(CmdletFacts cmdlet, HelpPage page) => new(
        Command + "command",
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            new XElement(Maml + "description", Paragraphs(page.Synopsis))),
        new XElement(Maml + "description", Paragraphs(page.Description)),
        new XElement(Command + "syntax", cmdlet.Sets.Select(set => SyntaxItem(cmdlet, page, set))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(p => Parameter(p, Widest(p), page, isSyntax: false))),
        new XElement(Command + "inputTypes", page.Inputs.Take(1).Select(_ => Type("inputType", First(page.Inputs), page.Inputs))),
        new XElement(Command + "returnValues", Outputs(cmdlet, page)),
        new XElement(Command + "examples", page.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", page.Links.Select(Link)));

    private static XElement SyntaxItem(CmdletFacts cmdlet, HelpPage page, string set)
    {
        IOrderedEnumerable<(ParameterFacts Parameter, ParameterUse? Use)> uses = cmdlet.Parameters
            .Select(p => (Parameter: p, Use: p.Uses.FirstOrDefault(u => u.Set == set) ?? p.Uses.FirstOrDefault(static u => u.Set == ParameterUse.AllSets)))
            .Where(static p => p.Use is not null)
            .OrderBy(static p => p.Use!.Position ?? int.MaxValue)
            .ThenBy(static p => p.Use!.IsMandatory ? 0 : 1);
        return new XElement(
            Command + "syntaxItem",
            new XElement(Maml + "name", cmdlet.Name),
            uses.Select(p => Parameter(p.Parameter, p.Use!, page, isSyntax: true)));
    }

    private static XElement Parameter(ParameterFacts parameter, ParameterUse use, HelpPage page, bool isSyntax)
    {
        IReadOnlyList<string> text = page.Parameters.GetValueOrDefault(parameter.Name) ?? [];
        var element = new XElement(
            Command + "parameter",
            new XAttribute("required", use.IsMandatory ? "true" : "false"),
            new XAttribute("variableLength", parameter.IsArray ? "true" : "false"),
            new XAttribute("globbing", parameter.AcceptsWildcards ? "true" : "false"),
            new XAttribute("pipelineInput", use.PipelineText),
            new XAttribute("position", use.PositionText),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            new XElement(Maml + "description", Paragraphs(text)));
        if (isSyntax && parameter.Values.Count > 0 && !parameter.IsArray)
        {
            element.Add(new XElement(
                Command + "parameterValueGroup",
                parameter.Values.Select(static v => new XElement(Command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), v))));
        }

        // A switch has no value to write after it.
        if (!parameter.IsSwitch || !isSyntax)
        {
            element.Add(new XElement(
                Command + "parameterValue",
                new XAttribute("required", parameter.IsSwitch ? "false" : "true"),
                new XAttribute("variableLength", parameter.IsArray ? "true" : "false"),
                parameter.TypeName));
        }

        element.Add(
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", Default(parameter, text)));
        return element;
    }

    // A page says it in a sentence of its own: "Default: 60." The rest of the sentence is for people.
    private static string Default(ParameterFacts parameter, IReadOnlyList<string> text)
    {
        const string Mark = "Default: ";
        foreach (string paragraph in text)
        {
            int at = paragraph.IndexOf(Mark, StringComparison.Ordinal);
            if (at < 0) continue;
            string rest = paragraph[(at + Mark.Length)..];
            int end = rest.IndexOfAny(['.', ';', '(']);
            return (end < 0 ? rest : rest[..end]).Trim();
        }

        return parameter.IsSwitch ? "False" : "None";
    }

    private static ParameterUse Widest(ParameterFacts parameter)
        => parameter.Uses.OrderBy(static u => u.ByValue || u.ByPropertyName ? 0 : 1).ThenBy(static u => u.Position ?? int.MaxValue).First();

    private static IEnumerable<XElement> Outputs(CmdletFacts cmdlet, HelpPage page)
        => (cmdlet.OutputTypes.Count > 0 ? cmdlet.OutputTypes : ["None"]).Select((type, index) => Type("returnValue", type, index == 0 ? page.Outputs : []));

    private static XElement Type(string element, string name, IReadOnlyList<string> text) => new(
        Command + element,
        new XElement(Dev + "type", new XElement(Maml + "name", name)),
        new XElement(Maml + "description", Paragraphs(text)));

    private static string First(IReadOnlyList<string> text) => text[0].Split(':', '.')[0].TrimStart('-', ' ');

    private static XElement Example(HelpExample example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", $"Example {index + 1}: {example.Title}"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", Paragraphs(example.Remarks.Append(""))));

    private static XElement Link(string text) => new(
        Maml + "navigationLink",
        new XElement(Maml + "linkText", text),
        new XElement(Maml + "uri"));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> text) => text.Select(static t => new XElement(Maml + "para", t));
}
