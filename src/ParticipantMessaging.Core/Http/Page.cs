using System.Globalization;
using System.Security.Cryptography;
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

/// <summary>An object of a list that cannot be used. It is left out and told of, so that it does not hide the others.</summary>
/// <param name="Place">Its place in the list, from 1; as long as only its page is known, on that.</param>
/// <param name="Id">Whose or which it is, as far as it says so; empty otherwise.</param>
/// <param name="Why">What is wrong with it.</param>
/// <param name="Key">What it holds, and the how-manieth of that kind it is on its page.</param>
/// <param name="IsObject">It is an object; what is none (a number, nothing) is told from others by its place alone.</param>
internal sealed record OddItem(long Place, string Id, string Why, string Key, bool IsObject);

/// <summary>One page of a list, in any of the envelopes that the services use.</summary>
internal sealed class Page<T>
{
    // An answer with more of them is no list of what was asked for.
    private const int MostOdd = 1_000;

    public List<T> Items { get; } = [];

    /// <summary>What is on the page and cannot be used.</summary>
    public List<OddItem> Odd { get; } = [];

    /// <summary>How many the service has put on the page.</summary>
    public int Got => Items.Count + Odd.Count;

    /// <summary>How many there are in all (<c>meta.count</c>, <c>count</c>); null when the service did not say.</summary>
    public long? Count { get; private set; }

    /// <summary>The address of the next page; null when there is none.</summary>
    public string? Next { get; private set; }

    /// <summary>The service spoke of a next page at all, be it to say that there is none.</summary>
    public bool SpeaksOfNext { get; private set; }

    /// <summary>It is an object without <c>results</c>, of which the service's description says that it can be absent.</summary>
    public bool NamesNoList { get; private set; }

    // Only of items without an id: what tells them apart.
    private Dictionary<int, string>? _contents;
    private Func<T, string>? _idOf;

    /// <summary>Reads a page.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="readItem">Reads an item.</param>
    /// <param name="context">The account.</param>
    /// <param name="idOf">Gives an item's id, for <see cref="KeyOf"/>; null when nobody asks.</param>
    /// <param name="mayLackResults">An object without <c>results</c> is an empty page and not an error, unless it holds something else.</param>
    /// <exception cref="JsonException">It is not JSON, or not such a page.</exception>
    /// <exception cref="InvalidOperationException">It holds a text that is not UTF-8.</exception>
    public static Page<T> Read(ReadOnlySpan<byte> json, ItemReader<T> readItem, ItemContext context, Func<T, string>? idOf = null, bool mayLackResults = false)
    {
        var page = new Page<T> { _idOf = idOf };
        var reader = new Utf8JsonReader(json);
        if (!reader.Read()) throw new JsonException("it is empty");
        bool found = false, foreign = true;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            found = true;
            page.ReadItems(json, ref reader, readItem, context);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            foreign = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                found |= page.ReadMember(json, ref reader, readItem, context, ref foreign);
            }
        }

        page.NamesNoList = !found && !foreign && mayLackResults;
        if (!found && !page.NamesNoList) throw new JsonException("it holds no list of results");
        while (reader.Read())
        {
            // To the end: whatever follows must be JSON too.
        }

        return page;
    }

    /// <summary>What tells an item from all others: its id; of one without an id what it holds and the how-manieth of that kind it is on its page.</summary>
    /// <param name="index">Its place on the page.</param>
    public string KeyOf(int index) => _contents is not null && _contents.TryGetValue(index, out string? content) ? content : _idOf!(Items[index]);

    private bool ReadMember(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, ItemReader<T> readItem, ItemContext context, ref bool foreign)
    {
        if (reader.ValueTextEquals("results"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray) ReadItems(json, ref reader, readItem, context);
            else if (reader.TokenType != JsonTokenType.Null) throw JsonFields.WrongType("a list");
            return true;
        }

        if (reader.ValueTextEquals("count"u8))
        {
            reader.Read();
            ReadCount(ref reader);
        }
        else if (reader.ValueTextEquals("next"u8))
        {
            reader.Read();
            ReadNext(ref reader);
        }
        else if (reader.ValueTextEquals("meta"u8))
        {
            reader.Read();
            ReadInside(ref reader, "count", static (ref Utf8JsonReader r, Page<T> p) => p.ReadCount(ref r));
        }
        else if (reader.ValueTextEquals("_links"u8))
        {
            reader.Read();
            ReadInside(ref reader, "next", static (ref Utf8JsonReader r, Page<T> p) => p.ReadNext(ref r));
        }
        else
        {
            foreign |= !reader.ValueTextEquals("previous"u8);
            reader.Read();
            reader.Skip();
        }

        return false;
    }

    private void ReadCount(ref Utf8JsonReader reader) => Count = JsonFields.Number(ref reader) is >= 0 and long count ? count : null;

    private void ReadItems(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, ItemReader<T> readItem, ItemContext context)
    {
        Dictionary<string, int>? alike = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int start = (int)reader.TokenStartIndex;
            Utf8JsonReader begin = reader;
            bool isObject = reader.TokenType == JsonTokenType.StartObject;
            (string Id, string Why) odd = ("", "");
            if (!isObject)
            {
                reader.Skip();
                odd.Why = "it is not an object";
            }
            else
            {
                try
                {
                    Items.Add(readItem(ref reader, context));
                }
                catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException)
                {
                    // What is no JSON has no end either: then this fails, and with it the whole page.
                    odd = OddObject.Describe(begin, reader.TokenStartIndex, e);
                    reader = begin;
                    reader.Skip();
                }
            }

            if (odd.Why.Length == 0)
            {
                if (_idOf is not null && _idOf(Items[^1]).Length == 0) (_contents ??= [])[Items.Count - 1] = ContentKey(json[start..(int)reader.BytesConsumed]);
                continue;
            }

            if (Odd.Count == MostOdd) throw new JsonException($"more than {MostOdd.ToString("N0", CultureInfo.InvariantCulture)} of its objects cannot be read");
            Odd.Add(new OddItem(Got + 1, odd.Id, odd.Why, ContentKey(json[start..(int)reader.BytesConsumed]), isObject));
        }

        string ContentKey(ReadOnlySpan<byte> item)
        {
            string content = Convert.ToHexString(SHA256.HashData(item));
            int nth = (alike ??= []).GetValueOrDefault(content);
            alike[content] = nth + 1;
            return string.Create(CultureInfo.InvariantCulture, $"{content} {nth}");
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

/// <summary>Says what is wrong with an object of a list, and whose it is.</summary>
internal static class OddObject
{
    private const int LongestId = 40;
    private const int LongestName = 60;

    /// <summary>Describes it.</summary>
    /// <param name="item">Stands on its opening brace.</param>
    /// <param name="failedAt">Where reading it failed.</param>
    /// <param name="failure">How it failed.</param>
    public static (string Id, string Why) Describe(Utf8JsonReader item, long failedAt, Exception failure)
    {
        int depth = item.CurrentDepth + 1;
        string name = "", failed = "", id = "", person = "";
        while (item.Read() && item.CurrentDepth >= depth)
        {
            if (item.TokenType == JsonTokenType.PropertyName) name = TextOf(item);
            if (item.TokenStartIndex <= failedAt) failed = name;
            if (item.TokenType != JsonTokenType.String || item.CurrentDepth != depth) continue;
            if (name is "id") id = IdOf(item);
            else if (name is "participant_id" or "sender_id" or "sender" or "project_member_id") person = IdOf(item);
        }

        return (person.Length > 0 ? person : id, Why(failure, failed));
    }

    private static string Why(Exception failure, string member)
    {
        const string Value = "a value";
        string its = member.Length is 0 or > LongestName ? "a value" : $"its '{member}'";
        if (failure is not JsonException) return $"{its} is not UTF-8, or of a wrong kind";
        string said = failure.Message.TrimEnd('.');
        return said.StartsWith(Value, StringComparison.Ordinal) ? its + said[Value.Length..] : said;
    }

    private static string IdOf(Utf8JsonReader reader)
        => TextOf(reader) is { Length: <= LongestId } text && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text : "";

    private static string TextOf(Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }
}
