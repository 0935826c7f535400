using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>
/// A text with <c>{{ column }}</c> placeholders, parsed once; <c>{{ column | fallback }}</c> says what stands for an empty value. Values are
/// put in as they are: what stands in a value is never a placeholder.
/// </summary>
public sealed partial class MessageTemplate
{
    private static readonly SearchValues<char> _brackets = SearchValues.Create("{[<«%$#*_@");

    private readonly List<Part> _parts;

    private MessageTemplate(string source, List<Part> parts, string? broken, IReadOnlyList<(string, string)> foreign)
    {
        Source = source;
        _parts = parts;
        Broken = broken;
        Foreign = foreign;
        HasPlaceholders = parts.Exists(static p => p.Placeholder is not null);
    }

    /// <summary>The text as it was written.</summary>
    public string Source { get; }

    /// <summary>The piece of the text whose braces do not close, or that has one brace too many; null when all are right.</summary>
    public string? Broken { get; }

    /// <summary>Names between the brackets of other programs (<c>{x}</c>, <c>[x]</c>, <c>«x»</c>, <c>${x}</c> …): as written, and the name. Whether they are columns the row knows.</summary>
    public IReadOnlyList<(string Written, string Name)> Foreign { get; }

    /// <summary>True when there is something to fill in.</summary>
    public bool HasPlaceholders { get; }

    /// <summary>Names of the placeholders, in their order.</summary>
    public IEnumerable<string> Placeholders => _parts.Where(static p => p.Placeholder is not null).Select(static p => p.Placeholder!.Name);

    /// <summary>Parses a text.</summary>
    /// <param name="source">The text.</param>
    /// <returns>The template.</returns>
    public static MessageTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var parts = new List<Part>();
        var foreign = new List<(string, string)>();
        int from = 0;
        string? broken = null;
        foreach (Match match in PlaceholderForm().Matches(source))
        {
            int end = match.Index + match.Length;
            Add(source[from..match.Index]);
            parts.Add(new Part(match.Value, ReadPlaceholder(match)));
            // {{{ x }}} is another program's way, and would leave a brace on either side.
            if (match.Index > 0 && source[match.Index - 1] == '{' && end < source.Length && source[end] == '}') broken ??= source[(match.Index - 1)..(end + 1)];
            from = end;
        }

        Add(source[from..]);
        return new MessageTemplate(source, parts, broken, foreign);

        void Add(string literal)
        {
            if (literal.Length == 0) return;
            broken ??= FindBroken(literal);
            parts.Add(new Part(literal, null));
            if (literal.AsSpan().IndexOfAny(_brackets) < 0) return;
            foreach (Match match in ForeignForm().Matches(literal))
            {
                string name = match.Groups.Cast<Group>().Skip(1).First(static g => g.Success).Value.Trim();
                if (name.Length > 0) foreign.Add((match.Value.Trim(), name));
            }
        }
    }

    /// <summary>Fills it.</summary>
    /// <param name="valueOf">The value of a placeholder.</param>
    /// <returns>The text.</returns>
    public string Render(Func<Placeholder, string> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        if (!HasPlaceholders) return Source;
        var text = new StringBuilder(Source.Length + 32);
        foreach (Part part in _parts) text.Append(part.Placeholder is null ? part.Text : valueOf(part.Placeholder));
        return text.ToString();
    }

    private static Placeholder ReadPlaceholder(Match match)
    {
        string inside = FieldText.Trim(match.Groups[1].Value);
        int bar = inside.IndexOf('|', StringComparison.Ordinal);
        if (bar < 0) return new Placeholder(inside, null, inside, match.Value);
        string fallback = FieldText.Trim(inside[(bar + 1)..]);
        // As template languages write it: default: "x", default("x"), "x".
        Match filter = DefaultFilter().Match(fallback);
        if (filter.Success) fallback = FieldText.Trim(filter.Groups[1].Success ? filter.Groups[1].Value : filter.Groups[2].Value);
        if (fallback.Length > 1 && fallback[0] is '"' or '\'' or '“' or '‘' && fallback[^1] is '"' or '\'' or '”' or '’') fallback = fallback[1..^1];
        return new Placeholder(FieldText.Trim(inside[..bar]), fallback, inside, match.Value);
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
    private static partial Regex PlaceholderForm();

    [GeneratedRegex(@"^default\s*(?::\s*(.*)|\(\s*(.*?)\s*\))$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex DefaultFilter();

    // $($_.x), ${e://Field/x}, ${x}, $(x), {$x}, {x}, [x], [[x]], <<x>>, <x>, «x», %x%, %%x%%, *|x|*, #x#, __x__, @x@, $x
    [GeneratedRegex(
        """
        \$\(\$_\.(?:['"])?([^()'"]{1,100})(?:['"])?\)
        | \$\{[a-z]+://(?:[A-Za-z]+/)*([^{}/]{1,100})\}
        | \$\{\s*(?:\$_\.)?([^{}]{1,100})\}
        | \$\(\s*([^()]{1,100})\)
        | \{\s*\$?([^{}$]{1,100})\}
        | \[\[?\s*([^\[\]]{1,100})\]\]?
        | <<\s*([^<>]{1,100})>>
        | <\s*([^<>]{1,100})>
        | «\s*([^«»]{1,100})»
        | %%?\s*([^%\r\n]{1,100}?)%%?
        | \*\|\s*([^|\r\n]{1,100})\|\*
        | \#\s*([^\#\r\n]{1,60}?)\#
        | \b__([\p{L}\p{N}]+(?:[ _.-][\p{L}\p{N}]+)*)__\b
        | @([\p{L}\p{N}_.-]{1,60})@
        | \$_\.([\p{L}_][\p{L}\p{N}_]*)
        | \$([\p{L}][\p{L}\p{N}_]*)
        """,
        RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex ForeignForm();

    private readonly record struct Part(string Text, Placeholder? Placeholder);
}

/// <summary>A placeholder of a text.</summary>
/// <param name="Name">The column.</param>
/// <param name="Fallback">What stands for an empty value; null when nothing was given.</param>
/// <param name="Inside">All that stands between the braces: a column may have a bar in its name.</param>
/// <param name="Written">How it is written, braces included.</param>
public sealed record Placeholder(string Name, string? Fallback, string Inside, string Written);
