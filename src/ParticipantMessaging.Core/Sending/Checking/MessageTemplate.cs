using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>A text with <c>{{ column }}</c> placeholders, parsed once. Values are put in as they are: what stands in a value is never a placeholder.</summary>
public sealed partial class MessageTemplate
{
    private readonly List<Part> _parts;

    private MessageTemplate(string source, List<Part> parts, string? broken)
    {
        Source = source;
        _parts = parts;
        Broken = broken;
        HasPlaceholders = parts.Exists(static p => p.Name is not null);
    }

    /// <summary>The text as it was written.</summary>
    public string Source { get; }

    /// <summary>The piece of the text whose braces do not close; null when all do.</summary>
    public string? Broken { get; }

    /// <summary>True when there is something to fill in.</summary>
    public bool HasPlaceholders { get; }

    /// <summary>Names of the placeholders, in their order.</summary>
    public IEnumerable<string> Placeholders => _parts.Where(static p => p.Name is not null).Select(static p => p.Name!);

    /// <summary>Parses a text.</summary>
    /// <param name="source">The text.</param>
    /// <returns>The template.</returns>
    public static MessageTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var parts = new List<Part>();
        int from = 0;
        string? broken = null;
        foreach (Match match in Placeholder().Matches(source))
        {
            string literal = source[from..match.Index];
            broken ??= FindBroken(literal);
            if (literal.Length > 0) parts.Add(new Part(literal, null));
            parts.Add(new Part(match.Value, match.Groups[1].Value.Trim()));
            from = match.Index + match.Length;
        }

        string rest = source[from..];
        broken ??= FindBroken(rest);
        if (rest.Length > 0) parts.Add(new Part(rest, null));
        return new MessageTemplate(source, parts, broken);
    }

    /// <summary>Fills it.</summary>
    /// <param name="valueOf">The value of a placeholder: its name and how it is written, such as <c>{{ first_name }}</c>.</param>
    /// <returns>The text.</returns>
    public string Render(Func<string, string, string> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        if (!HasPlaceholders) return Source;
        var text = new StringBuilder(Source.Length + 32);
        foreach (Part part in _parts) text.Append(part.Name is null ? part.Text : valueOf(part.Name, part.Text));
        return text.ToString();
    }

    private static string? FindBroken(string literal)
    {
        int at = literal.IndexOf("{{", StringComparison.Ordinal);
        if (at < 0) at = literal.IndexOf("}}", StringComparison.Ordinal);
        if (at < 0) return null;
        int start = Math.Max(0, at - 10);
        return literal[start..Math.Min(literal.Length, at + 20)];
    }

    [GeneratedRegex(@"\{\{([^{}]+)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    private readonly record struct Part(string Text, string? Name);
}
