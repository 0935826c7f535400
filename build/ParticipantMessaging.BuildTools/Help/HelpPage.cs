using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ParticipantMessaging.BuildTools.Help;

/// <summary>
/// A page of docs/cmdlets. Its schema: <c># Verb-Noun</c>, then the sections Synopsis, Description, Parameters (<c>### -Name</c> each),
/// Examples (<c>### title</c> each, with fenced powershell code), Inputs, Outputs, Links.
/// </summary>
internal sealed class HelpPage
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    private HelpPage(string name) => Name = name;

    public string Name { get; private set; }

    public IReadOnlyList<string> Synopsis { get; private set; } = [];

    public IReadOnlyList<string> Description { get; private set; } = [];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<HelpExample> Examples { get; private set; } = [];

    public IReadOnlyList<string> Inputs { get; private set; } = [];

    public IReadOnlyList<string> Outputs { get; private set; } = [];

    public IReadOnlyList<string> Links { get; private set; } = [];

    public static HelpPage Empty(string name) => new(name);

    public static HelpPage Read(string path)
    {
        MarkdownDocument document = Markdown.Parse(File.ReadAllText(path), Pipeline);
        if (document.FirstOrDefault() is not HeadingBlock { Level: 1 } title) throw new FormatException($"{path} does not begin with a heading.");
        var page = new HelpPage(PlainText.Of(title.Inline));
        var parameters = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach ((string section, List<Block> blocks) in Split(document.Skip(1), level: 2))
        {
            switch (section)
            {
                case "Synopsis": page.Synopsis = PlainText.Of(blocks); break;
                case "Description": page.Description = PlainText.Of(blocks); break;
                case "Parameters":
                    foreach ((string name, List<Block> text) in Split(blocks, level: 3)) parameters[name.TrimStart('-')] = PlainText.Of(text);
                    break;
                case "Examples": page.Examples = [.. Split(blocks, level: 3).Select(static e => ReadExample(e.Title, e.Blocks))]; break;
                case "Inputs": page.Inputs = PlainText.Of(blocks); break;
                case "Outputs": page.Outputs = PlainText.Of(blocks); break;
                case "Links": page.Links = [.. blocks.SelectMany(static b => b.Descendants<LinkInline>()).Select(PlainText.Of)]; break;
                case "": break;
                default: throw new FormatException($"{path} has a section '{section}' that no help page has.");
            }
        }

        page.Parameters = parameters;
        return page;
    }

    private static HelpExample ReadExample(string title, List<Block> blocks)
    {
        var code = new List<string>();
        var rest = new List<Block>();
        foreach (Block block in blocks)
        {
            if (block is FencedCodeBlock { Info: "powershell" } fenced) code.Add(fenced.Lines.ToString().TrimEnd());
            else rest.Add(block);
        }

        return new HelpExample(title, string.Join("\n\n", code), PlainText.Of(rest));
    }

    private static IEnumerable<(string Title, List<Block> Blocks)> Split(IEnumerable<Block> blocks, int level)
    {
        string title = "";
        var current = new List<Block>();
        foreach (Block block in blocks)
        {
            if (block is HeadingBlock heading && heading.Level == level)
            {
                if (title.Length > 0 || current.Count > 0) yield return (title, current);
                title = PlainText.Of(heading.Inline);
                current = [];
            }
            else
            {
                current.Add(block);
            }
        }

        if (title.Length > 0 || current.Count > 0) yield return (title, current);
    }
}
