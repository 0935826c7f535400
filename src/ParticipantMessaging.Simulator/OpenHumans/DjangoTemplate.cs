using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// Django's template language as far as a message can use it: variables with their filters, comments, and the built-in tags. What Django
/// refuses when it reads a text is a <see cref="FormatException"/> of <see cref="Parse"/>, what it refuses while it writes one for a
/// member a <see cref="FormatException"/> of <see cref="Render"/>.
/// </summary>
internal sealed partial class DjangoTemplate
{
    private readonly DjangoNode[] _nodes;

    private DjangoTemplate(DjangoNode[] nodes)
    {
        _nodes = nodes;
    }

    /// <summary>Throws where Django raises TemplateSyntaxError.</summary>
    public static DjangoTemplate Parse(string source)
    {
        var parser = new DjangoParser(Lex(source));
        return new DjangoTemplate(parser.ParseUntil());
    }

    public string Render(string memberId)
    {
        var text = new StringBuilder();
        var context = new DjangoContext(memberId);
        foreach (DjangoNode node in _nodes)
            node(context, text);
        return text.ToString();
    }

    /// <summary>Cuts the text at its marks; a mark counts only when it is closed on its line.</summary>
    private static List<DjangoToken> Lex(string source)
    {
        var tokens = new List<DjangoToken>();
        string? verbatim = null;
        int position = 0;
        foreach (Match mark in Marks().Matches(source))
        {
            if (mark.Index > position)
                tokens.Add(new DjangoToken(DjangoTokenKind.Text, source[position..mark.Index]));
            position = mark.Index + mark.Length;
            string content = PythonText.Strip(mark.Value[2..^2]);
            char kind = mark.Value[1];
            if (verbatim is not null && !(kind == '%' && content == verbatim))
            {
                tokens.Add(new DjangoToken(DjangoTokenKind.Text, mark.Value));
                continue;
            }

            verbatim = null;
            if (kind == '%')
            {
                if (content == "verbatim" || content.StartsWith("verbatim ", StringComparison.Ordinal))
                    verbatim = "end" + content;
                tokens.Add(new DjangoToken(DjangoTokenKind.Block, content));
            }
            else if (kind == '{')
            {
                tokens.Add(new DjangoToken(DjangoTokenKind.Variable, content));
            }
        }

        if (position < source.Length)
            tokens.Add(new DjangoToken(DjangoTokenKind.Text, source[position..]));
        return tokens;
    }

    [GeneratedRegex(@"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();
}

/// <summary>Writes its part of a text.</summary>
internal delegate void DjangoNode(DjangoContext context, StringBuilder text);

internal enum DjangoTokenKind
{
    Text,
    Variable,
    Block,
}

internal readonly record struct DjangoToken(DjangoTokenKind Kind, string Content);

/// <summary>The names that are known while a text is written.</summary>
internal sealed class DjangoContext
{
    private readonly List<Dictionary<string, object?>> _scopes = [];

    public DjangoContext(string memberId)
    {
        _scopes.Add(new(StringComparer.Ordinal)
        {
            ["True"] = true,
            ["False"] = false,
            ["None"] = null,
            ["PROJECT_MEMBER_ID"] = memberId,
        });
    }

    public bool Autoescape { get; set; } = true;

    /// <summary>What tags remember from one turn of a loop to the next.</summary>
    public Dictionary<object, object?> Memory { get; } = new(ReferenceEqualityComparer.Instance);

    public object? this[string name]
    {
        set => _scopes[^1][name] = value;
    }

    public void Push(params (string Name, object? Value)[] names) =>
        _scopes.Add(names.ToDictionary(n => n.Name, n => n.Value, StringComparer.Ordinal));

    public void Pop() => _scopes.RemoveAt(_scopes.Count - 1);

    public bool TryGet(string name, out object? value)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].TryGetValue(name, out value))
                return true;
        }

        value = null;
        return false;
    }
}
