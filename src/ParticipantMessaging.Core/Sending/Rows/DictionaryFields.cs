namespace ParticipantMessaging.Sending;

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
