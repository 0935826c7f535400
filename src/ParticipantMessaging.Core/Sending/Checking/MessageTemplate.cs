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
    private static readonly SearchValues<char> _brackets = SearchValues.Create("{[<«%$#*_@(&");

    private static readonly HashSet<string> _data =
    [
        .. new[]
        {
            "name", "first name", "last name", "full name", "given name", "family name", "surname", "forename", "your name", "participant name", "vorname", "nachname",
            "participant", "participant id", "prolific id", "prolific pid", "id", "code", "your code", "completion code", "link", "your link", "study link", "url",
        }.Select(ColumnName.Key),
    ];

    private const string _marks = "%=#|*\\/-";

    private readonly List<Part> _parts;

    private MessageTemplate(string source, List<Part> parts, string? broken, IReadOnlyList<(string, string)> foreign, Suspects suspects)
    {
        Source = source;
        _parts = parts;
        Broken = broken;
        Foreign = foreign;
        Named = suspects.Named;
        Unnamed = suspects.Unnamed;
        HasPlaceholders = parts.Exists(static p => p.Placeholder is not null);
    }

    /// <summary>The text as it was written.</summary>
    public string Source { get; }

    /// <summary>The piece of the text whose braces do not close, or that has one brace too many; null when all are right.</summary>
    public string? Broken { get; }

    /// <summary>Names between the brackets of other programs (<c>{x}</c>, <c>[x]</c>, <c>«x»</c>, <c>${x}</c> …): as written, and the name. Whether they are columns the row knows.</summary>
    public IReadOnlyList<(string Written, string Name)> Foreign { get; }

    /// <summary>Names that stand as no text would write them, and that only count when they are a column's very name: <c>(first_name)</c>, <c>@first_name</c>, <c>%first_name</c>.</summary>
    public IReadOnlyList<(string Written, string Name)> Named { get; }

    /// <summary>Brackets around a word that stands for a person's data (<c>{name}</c>, <c>[First Name]</c>, <c>{0}</c>), whether there is such a column or not.</summary>
    public IReadOnlyList<string> Unnamed { get; }

    /// <summary>True when there is something to fill in.</summary>
    public bool HasPlaceholders { get; }

    /// <summary>True when no row can have anything to do with it: nothing to fill in, and nothing that could be meant as that.</summary>
    public bool IsPlain => !HasPlaceholders && Broken is null && Foreign.Count == 0 && Named.Count == 0 && Unnamed.Count == 0;

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
        var suspects = new Suspects([], []);
        int from = 0;
        string? broken = null;
        foreach (Match match in PlaceholderForm().Matches(source))
        {
            int end = match.Index + match.Length;
            Add(source[from..match.Index]);
            parts.Add(new Part(match.Value, ReadPlaceholder(match)));
            // {{{ x }}} is another program's way, and would leave a brace on either side.
            if (match.Index > 0 && source[match.Index - 1] == '{' && end < source.Length && source[end] == '}') broken ??= source[(match.Index - 1)..(end + 1)];
            // {{ x }}} is a slip of the finger.
            else if (end < source.Length && source[end] == '}') broken ??= source[match.Index..(end + 1)];
            from = end;
        }

        Add(source[from..]);
        return new MessageTemplate(source, parts, broken, foreign, suspects);

        void Add(string literal)
        {
            if (literal.Length == 0) return;
            broken ??= FindBroken(literal);
            parts.Add(new Part(literal, null));
            if (literal.AsSpan().IndexOfAny(_brackets) < 0) return;
            foreach (Match match in ForeignForm().Matches(literal))
            {
                string name = match.Groups.Cast<Group>().Skip(1).First(static g => g.Success).Value.Trim();
                if (name.Length == 0) continue;
                foreign.Add((match.Value.Trim(), name));
                // {%x%}, <%= x %>, \{\{x\}\}: brackets within brackets.
                if (name.AsSpan().Trim(_marks) is { Length: > 0 } bare && bare.Length < name.Length) foreign.Add((match.Value.Trim(), bare.Trim().ToString()));
                if (StandsForData(literal, match, name)) suspects.Unnamed.Add(match.Value.Trim());
            }

            foreach (Match match in NamedForm().Matches(literal)) suspects.Named.Add((match.Value, match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value));
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
        bool isQuoted = fallback.Length > 1 && fallback[0] is '"' or '\'' or '“' or '‘';
        string? fault = filter.Success || isQuoted ? null : fallback.Length == 0 ? "has a bar, and behind it nothing that stands for an empty value" : fallback.Contains('|', StringComparison.Ordinal) ? "has more than one bar" : null;
        if (filter.Success) fallback = FieldText.Trim(filter.Groups[1].Success ? filter.Groups[1].Value : filter.Groups[2].Value);
        if (fallback.Length > 1 && fallback[0] is '"' or '\'' or '“' or '‘' && fallback[^1] is '"' or '\'' or '”' or '’') fallback = fallback[1..^1];
        return new Placeholder(FieldText.Trim(inside[..bar]), fallback, inside, match.Value) { Fault = fault };
    }

    // Few words, and only where another program would fill them in: [1], [optional], x_{0} and [link](https://...) are text.
    private static bool StandsForData(string literal, Match match, string name)
    {
        string written = match.Value.TrimStart();
        if (!(written[0] is '{' or '[' or '«' or '%' or '&' || written.StartsWith("${", StringComparison.Ordinal) || written.StartsWith("<<", StringComparison.Ordinal))) return false;
        int end = match.Index + match.Length;
        if (written[0] == '[' && end < literal.Length && literal[end] == '(') return false;
        if (name.Length == 1 && char.IsAsciiDigit(name[0])) return written[0] == '{' && (match.Index == 0 || literal[match.Index - 1] is not ('_' or '^' or '}' or '\\'));
        return _data.Contains(ColumnName.Key(name));
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
        | &laquo;\s*([^&;]{1,100}?)\s*&raquo;
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

    // A name with an underscore or a capital in its middle, for "(study)" is a word.
    [GeneratedRegex(
        """
        (?:\(\s*((?=[^()]*(?:_|\p{Ll}\p{Lu}))\p{L}[\p{L}\p{N}_]{1,99})\s*\))
        | (?<![\p{L}\p{N}_.@%/-])[@%]((?=[\p{L}\p{N}]*(?:_|\p{Ll}\p{Lu}))\p{L}[\p{L}\p{N}_]{1,99})(?![@%])
        """,
        RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NamedForm();

    private readonly record struct Suspects(List<(string Written, string Name)> Named, List<string> Unnamed);

    private readonly record struct Part(string Text, Placeholder? Placeholder);
}

/// <summary>A placeholder of a text.</summary>
/// <param name="Name">The column.</param>
/// <param name="Fallback">What stands for an empty value; null when nothing was given.</param>
/// <param name="Inside">All that stands between the braces: a column may have a bar in its name.</param>
/// <param name="Written">How it is written, braces included.</param>
public sealed record Placeholder(string Name, string? Fallback, string Inside, string Written)
{
    /// <summary>What is wrong with its fallback; null when nothing is.</summary>
    public string? Fault { get; init; }
}
