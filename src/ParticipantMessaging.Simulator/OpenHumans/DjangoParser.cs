using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>Turns the tokens of a text into what writes it: variables and Django's built-in tags.</summary>
internal sealed partial class DjangoParser(List<DjangoToken> tokens)
{
    private static readonly FrozenDictionary<string, string> TagMarks = new Dictionary<string, string>
    {
        ["openblock"] = "{%",
        ["closeblock"] = "%}",
        ["openvariable"] = "{{",
        ["closevariable"] = "}}",
        ["openbrace"] = "{",
        ["closebrace"] = "}",
        ["opencomment"] = "{#",
        ["closecomment"] = "#}",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private const string Lorem =
        "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. " +
        "Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in " +
        "reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat cupidatat non proident, sunt in " +
        "culpa qui officia deserunt mollit anim id est laborum.";

    private readonly HashSet<string> _blocks = new(StringComparer.Ordinal);
    private bool _translates;
    private bool _cycles;
    private int _next;
    private string _ended = "";

    /// <summary>Reads on to one of the tags that end the present block; to the end of the text when none is given.</summary>
    public DjangoNode[] ParseUntil(params string[] ends)
    {
        var nodes = new List<DjangoNode>();
        while (_next < tokens.Count)
        {
            DjangoToken token = tokens[_next++];
            switch (token.Kind)
            {
                case DjangoTokenKind.Text:
                    nodes.Add((_, text) => text.Append(token.Content));
                    break;
                case DjangoTokenKind.Variable:
                    if (token.Content.Length == 0)
                        throw new FormatException("Empty variable tag");
                    var expression = new DjangoExpression(token.Content);
                    nodes.Add((context, text) => text.Append(expression.Write(context)));
                    break;
                default:
                    string[] bits = Split(token.Content);
                    if (bits.Length == 0)
                        throw new FormatException("Empty block tag");
                    if (ends.Contains(bits[0]))
                    {
                        _ended = token.Content;
                        return [.. nodes];
                    }

                    nodes.Add(Tag(bits, ends));
                    break;
            }
        }

        return ends.Length == 0 ? [.. nodes] : throw new FormatException($"Unclosed tag. Looking for one of: {string.Join(", ", ends)}.");
    }

    private DjangoNode Tag(string[] bits, string[] ends)
    {
        switch (bits[0])
        {
            case "comment":
                SkipPast("endcomment");
                return static (_, _) => { };
            case "verbatim":
                return Group(ParseUntil("endverbatim"));
            case "if":
                return If(bits);
            case "ifequal" or "ifnotequal":
                return IfEqual(bits);
            case "ifchanged":
                return IfChanged();
            case "for":
                return For(bits);
            case "with":
                return With(bits);
            case "autoescape":
                return Autoescape(bits);
            case "filter":
                var filter = new DjangoExpression("x|" + string.Join(' ', bits[1..]));
                if (string.Join(' ', bits[1..]).Split('|', ':').Any(f => f is "escape" or "safe"))
                    throw new FormatException($"\"filter {bits[1]}\" is not permitted.  Use the \"autoescape\" tag instead.");
                DjangoNode[] filtered = ParseUntil("endfilter");
                return (context, text) =>
                {
                    context.Push(("x", new SafeText(Text(filtered, context))));
                    text.Append(DjangoFilters.Str(filter.Resolve(context, "")));
                    context.Pop();
                };
            case "spaceless":
                DjangoNode[] spaced = ParseUntil("endspaceless");
                return (context, text) => text.Append(Between().Replace(Text(spaced, context).Trim(), "><"));
            case "block":
                return Block(bits);
            case "now":
                if (bits.Length is not (2 or 4))
                    throw new FormatException("'now' statement takes one argument");
                string format = bits[1].Trim('"', '\'');
                return (context, text) => Put(context, text, bits.Length == 4 ? bits[3] : null, DjangoDate.Format(DateTimeOffset.UtcNow, format));
            case "firstof":
                return FirstOf(bits);
            case "cycle":
                return Cycle(bits);
            case "lorem":
                return (_, text) => text.Append(LoremIpsum(bits));
            case "templatetag":
                if (bits.Length != 2 || !TagMarks.TryGetValue(bits[1], out string? mark))
                    throw new FormatException($"Invalid templatetag argument: '{string.Join(' ', bits[1..])}'.");
                return (_, text) => text.Append(mark);
            case "widthratio":
                return WidthRatio(bits);
            case "load":
                string[] libraries = ["cache", "i18n", "l10n", "static", "tz"];
                if (bits[1..].FirstOrDefault(l => !libraries.Contains(l)) is { } missing && !bits.Contains("from"))
                    throw new FormatException($"'{missing}' is not a registered tag library.");
                _translates |= bits.Contains("i18n");
                return static (_, _) => { };
            case "trans" or "translate" when _translates && bits.Length > 1:
                var said = new DjangoExpression(bits[1]);
                return (context, text) => text.Append(said.Write(context));
            case "csrf_token" or "debug":
                return static (_, _) => { };
            case "resetcycle":
                return _cycles ? static (_, _) => { } : throw new FormatException("No cycles in template.");
            case "regroup":
                if (bits is not [_, var grouped, "by", _, "as", _])
                    throw new FormatException("'regroup' tag takes five arguments");
                var groups = new DjangoExpression(grouped);
                return (context, _) => context[bits[^1]] = DjangoFilters.Truth(groups.Resolve(context, null)) ? new List<object?> { null } : [];
            case "include" or "extends":
                return (_, _) => throw new FormatException($"TemplateDoesNotExist: {bits.ElementAtOrDefault(1)?.Trim('"', '\'')}");
            case "url":
                if (bits.Length < 2)
                    throw new FormatException("'url' takes at least one argument, a URL pattern name.");
                return (_, _) => throw new FormatException($"NoReverseMatch: Reverse for {bits[1]} not found.");
            default:
                throw new FormatException(ends.Length > 0
                    ? $"Invalid block tag: '{bits[0]}', expected {string.Join(" or ", ends.Select(e => $"'{e}'"))}."
                    : $"Invalid block tag: '{bits[0]}'. Did you forget to register or load this tag?");
        }
    }

    private void SkipPast(string end)
    {
        while (_next < tokens.Count)
        {
            DjangoToken token = tokens[_next++];
            if (token.Kind == DjangoTokenKind.Block && token.Content == end)
                return;
        }

        throw new FormatException($"Unclosed tag 'comment'. Looking for one of: {end}.");
    }

    private DjangoNode If(string[] bits)
    {
        var branches = new List<(DjangoCondition? Condition, DjangoNode[] Nodes)>();
        DjangoCondition? condition = DjangoConditions.Parse(bits[1..]);
        while (true)
        {
            DjangoNode[] nodes = condition is null ? ParseUntil("endif") : ParseUntil("elif", "else", "endif");
            branches.Add((condition, nodes));
            string[] end = Split(_ended);
            if (end[0] == "endif")
                break;
            condition = end[0] == "elif" ? DjangoConditions.Parse(end[1..]) : null;
        }

        return (context, text) =>
        {
            foreach ((DjangoCondition? test, DjangoNode[] nodes) in branches)
            {
                if (test is not null && !DjangoFilters.Truth(test(context)))
                    continue;
                Write(nodes, context, text);
                return;
            }
        };
    }

    private DjangoNode Block(string[] bits)
    {
        if (bits.Length != 2)
            throw new FormatException("'block' tag takes only one argument");
        if (!_blocks.Add(bits[1]))
            throw new FormatException($"'block' tag with name '{bits[1]}' appears more than once");
        DjangoNode[] nodes = ParseUntil("endblock");
        return _ended == "endblock" || _ended == $"endblock {bits[1]}"
            ? Group(nodes)
            : throw new FormatException($"Invalid block tag: '{_ended}', expected 'endblock' or 'endblock {bits[1]}'.");
    }

    /// <summary>Words (<c>w</c>), paragraphs (<c>p</c>) or, by default, plain paragraphs; the service's further ones are random.</summary>
    private static string LoremIpsum(string[] bits)
    {
        string kind = bits.Contains("w") ? "w" : bits.Contains("p") ? "p" : "b";
        int count = bits.Skip(1).Select(b => int.TryParse(b, out int n) ? n : 0).FirstOrDefault(n => n > 0) is > 0 and int given ? given : 1;
        return kind switch
        {
            "w" => string.Join(' ', Lorem.ToLowerInvariant().Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal)
                .Split(' ').Take(count)),
            "p" => string.Join("\n\n", Enumerable.Repeat($"<p>{Lorem}</p>", count)),
            _ => string.Join("\n\n", Enumerable.Repeat(Lorem, count)),
        };
    }

    private DjangoNode IfEqual(string[] bits)
    {
        if (bits.Length != 3)
            throw new FormatException($"'{bits[0]}' takes two arguments");
        var left = new DjangoExpression(bits[1]);
        var right = new DjangoExpression(bits[2]);
        DjangoNode[] then = ParseUntil("else", "end" + bits[0]);
        DjangoNode[] otherwise = _ended == "else" ? ParseUntil("end" + bits[0]) : [];
        bool wanted = bits[0] == "ifequal";
        return (context, text) => Write(
            DjangoConditions.AreEqual(left.Resolve(context, null), right.Resolve(context, null)) == wanted ? then : otherwise, context, text);
    }

    private DjangoNode IfChanged()
    {
        DjangoNode[] then = ParseUntil("else", "endifchanged");
        DjangoNode[] otherwise = _ended == "else" ? ParseUntil("endifchanged") : [];
        object key = new();
        return (context, text) =>
        {
            string now = Text(then, context);
            bool changed = !context.Memory.TryGetValue(key, out object? before) || !Equals(before, now);
            context.Memory[key] = now;
            if (changed)
                text.Append(now);
            else
                Write(otherwise, context, text);
        };
    }

    private DjangoNode For(string[] bits)
    {
        int at = Array.LastIndexOf(bits, "in");
        bool reversed = bits[^1] == "reversed";
        if (bits.Length < 4 || at < 2 || at + (reversed ? 3 : 2) != bits.Length)
            throw new FormatException($"'for' statements should use the format 'for x in y': {string.Join(' ', bits)}");
        string[] names = [.. string.Join(' ', bits[1..at]).Split(',').Select(n => n.Trim())];
        if (names.Any(n => n.Length == 0 || n.AsSpan().IndexOfAny(" \"'|") >= 0))
            throw new FormatException($"'for' tag received an invalid argument: {string.Join(' ', bits)}");
        var source = new DjangoExpression(bits[at + 1]);
        DjangoNode[] each = ParseUntil("empty", "endfor");
        DjangoNode[] none = _ended == "empty" ? ParseUntil("endfor") : [];
        return (context, text) =>
        {
            List<object?> items = Items(source.Resolve(context, null));
            if (reversed)
                items.Reverse();
            if (items.Count == 0)
                Write(none, context, text);
            for (int i = 0; i < items.Count; i++)
            {
                context.Push(("forloop", new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["counter"] = i + 1L,
                    ["counter0"] = (long)i,
                    ["revcounter"] = (long)items.Count - i,
                    ["revcounter0"] = items.Count - i - 1L,
                    ["first"] = i == 0,
                    ["last"] = i == items.Count - 1,
                    ["parentloop"] = context.TryGet("forloop", out object? outer) ? outer : new Dictionary<string, object?>(StringComparer.Ordinal),
                }));
                if (names.Length == 1)
                    context[names[0]] = items[i];
                else
                    throw new FormatException($"ValueError: Need {names.Length} values to unpack in for loop; got 1.");
                Write(each, context, text);
                context.Pop();
            }
        };
    }

    private static List<object?> Items(object? value) => value switch
    {
        null => [],
        string text => [.. text.Select(c => (object?)c.ToString())],
        SafeText text => [.. text.Text.Select(c => (object?)c.ToString())],
        IEnumerable<object?> list => [.. list],
        _ => throw new FormatException($"TypeError: '{value.GetType().Name}' object is not iterable"),
    };

    private DjangoNode With(string[] bits)
    {
        (string Name, DjangoExpression Value)[] names = bits is [_, var value, "as", var name]
            ? [(name, new DjangoExpression(value))]
            : [.. bits[1..].Select(b => b.IndexOf('=', StringComparison.Ordinal) is > 0 and int at
                ? (b[..at], new DjangoExpression(b[(at + 1)..]))
                : throw new FormatException($"'with' received an invalid token: '{b}'"))];
        if (names.Length == 0)
            throw new FormatException("'with' expected at least one variable assignment");
        DjangoNode[] nodes = ParseUntil("endwith");
        return (context, text) =>
        {
            context.Push([.. names.Select(n => (n.Name, n.Value.Resolve(context, "")))]);
            Write(nodes, context, text);
            context.Pop();
        };
    }

    private DjangoNode Autoescape(string[] bits)
    {
        if (bits is not [_, "on" or "off"])
            throw new FormatException("'autoescape' argument should be 'on' or 'off'");
        DjangoNode[] nodes = ParseUntil("endautoescape");
        return (context, text) =>
        {
            bool before = context.Autoescape;
            context.Autoescape = bits[1] == "on";
            Write(nodes, context, text);
            context.Autoescape = before;
        };
    }

    private static DjangoNode FirstOf(string[] bits)
    {
        if (bits.Length < 2)
            throw new FormatException("'firstof' statement requires at least one argument");
        string? name = bits.Length > 3 && bits[^2] == "as" ? bits[^1] : null;
        DjangoExpression[] values = [.. bits[1..(name is null ? bits.Length : ^2)].Select(b => new DjangoExpression(b))];
        return (context, text) => Put(context, text, name,
            values.FirstOrDefault(v => DjangoFilters.Truth(v.Resolve(context, null)))?.Write(context) ?? "");
    }

    private DjangoNode Cycle(string[] bits)
    {
        if (bits.Length < 2)
            throw new FormatException("'cycle' tag requires at least two arguments");
        _cycles = true;
        int named = Array.IndexOf(bits, "as");
        DjangoExpression[] values = [.. bits[1..(named > 0 ? named : bits.Length)].Select(b => new DjangoExpression(b))];
        object key = new();
        return (context, text) =>
        {
            int turn = context.Memory.TryGetValue(key, out object? before) ? (int)before! + 1 : 0;
            context.Memory[key] = turn;
            string value = values[turn % values.Length].Write(context);
            if (named > 0)
                context[bits[named + 1]] = value;
            if (named < 0 || bits[^1] != "silent")
                text.Append(value);
        };
    }

    private static DjangoNode WidthRatio(string[] bits)
    {
        if (bits.Length is not (4 or 6))
            throw new FormatException("widthratio takes at least three arguments");
        DjangoExpression[] values = [.. bits[1..4].Select(b => new DjangoExpression(b))];
        return (context, text) =>
        {
            double[] numbers = [.. values.Select(v => double.TryParse(DjangoFilters.Str(v.Resolve(context, "")), NumberStyles.Float,
                CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
            string ratio = numbers[1] == 0 ? "0" : numbers.Any(double.IsNaN)
                ? ""
                : Math.Round(numbers[0] / numbers[1] * numbers[2], MidpointRounding.ToEven).ToString(CultureInfo.InvariantCulture);
            Put(context, text, bits.Length == 6 ? bits[5] : null, ratio);
        };
    }

    private static void Put(DjangoContext context, StringBuilder text, string? name, string value)
    {
        if (name is null)
            text.Append(value);
        else
            context[name] = new SafeText(value);
    }

    private static DjangoNode Group(DjangoNode[] nodes) => (context, text) => Write(nodes, context, text);

    private static void Write(DjangoNode[] nodes, DjangoContext context, StringBuilder text)
    {
        foreach (DjangoNode node in nodes)
            node(context, text);
    }

    private static string Text(DjangoNode[] nodes, DjangoContext context)
    {
        var text = new StringBuilder();
        Write(nodes, context, text);
        return text.ToString();
    }

    /// <summary>The words of a tag; blanks within quotes do not part them.</summary>
    private static string[] Split(string content) => [.. Words().Matches(content).Select(m => m.Value)];

    [GeneratedRegex("""((?:[^\s'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+)|\S+)""", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    [GeneratedRegex(@">\s+<", RegexOptions.CultureInvariant)]
    private static partial Regex Between();
}
