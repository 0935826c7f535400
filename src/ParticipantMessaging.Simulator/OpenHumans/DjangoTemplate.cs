using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// As much of Django's template language as decides what a member reads: variables, comments, and the errors. Tags other than
/// <c>comment</c> and <c>verbatim</c> count as unknown, which kills the mail job; Django knows some more.
/// </summary>
internal sealed partial class DjangoTemplate
{
    private readonly List<(string Text, bool IsMemberId)> _parts = [];

    private DjangoTemplate()
    {
    }

    /// <summary>Throws a <see cref="FormatException"/> where Django raises TemplateSyntaxError.</summary>
    public static DjangoTemplate Parse(string source)
    {
        var template = new DjangoTemplate();
        string? until = null; // the tag that ends the present block
        int position = 0;
        foreach (Match token in Tokens().Matches(source))
        {
            template.Literal(source[position..token.Index], until);
            position = token.Index + token.Length;
            string content = token.Value[2..^2].Trim();
            if (until is not null)
            {
                if (token.Value.StartsWith("{%", StringComparison.Ordinal) && content == until)
                    until = null;
                else if (until == "endverbatim")
                    template._parts.Add((token.Value, false));
            }
            else if (token.Value.StartsWith("{{", StringComparison.Ordinal))
            {
                template.Variable(content);
            }
            else if (token.Value.StartsWith("{%", StringComparison.Ordinal))
            {
                until = content.Split(' ')[0] switch
                {
                    "" => throw new FormatException("Empty block tag"),
                    "comment" => "endcomment",
                    "verbatim" => "endverbatim",
                    string tag => throw new FormatException(
                        $"Invalid block tag: '{tag}'. Did you forget to register or load this tag?"),
                };
            }
        }

        template.Literal(source[position..], until);
        return until is null ? template : throw new FormatException($"Unclosed tag. Looking for one of: {until}.");
    }

    public string Render(string memberId)
    {
        var text = new StringBuilder();
        foreach ((string part, bool isMemberId) in _parts)
            text.Append(isMemberId ? memberId : part);
        return text.ToString();
    }

    private void Literal(string text, string? until)
    {
        if (text.Length > 0 && until != "endcomment")
            _parts.Add((text, false));
    }

    private void Variable(string content)
    {
        if (content.Length == 0)
            throw new FormatException("Empty variable tag");
        if (content == "PROJECT_MEMBER_ID")
        {
            _parts.Add(("", true));
            return;
        }

        if (QuotedText().IsMatch(content))
            _parts.Add((content[1..^1], false));
        else if (Number().IsMatch(content))
            _parts.Add((content, false));
        else if (!Name().IsMatch(content))
            throw new FormatException($"Could not parse the remainder: '{content}'");
        else if (content.StartsWith('_') || content.Contains("._", StringComparison.Ordinal))
            throw new FormatException($"Variables and attributes may not begin with underscores: '{content}'");
        // Any other name is unknown to the context and becomes empty text.
    }

    [GeneratedRegex(@"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", RegexOptions.CultureInvariant)]
    private static partial Regex Tokens();

    [GeneratedRegex(@"^[\w.]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[-+]?\d+(\.\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex("^(\"[^\"]*\"|'[^']*')$", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedText();
}
