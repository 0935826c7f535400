using System.Text.Json;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>Reads one object of a list; the reader stands on its opening brace and must end on its closing one.</summary>
internal delegate T ItemReader<out T>(ref Utf8JsonReader reader, ItemContext context);

/// <summary>What item readers need beside the JSON.</summary>
/// <param name="connection">The account.</param>
internal sealed class ItemContext(ServiceConnection connection)
{
    public string Account => connection.Account;

    public TextPool Texts { get; } = new();

    /// <summary>The answer that is being read, for what is taken out of it as it stands; only valid while it is read.</summary>
    public ReadOnlyMemory<byte> Source { get; set; }

    /// <summary>Additional fields without the token, in whatever text a service may have put it.</summary>
    public IReadOnlyDictionary<string, object?> Scrub(Dictionary<string, object?>? additional)
    {
        if (additional is null) return AdditionalFields.None;
        foreach (string name in additional.Keys.ToList()) additional[name] = Scrubbed(additional[name]);
        return additional;
    }

    private object? Scrubbed(object? value)
    {
        switch (value)
        {
            case string text: return connection.Token.Scrub(text);
            case List<object?> list: return list.ConvertAll(Scrubbed);
            case Dictionary<string, object?> members: return Scrub(members);
            default: return value;
        }
    }
}

/// <summary>One page of a list, in any of the envelopes that the services use.</summary>
internal sealed class Page<T>
{
    public List<T> Items { get; } = [];

    /// <summary>How many there are in all (<c>meta.count</c>, <c>count</c>); null when the service did not say.</summary>
    public int? Count { get; private set; }

    /// <summary>The address of the next page; null when there is none.</summary>
    public string? Next { get; private set; }

    /// <summary>The service spoke of a next page at all, be it to say that there is none.</summary>
    public bool SpeaksOfNext { get; private set; }

    /// <summary>Fingerprint of the answer, to notice a service that sends the same page again.</summary>
    public int Fingerprint { get; private set; }

    /// <summary>Reads a page.</summary>
    /// <exception cref="JsonException">It is not JSON, or not such a page.</exception>
    /// <exception cref="InvalidOperationException">It holds a text that is not UTF-8.</exception>
    public static Page<T> Read(ReadOnlySpan<byte> json, ItemReader<T> readItem, ItemContext context)
    {
        var page = new Page<T>();
        var reader = new Utf8JsonReader(json);
        if (!reader.Read()) throw new JsonException("it is empty");
        bool found = false;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            found = true;
            page.ReadItems(ref reader, readItem, context);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                found |= page.ReadMember(ref reader, readItem, context);
            }
        }

        if (!found) throw new JsonException("it holds no list of results");
        while (reader.Read())
        {
            // To the end: whatever follows must be JSON too.
        }

        page.Fingerprint = FingerprintOf(json);
        return page;
    }

    /// <summary>Length, beginning and end: two pages that differ do so in their first id, and a long page is not read twice for this.</summary>
    private static int FingerprintOf(ReadOnlySpan<byte> json)
    {
        var hash = new HashCode();
        hash.Add(json.Length);
        hash.AddBytes(json[..Math.Min(json.Length, 2048)]);
        hash.AddBytes(json[^Math.Min(json.Length, 512)..]);
        return hash.ToHashCode();
    }

    private bool ReadMember(ref Utf8JsonReader reader, ItemReader<T> readItem, ItemContext context)
    {
        if (reader.ValueTextEquals("results"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray) ReadItems(ref reader, readItem, context);
            else if (reader.TokenType != JsonTokenType.Null) throw JsonFields.WrongType("a list");
            return true;
        }

        if (reader.ValueTextEquals("count"u8))
        {
            reader.Read();
            Count = JsonFields.Number(ref reader);
        }
        else if (reader.ValueTextEquals("next"u8))
        {
            reader.Read();
            ReadNext(ref reader);
        }
        else if (reader.ValueTextEquals("meta"u8))
        {
            reader.Read();
            ReadInside(ref reader, "count", static (ref Utf8JsonReader r, Page<T> p) => p.Count = JsonFields.Number(ref r));
        }
        else if (reader.ValueTextEquals("_links"u8))
        {
            reader.Read();
            ReadInside(ref reader, "next", static (ref Utf8JsonReader r, Page<T> p) => p.ReadNext(ref r));
        }
        else
        {
            reader.Read();
            reader.Skip();
        }

        return false;
    }

    private void ReadItems(ref Utf8JsonReader reader, ItemReader<T> readItem, ItemContext context)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw JsonFields.WrongType("an object");
            Items.Add(readItem(ref reader, context));
        }
    }

    private void ReadNext(ref Utf8JsonReader reader)
    {
        SpeaksOfNext = true;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                Next = reader.GetString();
                break;
            case JsonTokenType.StartObject:
                ReadInside(ref reader, "href", static (ref Utf8JsonReader r, Page<T> p) =>
                {
                    if (r.TokenType == JsonTokenType.String) p.Next = r.GetString();
                    else r.Skip();
                });
                break;
            default:
                reader.Skip();
                break;
        }

        if (string.IsNullOrEmpty(Next)) Next = null;
    }

    private delegate void MemberReader(ref Utf8JsonReader reader, Page<T> page);

    private void ReadInside(ref Utf8JsonReader reader, string name, MemberReader read)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool wanted = reader.ValueTextEquals(name);
            reader.Read();
            if (wanted) read(ref reader, this);
            else reader.Skip();
        }
    }
}
