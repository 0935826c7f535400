using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ParticipantMessaging.BuildTools.Help;

/// <summary>Markdown as a terminal shows it.</summary>
internal static class PlainText
{
    /// <summary>Paragraphs, list entries and lines of code.</summary>
    /// <param name="blocks">The blocks.</param>
    public static IReadOnlyList<string> Of(IEnumerable<Block> blocks)
    {
        var paragraphs = new List<string>();
        foreach (Block block in blocks) Add(block, paragraphs, "");
        return paragraphs;
    }

    /// <summary>The text of a heading or paragraph.</summary>
    /// <param name="inline">Its content; null is fine.</param>
    public static string Of(Inline? inline)
    {
        var text = new StringBuilder();
        Append(inline, text);
        return text.ToString().Trim();
    }

    private static void Add(Block block, List<string> paragraphs, string lead)
    {
        switch (block)
        {
            case ParagraphBlock or HeadingBlock:
                paragraphs.Add(lead + Of(((LeafBlock)block).Inline));
                break;
            case CodeBlock code:
                paragraphs.Add(string.Join('\n', code.Lines.ToString().TrimEnd().Split('\n').Select(static line => "    " + line)));
                break;
            case ListBlock list:
                foreach (Block item in list)
                {
                    string mark = "- ";
                    foreach (Block part in (ListItemBlock)item)
                    {
                        Add(part, paragraphs, lead + mark);
                        mark = "  ";
                    }
                }

                break;
            case Table table:
                foreach (Block row in table.Skip(1)) paragraphs.Add("- " + string.Join(": ", ((TableRow)row).Select(static cell => Cell((TableCell)cell)).Where(static c => c.Length > 0)));
                break;
            case ContainerBlock container:
                foreach (Block inner in container) Add(inner, paragraphs, lead);
                break;
        }
    }

    private static string Cell(TableCell cell) => string.Join(' ', Of((IEnumerable<Block>)cell));

    private static void Append(Inline? inline, StringBuilder text)
    {
        switch (inline)
        {
            case LiteralInline literal: text.Append(literal.Content.ToString()); break;
            case CodeInline code: text.Append(code.Content); break;
            case LineBreakInline: text.Append(' '); break;
            case HtmlEntityInline entity: text.Append(entity.Transcoded.ToString()); break;
            case AutolinkInline link: text.Append(link.Url); break;
            case ContainerInline container:
                foreach (Inline inner in container) Append(inner, text);
                break;
        }
    }
}
