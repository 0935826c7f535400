using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>Text that is not escaped any more.</summary>
internal sealed record SafeText(string Text)
{
    public override string ToString() => Text;
}

/// <summary>A variable or constant with its filters: <c>first_name|default:"friend"</c>.</summary>
internal sealed partial class DjangoExpression
{
    private readonly object? _constant;
    private readonly string[]? _path;
    private readonly List<(string Filter, DjangoExpression? Argument)> _filters = [];

    /// <summary>Throws where Django raises TemplateSyntaxError.</summary>
    public DjangoExpression(string source)
    {
        Match head = Head().Match(source);
        if (!head.Success)
            throw new FormatException($"Could not parse some characters: {source}");
        (_constant, _path) = Atom(head.Value);
        int position = head.Length;
        while (position < source.Length)
        {
            Match filter = Filter().Match(source, position);
            if (!filter.Success || filter.Index != position)
                throw new FormatException($"Could not parse the remainder: '{source[position..]}' from '{source}'");
            string name = filter.Groups["name"].Value;
            string argument = filter.Groups["argument"].Value;
            DjangoFilters.Check(name, argument.Length > 0);
            _filters.Add((name, argument.Length > 0 ? new DjangoExpression(argument) : null));
            position += filter.Length;
        }
    }

    /// <summary>The value; of an unknown name the given one. Filters are applied to it.</summary>
    public object? Resolve(DjangoContext context, object? unknown)
    {
        object? value = _constant;
        if (_path is not null && !TryFollow(context, out value))
            value = unknown;
        foreach ((string filter, DjangoExpression? argument) in _filters)
            value = DjangoFilters.Apply(filter, value, argument?.Argument(context), context.Autoescape);
        return value;
    }

    /// <summary>What <c>{{ … }}</c> writes.</summary>
    public string Write(DjangoContext context)
    {
        object? value = Resolve(context, "");
        return context.Autoescape && value is not SafeText ? Escape(DjangoFilters.Str(value)) : DjangoFilters.Str(value);
    }

    public static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#x27;", StringComparison.Ordinal);

    private object? Argument(DjangoContext context) => _path is null || TryFollow(context, out object? value)
        ? Resolve(context, "")
        : throw new FormatException($"VariableDoesNotExist: Failed lookup for key [{string.Join('.', _path)}]");

    private static (object? Constant, string[]? Path) Atom(string text)
    {
        if (text.StartsWith("_(", StringComparison.Ordinal))
            text = text[2..^1];
        if (text[0] is '"' or '\'')
        {
            string quote = text[..1];
            return (new SafeText(text[1..^1].Replace("\\" + quote, quote, StringComparison.Ordinal)
                .Replace(@"\\", @"\", StringComparison.Ordinal)), null);
        }

        bool real = text.Contains('.', StringComparison.Ordinal) || text.Contains('e', StringComparison.OrdinalIgnoreCase);
        if (!real && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return (number, null);
        if (real && !text.EndsWith('.') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && !char.IsLetter(text[0]))
        {
            return (value, null);
        }

        if (text[0] == '_' || text.Contains("._", StringComparison.Ordinal))
            throw new FormatException($"Variables and attributes may not begin with underscores: '{text}'");
        return (null, text.Split('.'));
    }

    private bool TryFollow(DjangoContext context, out object? value)
    {
        if (!context.TryGet(_path![0], out value))
            return false;
        foreach (string step in _path.Skip(1))
        {
            object? next = value switch
            {
                Dictionary<string, object?> map when map.TryGetValue(step, out object? found) => found,
                IReadOnlyList<object?> list when int.TryParse(step, out int at) && at < list.Count => list[at],
                string text when int.TryParse(step, out int at) && at < text.Length => text[at].ToString(),
                string text when step is "upper" or "lower" or "title" or "strip" or "capitalize" =>
                    DjangoFilters.Apply(step is "capitalize" ? "capfirst" : step is "strip" ? "add" : step, text, "", false),
                _ => context, // stands for: not there
            };
            if (ReferenceEquals(next, context))
                return false;
            value = next;
        }

        return true;
    }

    [GeneratedRegex("""^(?:_\("(?:[^"\\]|\\.)*"\)|_\('(?:[^'\\]|\\.)*'\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.]+|[-+.]?\d[\d.e]*)""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex("""\s*\|\s*(?<name>\w+)(?::(?<argument>_\("(?:[^"\\]|\\.)*"\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.]+|[-+.]?\d[\d.e]*))?""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Filter();
}
