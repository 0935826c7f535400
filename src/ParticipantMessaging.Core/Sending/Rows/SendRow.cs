namespace ParticipantMessaging.Sending;

/// <summary>One row of a list as it was collected, before anything was checked.</summary>
public sealed class SendRow
{
    /// <summary>The row as a spreadsheet with a header line shows it: the first is 2.</summary>
    public required int Row { get; init; }

    /// <summary>False when it came from no list: then its number means nothing to anybody.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>The object that came in; the target of the row's errors.</summary>
    public object? Source { get; init; }

    /// <summary>Columns that a text may name.</summary>
    public IRowFields Fields { get; init; } = NoFields.Instance;

    /// <summary>Whom it is for.</summary>
    public required RowRecipient Recipient { get; init; }

    /// <summary>What is to be sent to them, and how.</summary>
    public RowContent Content { get; init; } = RowContent.None;

    /// <summary>What became of it, one of <see cref="MessageStatus"/>, whether or not anybody was there any more to take its receipt; null as long as nothing did.</summary>
    public string? Status { get; internal set; }

    /// <summary>What the row is called in a message: <c>Row 3 (5b1b…)</c>; the id alone when it came from no list; empty when there is neither.</summary>
    public string Label => LabelOf(Recipient.ShownId);

    /// <summary>The same with another id than the row's: a trial goes to somebody else.</summary>
    internal string LabelOf(string id)
    {
        if (!IsListed) return id;
        return id.Length > 0 ? $"Row {Row} ({id})" : $"Row {Row}";
    }

    /// <summary>A sentence about this row: the label, a colon and what there is to say.</summary>
    /// <param name="what">What there is to say.</param>
    /// <returns>The sentence.</returns>
    public string Say(string what)
    {
        ArgumentNullException.ThrowIfNull(what);
        string label = Label;
        return label.Length > 0 ? $"{label}: {what}" : what.Length > 0 ? string.Concat(char.ToUpperInvariant(what[0]).ToString(), what.AsSpan(1)) : what;
    }
}

/// <summary>What a row says, and how it is to be sent. Rows that say the same share one: of 100,000 rows it is mostly the same.</summary>
public sealed record RowContent
{
    /// <summary>Nothing was given.</summary>
    public static readonly RowContent None = new();

    /// <summary>Name of the account; null for the default.</summary>
    public string? Account { get; init; }

    /// <summary>Study; null when none was given.</summary>
    public string? StudyId { get; init; }

    /// <summary>Text before its placeholders are filled; null when none was given.</summary>
    public string? Body { get; init; }

    /// <summary>Subject before its placeholders are filled; null when none was given.</summary>
    public string? Subject { get; init; }

    /// <summary>The conversation it goes into; null when the service chooses it.</summary>
    public string? ConversationId { get; init; }

    /// <summary>Id of the received message that it answers; null when it answers none.</summary>
    public string? ReplyTo { get; init; }
}

/// <summary>What a row addresses.</summary>
public enum RecipientKind
{
    /// <summary>One person.</summary>
    Person,

    /// <summary>A Prolific participant group.</summary>
    Group,

    /// <summary>All members of an Open Humans project.</summary>
    AllMembers,

    /// <summary>Nobody: the object offers no recipient.</summary>
    None,
}

/// <summary>Whom a row is for, as it was found in the row.</summary>
/// <param name="Kind">What it addresses.</param>
/// <param name="Id">The id as it stands in the row, without blanks around it; empty when blank.</param>
/// <param name="Column">The column it stands in; empty when it was given directly. Where nobody is offered: the column that was asked for.</param>
public readonly record struct RowRecipient(RecipientKind Kind, string Id, string Column)
{
    private const int LongestShown = 40;

    /// <summary>All members of an Open Humans project.</summary>
    public static RowRecipient AllMembers { get; } = new(RecipientKind.AllMembers, "", "");

    /// <summary>Nobody.</summary>
    public static RowRecipient None { get; } = new(RecipientKind.None, "", "");

    /// <summary>Further columns that may name the person, in the order in which they count; null for none. Which of them is an id, the service decides.</summary>
    public IReadOnlyList<IdCandidate>? Others { get; init; }

    /// <summary>The id as it may be shown, cut where it is no id.</summary>
    public string ShownId => Shorten(Id);

    /// <summary>A person whose id was given directly.</summary>
    /// <param name="id">The id; null and blank are findings later.</param>
    /// <returns>The recipient.</returns>
    public static RowRecipient Person(string? id) => new(RecipientKind.Person, id?.Trim() ?? "", "");

    /// <summary>A Prolific participant group.</summary>
    /// <param name="id">The group's id.</param>
    /// <returns>The recipient.</returns>
    public static RowRecipient Group(string? id) => new(RecipientKind.Group, id?.Trim() ?? "", "");

    internal static string Shorten(string value)
    {
        string shown = ShownText.Line(value, LongestShown + 1);
        return shown.Length <= LongestShown ? shown : string.Concat(shown.AsSpan(0, LongestShown), "…");
    }
}

/// <summary>A column that may name the person.</summary>
/// <param name="Column">The column.</param>
/// <param name="Id">What stands there, without blanks around it.</param>
public readonly record struct IdCandidate(string Column, string Id);

/// <summary>The named values of one row: the columns of a CSV line, the properties of an object. Names are compared without case here; <see cref="ColumnName"/> compares them loosely.</summary>
public interface IRowFields
{
    /// <summary>The names, in their order. May be dear: a list of 100,000 rows is not asked for the names of each.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Looks a value up.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <param name="value">The value as text; null when it is null or there is no such name.</param>
    /// <returns>True when there is such a name, whatever its value.</returns>
    bool TryGetValue(string name, out string? value);
}

/// <summary>A row that is a dictionary, for callers from C#.</summary>
public sealed class DictionaryFields : IRowFields
{
    private readonly Dictionary<string, string?> _values;

    /// <summary>Copies the values.</summary>
    /// <param name="values">Name and value; of two names that differ in case only, the first counts.</param>
    public DictionaryFields(IEnumerable<KeyValuePair<string, string?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string? value) in values) _values.TryAdd(name, value);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <inheritdoc/>
    public bool TryGetValue(string name, out string? value) => _values.TryGetValue(name, out value);
}

/// <summary>A row that is nothing but an id.</summary>
public sealed class NoFields : IRowFields
{
    /// <summary>The one instance.</summary>
    public static readonly NoFields Instance = new();

    private NoFields()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => [];

    /// <inheritdoc/>
    public bool TryGetValue(string name, out string? value)
    {
        value = null;
        return false;
    }
}
