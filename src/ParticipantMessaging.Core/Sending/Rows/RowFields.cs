namespace ParticipantMessaging.Sending;

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
