using System.Collections;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging;

/// <summary>
/// The body of an event: its text is kept exactly as it came, so that it can be replayed and its signature checked;
/// its members are read by name (<c>$event.Payload.status</c>) and parsed when first asked for.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1710", Justification = "It is a body that can be read by name, not a collection.")]
public sealed class WebhookPayload : IDictionary, IReadOnlyDictionary<string, object?>
{
    private readonly byte[] _utf8;
    private Dictionary<string, object?>? _members;

    /// <summary>Wraps a JSON object.</summary>
    /// <param name="utf8">Its bytes; not copied, must not be changed afterwards.</param>
    public WebhookPayload(byte[] utf8)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        _utf8 = utf8;
    }

    /// <summary>Wraps a JSON object.</summary>
    /// <param name="json">Its text.</param>
    public WebhookPayload(string json)
        : this(Encoding.UTF8.GetBytes(json ?? throw new ArgumentNullException(nameof(json))))
    {
    }

    /// <summary>The bytes, as they came.</summary>
    public ReadOnlyMemory<byte> Utf8 => _utf8;

    /// <summary>Number of members.</summary>
    public int Count => Members.Count;

    /// <summary>Names of the members.</summary>
    public IEnumerable<string> Keys => Members.Keys;

    /// <summary>Values of the members: string, long, double, bool, list, dictionary or null.</summary>
    public IEnumerable<object?> Values => Members.Values;

    ICollection IDictionary.Keys => Members.Keys;

    ICollection IDictionary.Values => Members.Values;

    bool IDictionary.IsFixedSize => true;

    bool IDictionary.IsReadOnly => true;

    bool ICollection.IsSynchronized => false;

    object ICollection.SyncRoot => this;

    private Dictionary<string, object?> Members => _members ??= Parse(_utf8);

    /// <summary>The member of that name; null when there is none.</summary>
    /// <param name="key">Name of the member.</param>
    public object? this[string key] => Members.GetValueOrDefault(key);

    object? IDictionary.this[object key]
    {
        get => key is string name ? Members.GetValueOrDefault(name) : null;
        set => throw ReadOnly();
    }

    /// <summary>Whether there is a member of that name.</summary>
    /// <param name="key">Name of the member.</param>
    /// <returns>True when there is.</returns>
    public bool ContainsKey(string key) => Members.ContainsKey(key);

    /// <summary>The member of that name.</summary>
    /// <param name="key">Name of the member.</param>
    /// <param name="value">Its value; null when there is none.</param>
    /// <returns>True when there is one.</returns>
    public bool TryGetValue(string key, out object? value) => Members.TryGetValue(key, out value);

    /// <summary>The members.</summary>
    /// <returns>An enumerator.</returns>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Members.GetEnumerator();

    // As the interface has it: the generic enumerator gives pairs, and ConvertTo-Json and foreach over an IDictionary cast to DictionaryEntry.
    IDictionaryEnumerator IDictionary.GetEnumerator() => ((IDictionary)Members).GetEnumerator();

    bool IDictionary.Contains(object key) => key is string name && Members.ContainsKey(name);

    void IDictionary.Add(object key, object? value) => throw ReadOnly();

    void IDictionary.Clear() => throw ReadOnly();

    void IDictionary.Remove(object key) => throw ReadOnly();

    void ICollection.CopyTo(Array array, int index) => ((ICollection)Members).CopyTo(array, index);

    /// <summary>The JSON text, as it came.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_utf8);

    private static NotSupportedException ReadOnly() => new("A payload is read only.");

    private static Dictionary<string, object?> Parse(byte[] utf8)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        try
        {
            // A byte order mark belongs to the bytes that were signed, not to the JSON.
            ReadOnlyMemory<byte> json = utf8.AsSpan().StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? utf8.AsMemory(3) : utf8;
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return members;
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
            {
                members[member.Name] = JsonValues.ToPlain(member.Value);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            members.Clear();
            // Not JSON, or a text in it is not UTF-8. Whoever made this checked the text or says so; what cannot be read has no members, its text is still there.
        }

        return members;
    }
}
