using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>Fills texts and subjects, and says what is wrong with them.</summary>
internal sealed class RowRenderer
{
    private const string RecipientPlaceholder = "PARTICIPANT_ID";
    private const int CachedTexts = 64;

    // Mail servers take lines of 998 characters (RFC 5321); a header is folded at blanks, and the next line begins with one.
    private const int LongestPieceOfAHeader = 997;

    // What ends the header of a mail, or spoils it (provider facts 12.4), and all other control characters but the tab.
    private static readonly SearchValues<char> _notInSubject = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(static c => c != '\t').Select(static c => (char)c), '\u007F', '\u0085', '\u2028', '\u2029']);

    private readonly SendOptions _options;
    private readonly HashSet<string> _literal;
    private readonly ColumnFinder _finder = new();
    private readonly Dictionary<string, MessageTemplate> _templates = [];
    private readonly Dictionary<(string Body, string? Subject), RenderedText> _texts = [];
    private readonly Dictionary<string, bool> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly Filling _filling;

    // One text for everybody, as most lists have it: no row of it says anything new.
    private (string? Source, MessagingProvider Provider, RenderedText? Text) _plain;
    private IReadOnlyList<SendRow> _rows = [];

    public RowRenderer(SendOptions options)
    {
        _options = options;
        _literal = new HashSet<string>(options.LiteralValues.Select(FieldText.Trim), StringComparer.OrdinalIgnoreCase);
        _filling = new Filling(this);
    }

    /// <summary>Lets columns count as empty in rows that lack them when another row has them (objects of differing shape).</summary>
    public void KnowColumns(IReadOnlyList<SendRow> rows) => _rows = _options.AllowEmptyField ? rows : [];

    public RenderedText? Render(SendRow row, MessagingProvider provider, string id, List<Finding> findings)
    {
        if (FieldText.IsBlank(row.Content.Body))
        {
            findings.Add(new Finding(row, MessagingErrorReason.BlankText, "Body", "",
                "there is no text to send.",
                "Give a text, or fill the column Body. The text of a received message is never taken as the text to send.")
            { Remedy = Remedy.GiveText });
            return null;
        }

        bool hasSubject = provider == MessagingProvider.OpenHumans && !FieldText.IsBlank(row.Content.Subject);
        if (!hasSubject && ReferenceEquals(row.Content.Body, _plain.Source) && provider == _plain.Provider) return _plain.Text;
        int before = findings.Count;
        string body = Fill(row, row.Content.Body!, "text", provider, id, passOwn: true, findings);
        string? subject = hasSubject
            ? Fill(row, row.Content.Subject!, "subject", provider, id, passOwn: false, findings).Trim()
            : null;
        if (findings.Count > before) return null;

        CheckText(row, provider, body, findings);
        if (subject is not null) CheckSubject(row, subject, findings);
        if (findings.Count > before) return null;
        RenderedText text = Share(body, subject);
        if (!hasSubject && Template(row.Content.Body!).IsPlain) _plain = (row.Content.Body, provider, text);
        return text;
    }

    private string Fill(SendRow row, string source, string what, MessagingProvider provider, string id, bool passOwn, List<Finding> findings)
    {
        if (FieldText.FindBroken(source) is { } letters && !_literal.Contains(letters))
        {
            // A text that no row brings has a file of its own.
            bool isOfRow = _finder.Find(row.Fields, what == "text" ? "Body" : "Subject", out string? own) is not null && own == source;
            findings.Add(new Finding(row, what == "text" ? MessagingErrorReason.UnsafeTemplate : MessagingErrorReason.InvalidSubject, what == "text" ? "" : "Subject", letters,
                $"{(isOfRow ? "the file was read in another encoding than it was written in: " : "")}the {what} has broken letters ('{Show(letters)}', in '{Show(Around(source, letters))}'){(isOfRow ? "." : ": it was read in another encoding than it was written in.")}",
                "Save the file of the text as UTF-8, or read it in its own encoding.")
            { Remedy = isOfRow ? Remedy.Encoding : Remedy.TextEncoding, Hint = isOfRow ? letters == "\uFFFD" ? "ansi" : "utf8" : letters, IsOfWholeList = true });
            return source;
        }

        MessageTemplate template = Template(source);
        if (template.Broken is { } broken)
        {
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", broken,
                $"the {what} has braces that do not belong together, near '{Show(broken)}'.",
                "Write placeholders as {{ column }}, and no other double braces."));
            return source;
        }

        // An empty list of columns knows no name: a text to bare ids may have brackets.
        foreach ((string written, string name) in template.Foreign)
        {
            string? column = IsOwnName(name, provider) ? name : _finder.Find(row.Fields, name, out _);
            if (column is null) continue;
            if (!_literal.Contains(written)) findings.Add(Foreign(row, what, written, column));
        }

        foreach ((string written, string name) in template.Named)
        {
            if (row.Fields.TryGetValue(name, out _) && !_literal.Contains(written)) findings.Add(Foreign(row, what, written, name));
        }

        foreach (string written in template.Unnamed)
        {
            if (_literal.Contains(written) || IsTold(findings, row, written)) continue;
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", written,
                $"the {what} has '{Show(written)}', which would go out as it stands, to everybody. What is to be filled in is written {{{{ column }}}} here, with the name of a column.",
                $"Write {{{{ column }}}} in place of {Show(written)}, with the name of a column.")
            { Remedy = Remedy.LiteralText, Hint = written });
        }

        if (!template.HasPlaceholders) return source;
        // Kept for the next row: a closure for each of 100,000 would cost as much as the rest.
        _filling.Start(row, what, provider, id, passOwn, findings);
        return template.Render(_filling.ValueOf);
    }

    // A method of its own: what it hands to its query would be made for each of 100,000 rows.
    private static bool IsTold(List<Finding> findings, SendRow row, string value) => findings.Exists(finding => finding.Row == row && finding.Value == value);

    private static Finding Foreign(SendRow row, string what, string written, string column) => new(row, MessagingErrorReason.UnsafeTemplate, "", written,
        $"the {what} has '{Show(written)}', which would go out as it stands; '{ColumnName.Show(column)}' is a column. Here it is written {{{{ {ColumnName.Show(column)} }}}}.",
        $"Write {{{{ {ColumnName.Show(column)} }}}} in place of {Show(written)}.")
    { Remedy = Remedy.Placeholder, Hint = ColumnName.Show(column) };

    private static string Around(string text, string piece)
    {
        int at = text.IndexOf(piece, StringComparison.Ordinal);
        return text[Math.Max(0, at - 10)..Math.Min(text.Length, at + piece.Length + 10)];
    }

    private static bool IsOwnName(string name, MessagingProvider provider)
        => name.Equals(RecipientPlaceholder, StringComparison.OrdinalIgnoreCase) || (provider == MessagingProvider.OpenHumans && name == OpenHumansText.OwnPlaceholder);

    private string Value(Placeholder placeholder, Filling at)
    {
        SendRow row = at.Row;
        if (placeholder.Fault is { } fault && _finder.Find(row.Fields, placeholder.Inside, out _) is null)
        {
            at.Findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", placeholder.Written,
                $"the {at.What} has '{Show(placeholder.Written)}', which {fault}. What stands for an empty value is written behind one bar: {{{{ {Show(placeholder.Name)} | participant }}}}.",
                $"Write {{{{ {Show(placeholder.Name)} | participant }}}}, with the word that is to stand for an empty value, or leave the bar out."));
            return "";
        }

        bool openHumans = at.Provider == MessagingProvider.OpenHumans;
        if (IsOwnName(placeholder.Name, at.Provider))
        {
            // Left to Open Humans where that is possible, so that everybody still shares one text and one call.
            if (openHumans && at.PassOwn) return placeholder is { Name: OpenHumansText.OwnPlaceholder, Fallback: null } ? placeholder.Written : "{{ " + OpenHumansText.OwnPlaceholder + " }}";
            if (row.Recipient.Kind == RecipientKind.Person) return at.Id;
        }

        string name = placeholder.Name;
        string? column = _finder.Find(row.Fields, name, out string? value);
        if (column is null && placeholder.Fallback is not null && _finder.Find(row.Fields, placeholder.Inside, out value) is { } whole)
        {
            (column, placeholder) = (whole, placeholder with { Fallback = null });
        }

        if (column is null)
        {
            if (AnotherRowHas(name)) return placeholder.Fallback ?? "";
            at.Findings.Add(Missing(row, name, placeholder, at.What));
            return "";
        }

        string trimmed = FieldText.Trim(value);
        bool isNothing = FieldText.IsBlank(trimmed);
        bool standsForNothing = !isNothing && FieldText.MeansNothing(trimmed) && !_literal.Contains(trimmed);
        if (!isNothing && !standsForNothing)
        {
            if (_literal.Contains(trimmed)) return trimmed;
            if (FieldText.FindBroken(trimmed) is { } broken) at.Findings.Add(Broken(row, column, trimmed, broken));
            return trimmed;
        }

        if (placeholder.Fallback is { } fallback) return fallback;
        if (_options.AllowEmptyField) return "";
        string shown = ColumnName.Show(column);
        at.Findings.Add(isNothing
            ? new Finding(row, MessagingErrorReason.EmptyField, column, "",
                $"column {shown} is empty, and the {at.What} needs it.",
                $"Fill it in, or write {{{{ {shown} | something }}}} for what stands in its place.")
            { Remedy = Remedy.FillIn, Hint = shown }
            : new Finding(row, MessagingErrorReason.EmptyField, column, trimmed,
                $"column {shown} is empty, and the {at.What} needs it: '{RowRecipient.Shorten(trimmed)}' is what programs write where there is nothing.",
                $"Fill it in, or write {{{{ {shown} | something }}}} for what stands in its place.")
            { Remedy = Remedy.LiteralValue, Hint = trimmed });
        return "";
    }

    private static Finding Missing(SendRow row, string name, Placeholder placeholder, string what)
    {
        IReadOnlyCollection<string> names = row.Fields.Names;
        if (RowReader.IsRecord(names))
        {
            // Export-Csv of receipts (or of the ledger's entries) leaves the row that each came from behind.
            return new Finding(row, MessagingErrorReason.MissingColumn, name, "",
                $"the {what} names {Show(placeholder.Written)}, and this is a file of receipts: what became of a list stands in it, and no column of the list itself.",
                "Send the list itself once more: with the same campaign, who has the message is skipped.")
            { Remedy = Remedy.SendList };
        }

        string? nearest = ColumnName.Nearest(name, names);
        string? shown = nearest is null ? null : ColumnName.Show(nearest);
        return new Finding(row, MessagingErrorReason.MissingColumn, name, "",
            names.Count == 0
                ? $"the {what} names {Show(placeholder.Written)}, but there are no columns, only an id."
                : $"the {what} names {Show(placeholder.Written)}, but there is no column '{ShownText.Line(name)}'."
                    + (shown is null ? "" : $" Perhaps '{shown}' is meant.") + $" There are: {RecipientCheck.Columns(names)}.",
            shown is null ? "Write the name of a column between the braces." : $"Write {{{{ {shown} }}}} instead, or rename the column.")
        { Remedy = Remedy.Placeholder, Hint = shown ?? "" };
    }

    private static Finding Broken(SendRow row, string column, string value, string broken) => new(row, MessagingErrorReason.UnsafeTemplate, column, value,
        $"the file was read in another encoding than it was written in: column {ColumnName.Show(column)} has broken letters ('{RowRecipient.Shorten(value)}').",
        "Read the file in its own encoding: files of Excel are mostly Windows-1252.")
    { Remedy = Remedy.Encoding, Hint = broken == "\uFFFD" ? "ansi" : "utf8", IsOfWholeList = true };

    private static void CheckText(SendRow row, MessagingProvider provider, string body, List<Finding> findings)
    {
        if (FieldText.IsBlank(body))
        {
            findings.Add(new Finding(row, MessagingErrorReason.BlankText, "Body", "",
                "the text is blank once its columns are filled in.",
                "Fill in the columns that the text names."));
            return;
        }

        if (body.Contains('\0', StringComparison.Ordinal))
        {
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", "a null character",
                "the text holds a null character, which no message can carry.",
                "Remove it; it often comes from a file that is not saved as UTF-8.")
            { Remedy = Remedy.Encoding });
            return;
        }

        if (FindLoneSurrogate(body) is { } at and >= 0)
        {
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", "half a character",
                $"the text holds half a character, at place {at + 1} (one half of an emoji or the like, which no message can carry).",
                "Type that character again; a text that was cut at a fixed length often ends in one."));
            return;
        }

        if (provider == MessagingProvider.OpenHumans)
        {
            if (OpenHumansText.FindUnsafe(body) is { } piece)
            {
                findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", piece,
                    $"the text holds '{Show(piece)}'. Open Humans treats that as an instruction of its own: it would drop it, or mail nobody and still report success.",
                    "Remove it. Only {{ PROJECT_MEMBER_ID }} may reach Open Humans, without a brace before it."));
            }

            return;
        }

        int length = body.Length > ProviderLimits.ProlificTextLength ? CountCharacters(body) : body.Length;
        if (length > ProviderLimits.ProlificTextLength)
        {
            findings.Add(new Finding(row, MessagingErrorReason.TextTooLong, "Body", "",
                string.Create(CultureInfo.InvariantCulture, $"the text has {length:N0} characters, and Prolific takes {ProviderLimits.ProlificTextLength:N0}."),
                "Shorten it, or put the long part on a page of your own and link to it."));
        }
    }

    private static void CheckSubject(SendRow row, string subject, List<Finding> findings)
    {
        string? fault = null, action = null;
        int at = subject.AsSpan().IndexOfAny(_notInSubject);
        if (subject.Contains('\0', StringComparison.Ordinal))
        {
            (fault, action) = ("the subject holds a null character, which Open Humans refuses.", "Remove it; it often comes from a file that is not saved as UTF-8.");
        }
        else if (at >= 0 && subject[at] is '\r' or '\n' or '\u0085' or '\u2028' or '\u2029')
        {
            (fault, action) = ("the subject has a line break. Open Humans would report success and mail nobody.", "Write the subject on one line.");
        }
        else if (at >= 0)
        {
            (fault, action) = ($"the subject holds a control character (U+{(int)subject[at]:X4}, at place {at + 1}), which would break the mail: Open Humans would report success all the same.", "Remove it; type the subject again.");
        }
        else if (FindLoneSurrogate(subject) is { } half and >= 0)
        {
            (fault, action) = ($"the subject holds half a character, at place {half + 1} (one half of an emoji or the like, which no mail can carry).", "Type that character again.");
        }
        else if (LongestPiece(subject) is int length and > LongestPieceOfAHeader)
        {
            // A subject beyond ASCII is encoded in short pieces.
            (fault, action) = (string.Create(CultureInfo.InvariantCulture, $"the subject has {length:N0} characters without a blank between them, more than a line of a mail can hold: Open Humans would report success and mail nobody."), "Shorten it, or put blanks in.");
        }

        if (fault is not null) findings.Add(new Finding(row, MessagingErrorReason.InvalidSubject, "Subject", Show(subject), fault, action!));
    }

    /// <summary>Longest piece between blanks of a subject that is written into the mail as it is; 0 for one that is encoded.</summary>
    private static int LongestPiece(string subject)
    {
        if (subject.Length <= LongestPieceOfAHeader || !Ascii.IsValid(subject)) return 0;
        int longest = 0, start = 0;
        for (int i = 1; i <= subject.Length; i++)
        {
            if (i < subject.Length && (subject[i] is ' ' or '\t') == (subject[start] is ' ' or '\t')) continue;
            longest = Math.Max(longest, i - start);
            start = i;
        }

        return longest;
    }

    private MessageTemplate Template(string source)
    {
        if (_templates.TryGetValue(source, out MessageTemplate? template)) return template;
        // A column of texts can bring thousands of templates; those are used once and need not be kept.
        if (_templates.Count >= CachedTexts) _templates.Clear();
        return _templates[source] = MessageTemplate.Parse(source);
    }

    private RenderedText Share(string body, string? subject)
    {
        if (_texts.TryGetValue((body, subject), out RenderedText? text)) return text;
        if (_texts.Count >= CachedTexts) _texts.Clear();
        return _texts[(body, subject)] = new RenderedText(body, subject);
    }

    private static int CountCharacters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes()) count++;
        return count;
    }

    private static int FindLoneSurrogate(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0)
        {
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])) return at;
            int next = text.AsSpan(at + 2).IndexOfAnyInRange('\uD800', '\uDFFF');
            at = next < 0 ? -1 : at + 2 + next;
        }

        return -1;
    }

    private bool AnotherRowHas(string column)
    {
        if (_columns.TryGetValue(column, out bool has)) return has;
        return _columns[column] = _rows.Any(row => _finder.Find(row.Fields, column, out _) is not null);
    }

    private static string Show(string text) => ShownText.Line(text);

    // What the placeholders of one row are filled with.
    private sealed class Filling
    {
        public Filling(RowRenderer renderer) => ValueOf = placeholder => renderer.Value(placeholder, this);

        public Func<Placeholder, string> ValueOf { get; }

        public SendRow Row { get; private set; } = null!;

        public string What { get; private set; } = "";

        public MessagingProvider Provider { get; private set; }

        public string Id { get; private set; } = "";

        public bool PassOwn { get; private set; }

        public List<Finding> Findings { get; private set; } = null!;

        public void Start(SendRow row, string what, MessagingProvider provider, string id, bool passOwn, List<Finding> findings)
            => (Row, What, Provider, Id, PassOwn, Findings) = (row, what, provider, id, passOwn, findings);
    }
}

/// <summary>
/// Open Humans renders a message as a Django template after it has answered "success": an unknown tag means that nobody gets mail,
/// an unknown placeholder becomes nothing (provider facts 7.1, quirks 4 and 5; 12.2). Only its own placeholder may reach it.
/// </summary>
public static partial class OpenHumansText
{
    /// <summary>The placeholder that Open Humans fills itself, case-sensitive.</summary>
    public const string OwnPlaceholder = "PROJECT_MEMBER_ID";

    /// <summary>The first piece that Open Humans would drop or choke on.</summary>
    /// <param name="rendered">The text as it would go out.</param>
    /// <returns>The piece; null when the text is safe.</returns>
    public static string? FindUnsafe(string rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        // Texts without a brace are most of them.
        if (!rendered.AsSpan().ContainsAny('{', '}')) return null;
        if (BraceBefore().Match(rendered) is { Success: true } brace) return brace.Value;
        string rest = Own().Replace(rendered, "");
        Match match = Marker().Match(rest);
        return match.Success ? rest[match.Index..Math.Min(rest.Length, match.Index + 24)].ReplaceLineEndings(" ") : null;
    }

    /// <summary>Whether Open Humans will fill something in.</summary>
    /// <param name="body">The text as it is sent.</param>
    /// <returns>True when its own placeholder is in it.</returns>
    internal static bool HasOwn(string body) => body.Contains(OwnPlaceholder, StringComparison.Ordinal) && Own().IsMatch(body);

    /// <summary>The text as it arrives: with the person's id in the place that Open Humans fills.</summary>
    /// <param name="body">The text as it is sent.</param>
    /// <param name="participantId">The person.</param>
    /// <returns>The text.</returns>
    public static string Arrive(string body, string participantId)
    {
        ArgumentNullException.ThrowIfNull(body);
        return participantId.Length == 0 ? body : Own().Replace(body, participantId);
    }

    [GeneratedRegex(@"\{\{[ \t]*PROJECT_MEMBER_ID[ \t]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Own();

    [GeneratedRegex(@"\{\{\{[ \t]*PROJECT_MEMBER_ID[ \t]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex BraceBefore();

    [GeneratedRegex(@"\{\{|\{%|\{#|\}\}|%\}|#\}", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
