using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>Django's built-in filters on what a message can hold: texts, numbers, lists of characters.</summary>
internal static partial class DjangoFilters
{
    // How many arguments each takes: none, one, or one that may be left out.
    private static readonly FrozenDictionary<string, char> Known = (
        "add1 addslashes0 capfirst0 center1 cut1 date? default1 default_if_none1 dictsort1 dictsortreversed1 divisibleby1 escape0 escapejs0 " +
        "filesizeformat0 first0 floatformat? force_escape0 get_digit1 iriencode0 join1 json_script1 last0 length0 length_is1 linebreaks0 " +
        "linebreaksbr0 linenumbers0 ljust1 lower0 make_list0 phone2numeric0 pluralize? pprint0 random0 rjust1 safe0 safeseq0 slice1 " +
        "slugify0 stringformat1 striptags0 time? timesince? timeuntil? title0 truncatechars1 truncatechars_html1 truncatewords1 " +
        "truncatewords_html1 unordered_list0 upper0 urlencode? urlize0 urlizetrunc1 wordcount0 wordwrap1 yesno?")
        .Split(' ').ToFrozenDictionary(n => n[..^1], n => n[^1], StringComparer.Ordinal);

    // Of these the text stays safe when it was.
    private static readonly FrozenSet<string> KeepSafe = FrozenSet.ToFrozenSet(
    [
        "addslashes", "capfirst", "center", "escape", "first", "floatformat", "join", "last", "linebreaks", "linebreaksbr", "ljust", "lower",
        "rjust", "safe", "slice", "slugify", "stringformat", "title", "truncatechars", "truncatewords", "urlize", "wordwrap",
    ], StringComparer.Ordinal);

    /// <summary>Throws where Django raises TemplateSyntaxError.</summary>
    public static void Check(string name, bool hasArgument)
    {
        if (!Known.TryGetValue(name, out char takes))
            throw new FormatException($"Invalid filter: '{name}'");
        if (takes == '0' && hasArgument || takes == '1' && !hasArgument)
            throw new FormatException($"{name} requires {(takes == '1' ? 2 : 1)} arguments, {(hasArgument ? 2 : 1)} provided");
    }

    public static object? Apply(string name, object? value, object? argument, bool autoescape)
    {
        object? made = Make(name, value, argument, autoescape);
        return value is SafeText && made is string text && KeepSafe.Contains(name) ? new SafeText(text) : made;
    }

    /// <summary>What Python's <c>str()</c> writes.</summary>
    public static string Str(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        double number => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.Contains('.', StringComparison.Ordinal) ? text : text + ".0",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable<object?> list => "[" + string.Join(", ", list.Select(i => i is string or SafeText ? PythonText.Quoted(i.ToString()!) : Str(i))) + "]",
        _ => value.ToString()!,
    };

    public static bool Truth(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        SafeText text => text.Text.Length > 0,
        IReadOnlyCollection<object?> list => list.Count > 0,
        _ => true,
    };

    private static object? Make(string name, object? value, object? argument, bool autoescape)
    {
        string text = Str(value);
        string word = argument is null ? "" : Str(argument);
        int size = int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int parsed) ? parsed : 0;
        switch (name)
        {
            case "default":
                return Truth(value) ? value : argument;
            case "default_if_none":
                return value ?? argument;
            case "upper":
                return text.ToUpperInvariant();
            case "lower":
                return text.ToLowerInvariant();
            case "title":
                return Word().Replace(text.ToLowerInvariant(), m => char.ToUpperInvariant(m.Value[0]) + m.Value[1..]);
            case "capfirst":
                return text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
            case "add":
                return long.TryParse(text, out long left) && long.TryParse(word, out long right) ? left + right : text + word;
            case "cut":
                return text.Replace(word, "", StringComparison.Ordinal);
            case "length":
                return value is null or bool or long or double ? 0L : (long)(List(value)?.Count ?? PythonText.Length(text));
            case "length_is":
                return (List(value)?.Count ?? PythonText.Length(text)) == size;
            case "first":
                return text.Length == 0 ? "" : List(value) is { } some ? some[0] : text[..1];
            case "last":
                return text.Length == 0 ? "" : List(value) is { } more ? more[^1] : text[^1..];
            case "random":
                return text.Length == 0 ? "" : text[..1];
            case "slice":
                return Slice(text, word);
            case "make_list":
                return text.Select(c => (object?)c.ToString()).ToList();
            case "join":
                return string.Join(word, (List(value) ?? [.. text.Select(c => (object?)c.ToString())]).Select(Str));
            case "center":
                int pad = Math.Max(0, size - text.Length);
                return text.PadLeft(text.Length + pad / 2 + (pad & size & 1)).PadRight(size);
            case "ljust":
                return text.PadRight(Math.Max(0, size));
            case "rjust":
                return text.PadLeft(Math.Max(0, size));
            case "divisibleby":
                return long.TryParse(text, out long number) && size != 0
                    ? number % size == 0
                    : throw new FormatException($"ValueError: invalid literal for int() with base 10: '{text}'");
            case "yesno":
                string[] answers = (argument is null ? "yes,no,maybe" : word).Split(',');
                if (answers.Length < 2)
                    return value;
                return value is null ? answers[answers.Length > 2 ? 2 : 1] : answers[Truth(value) ? 0 : 1];
            case "pluralize":
                string[] endings = (argument is null ? "s" : word).Split(',');
                bool one = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double many) ? many == 1 : text.Length == 1;
                return endings.Length > 2 ? "" : endings.Length == 2 ? endings[one ? 0 : 1] : one ? "" : endings[0];
            case "truncatechars":
                return text.Length <= size || size <= 0 ? text : text[..Math.Max(0, size - 1)] + "…";
            case "truncatewords":
                string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words.Length <= size ? string.Join(' ', words) : string.Join(' ', words[..Math.Max(0, size)]) + " …";
            case "wordcount":
                return (long)text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            case "urlencode":
                return string.Join('/', text.Split('/').Select(Uri.EscapeDataString));
            case "slugify":
                return Dashes().Replace(NoSlug().Replace(text.ToLowerInvariant(), "").Trim(), "-").Trim('-', '_');
            case "striptags":
                return Tags().Replace(text, "");
            case "safe":
                return new SafeText(text);
            case "escape" or "force_escape":
                return value is SafeText && name == "escape" ? value : new SafeText(DjangoExpression.Escape(text));
            case "linebreaksbr":
                return new SafeText((autoescape && value is not SafeText ? DjangoExpression.Escape(text) : text)
                    .ReplaceLineEndings("<br>"));
            case "linebreaks":
                return new SafeText(string.Join("\n\n", text.ReplaceLineEndings("\n").Split("\n\n")
                    .Select(p => $"<p>{p.Replace("\n", "<br>", StringComparison.Ordinal)}</p>")));
            case "addslashes":
                return text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("'", "\\'", StringComparison.Ordinal);
            case "get_digit":
                return long.TryParse(text, out _) && size >= 1 ? size <= text.Length ? (long)(text[^size] - '0') : 0L : value;
            case "floatformat":
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
                    ? real.ToString(argument is null && real == Math.Floor(real) ? "F0" : "F" + Math.Abs(argument is null ? 1 : size), CultureInfo.InvariantCulture)
                    : "";
            case "stringformat":
                return word == "s" ? text : value is long whole && Digits().Match(word) is { Success: true } form
                    ? whole.ToString(form.Groups[1].Length > 0 ? "D" + form.Groups[2].Value : "D", CultureInfo.InvariantCulture)
                        .PadLeft(int.TryParse(form.Groups[2].Value, out int width) ? width : 0)
                    : "";
            case "date" or "time":
                return ""; // no text is a time
            case "timesince" or "timeuntil":
                return Truth(value) ? throw new FormatException("AttributeError: 'str' object has no attribute 'year'") : "";
            case "filesizeformat":
                return FileSize(text);
            case "pprint":
                return value is string or SafeText ? PythonText.Quoted(text) : text;
            case "linenumbers":
                string[] lines = (autoescape && value is not SafeText ? DjangoExpression.Escape(text) : text).Split('\n');
                return new SafeText(string.Join('\n', lines.Select((l, i) =>
                    $"{(i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(lines.Length.ToString(CultureInfo.InvariantCulture).Length, '0')}. {l}")));
            case "json_script":
                return new SafeText($"<script id=\"{word}\" type=\"application/json\">{(value is string or SafeText ? $"\"{text}\"" : text)}</script>");
            case "unordered_list":
                return new SafeText(string.Join('\n', (List(value) ?? [.. text.Select(c => (object?)c.ToString())]).Select(i => $"\t<li>{Str(i)}</li>")));
            case "dictsort" or "dictsortreversed":
                return "";
            default:
                return value is SafeText ? value : text; // the others leave plain text as it is
        }
    }

    private static IReadOnlyList<object?>? List(object? value) => value as IReadOnlyList<object?>;

    private static string Slice(string text, string range)
    {
        int?[] parts = [.. range.Split(':').Select(p => int.TryParse(p, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int at) ? at : (int?)null)];
        int step = parts.Length > 2 ? parts[2] ?? 1 : 1;
        if (step <= 0)
            return text;
        int At(int? part, int otherwise) => part is { } at ? Math.Clamp(at < 0 ? text.Length + at : at, 0, text.Length) : otherwise;
        int from = parts.Length == 1 ? 0 : At(parts[0], 0);
        int to = At(parts.Length == 1 ? parts[0] : parts[1], text.Length);
        return string.Concat(text.Where((_, i) => i >= from && i < to && (i - from) % step == 0));
    }

    private static string FileSize(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double size))
            return "0\u00a0bytes";
        if (size < 1024)
            return $"{(long)size}\u00a0byte{((long)size == 1 ? "" : "s")}";
        string[] units = ["KB", "MB", "GB", "TB", "PB"];
        int unit = -1;
        while (size >= 1024 && unit < units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return size.ToString("F1", CultureInfo.InvariantCulture) + "\u00a0" + units[unit];
    }

    [GeneratedRegex("^(0?)([0-9]*)[di]$", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex(@"[\w']+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"[-\s]+", RegexOptions.CultureInvariant)]
    private static partial Regex Dashes();

    [GeneratedRegex(@"[^a-z0-9_\s-]", RegexOptions.CultureInvariant)]
    private static partial Regex NoSlug();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant)]
    private static partial Regex Tags();
}
