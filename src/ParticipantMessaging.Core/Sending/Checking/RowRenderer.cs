using System.Text;

namespace ParticipantMessaging.Sending;

/// <summary>Fills texts and subjects, and says what is wrong with them.</summary>
internal sealed class RowRenderer(SendOptions options)
{
    private const string RecipientPlaceholder = "PARTICIPANT_ID";
    private const int CachedTexts = 64;

    private readonly Dictionary<string, MessageTemplate> _templates = [];
    private readonly Dictionary<(string Body, string? Subject), RenderedText> _texts = [];
    private readonly Dictionary<string, bool> _columns = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<SendRow> _rows = [];

    /// <summary>Lets columns count as empty in rows that lack them when another row has them (objects of differing shape).</summary>
    public void KnowColumns(IReadOnlyList<SendRow> rows) => _rows = options.AllowEmptyField ? rows : [];

    public RenderedText? Render(SendRow row, MessagingProvider provider, string id, List<Finding> findings)
    {
        if (string.IsNullOrWhiteSpace(row.Body))
        {
            findings.Add(new Finding(row, MessagingErrorReason.BlankText, "Body", "",
                $"Row {row.Row}: there is no text to send.",
                "Give -Body or -BodyPath, or fill the column Body. The text of a received message is never taken as the text to send."));
            return null;
        }

        int before = findings.Count;
        string body = Fill(row, row.Body, "text", provider, id, passOwn: true, findings);
        string? subject = provider == MessagingProvider.OpenHumans && !string.IsNullOrWhiteSpace(row.Subject)
            ? Fill(row, row.Subject, "subject", provider, id, passOwn: false, findings).Trim()
            : null;
        if (findings.Count > before) return null;

        CheckText(row, provider, body, findings);
        if (subject is not null) CheckSubject(row, subject, findings);
        return findings.Count > before ? null : Share(body, subject);
    }

    private string Fill(SendRow row, string source, string what, MessagingProvider provider, string id, bool passOwn, List<Finding> findings)
    {
        MessageTemplate template = Template(source);
        if (template.Broken is { } broken)
        {
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", broken,
                $"Row {row.Row}: the {what} has double braces that do not belong together, near '{Show(broken)}'.",
                "Write placeholders as {{ column }}, and no other double braces."));
            return source;
        }

        return template.HasPlaceholders ? FillIn(template, row, what, provider, id, passOwn, findings) : source;
    }

    // Apart, so that a text without placeholders costs no closure.
    private string FillIn(MessageTemplate template, SendRow row, string what, MessagingProvider provider, string id, bool passOwn, List<Finding> findings)
        => template.Render((name, written) => Value(row, name, written, what, provider, id, passOwn, findings));

    private string Value(SendRow row, string name, string written, string what, MessagingProvider provider, string id, bool passOwn, List<Finding> findings)
    {
        bool openHumans = provider == MessagingProvider.OpenHumans;
        if (openHumans && passOwn && name == OpenHumansText.OwnPlaceholder) return written;
        if (name.Equals(RecipientPlaceholder, StringComparison.OrdinalIgnoreCase)
            || (openHumans && name == OpenHumansText.OwnPlaceholder))
        {
            // Left to Open Humans where that is possible, so that everybody still shares one text and one call.
            if (openHumans && passOwn) return "{{ " + OpenHumansText.OwnPlaceholder + " }}";
            if (row.Recipient.Kind == RecipientKind.Person) return id;
        }

        if (!row.Fields.TryGetValue(name, out string? value))
        {
            if (AnotherRowHas(name)) return "";
            IReadOnlyCollection<string> names = row.Fields.Names;
            string? nearest = NearestName.Find(name, names);
            findings.Add(new Finding(row, MessagingErrorReason.MissingColumn, name, "",
                names.Count == 0
                    ? $"Row {row.Row}: the {what} names {written}, but this row is only an id, without columns."
                    : $"Row {row.Row}: the {what} names {written}, but there is no column '{name}'."
                        + (nearest is null ? $" There are: {Columns(names)}." : $" Perhaps '{nearest}' is meant."),
                nearest is null ? "Write the name of a column between the braces." : $"Write {{{{ {nearest} }}}} instead, or rename the column."));
            return "";
        }

        if (!string.IsNullOrWhiteSpace(value)) return value;
        if (!options.AllowEmptyField)
        {
            findings.Add(new Finding(row, MessagingErrorReason.EmptyField, name, "",
                $"Row {row.Row}, column {name}: it is empty, and the {what} needs it.",
                "Fill it in, or send with -AllowEmptyField when nothing should stand there."));
        }

        return "";
    }

    private static void CheckText(SendRow row, MessagingProvider provider, string body, List<Finding> findings)
    {
        if (string.IsNullOrWhiteSpace(body))
        {
            findings.Add(new Finding(row, MessagingErrorReason.BlankText, "Body", "",
                $"Row {row.Row}: the text is blank once its columns are filled in.",
                "Fill in the columns that the text names."));
            return;
        }

        if (body.Contains('\0'))
        {
            findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", "a null character",
                $"Row {row.Row}: the text holds a null character, which no message can carry.",
                "Remove it; it often comes from a file that is not saved as UTF-8."));
            return;
        }

        if (provider == MessagingProvider.OpenHumans)
        {
            if (OpenHumansText.FindUnsafe(body) is { } piece)
            {
                findings.Add(new Finding(row, MessagingErrorReason.UnsafeTemplate, "", piece,
                    $"Row {row.Row}: the text holds '{Show(piece)}'. Open Humans treats that as an instruction of its own: it would drop it, or mail nobody and still report success.",
                    "Remove it. Only {{ PROJECT_MEMBER_ID }} may reach Open Humans."));
            }

            return;
        }

        int length = body.Length > ProviderLimits.ProlificTextLength ? CountCharacters(body) : body.Length;
        if (length > ProviderLimits.ProlificTextLength)
        {
            findings.Add(new Finding(row, MessagingErrorReason.TextTooLong, "Body", "",
                $"Row {row.Row}: the text has {length:N0} characters, and Prolific takes {ProviderLimits.ProlificTextLength:N0}.",
                "Shorten it, or put the long part on a page of your own and link to it."));
        }
    }

    private static void CheckSubject(SendRow row, string subject, List<Finding> findings)
    {
        if (subject.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
        {
            findings.Add(new Finding(row, MessagingErrorReason.InvalidSubject, "Subject", Show(subject),
                $"Row {row.Row}: the subject has a line break. Open Humans would report success and mail nobody.",
                "Write the subject on one line."));
        }
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

    private bool AnotherRowHas(string column)
    {
        if (_columns.TryGetValue(column, out bool has)) return has;
        return _columns[column] = _rows.Any(row => row.Fields.TryGetValue(column, out _));
    }

    private static string Columns(IReadOnlyCollection<string> names)
        => string.Join(", ", names.Take(12)) + (names.Count > 12 ? " …" : "");

    private static string Show(string text) => text.ReplaceLineEndings(" ").Replace('\0', ' ').Trim();
}
