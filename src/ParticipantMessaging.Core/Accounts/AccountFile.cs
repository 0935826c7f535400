using System.Text.Json;
using System.Text.Json.Nodes;

namespace ParticipantMessaging.Accounts;

/// <summary>
/// The file of accounts as it is on disk. Each account is read on its own, so that one that somebody has spoilt by hand does not take the
/// others along; what is not known here is kept as it is when the file is written.
/// </summary>
internal sealed class AccountFile
{
    private const string AccountsProperty = "accounts";
    private const string DefaultProperty = "default";

    private static readonly JsonReaderOptions ReaderOptions = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonDocumentOptions DocumentOptions = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonWriterOptions WriterOptions = new() { Indented = true };

    private readonly JsonObject _root;
    private readonly JsonArray _accounts;

    private AccountFile(JsonObject root, JsonArray accounts)
    {
        _root = root;
        _accounts = accounts;
    }

    /// <summary>The accounts in their order, those that cannot be read among them.</summary>
    public List<AccountEntry> Entries { get; } = [];

    /// <summary>Name of the default account; null when there is none, or when it cannot be read.</summary>
    public string? Default { get; private set; }

    /// <summary>Line of a default that cannot be read; 0 when it can.</summary>
    public int DefaultFaultLine { get; private set; }

    /// <summary>A file without accounts.</summary>
    public static AccountFile Empty() => Parse("{\"version\":1}"u8);

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">What is in it.</param>
    /// <returns>The accounts.</returns>
    /// <exception cref="AccountFileException">It is no file of accounts at all.</exception>
    public static AccountFile Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        var places = Places.Find(bytes);
        JsonObject root;
        JsonNode? list;
        JsonNode? chosen;
        try
        {
            root = JsonNode.Parse(bytes, documentOptions: DocumentOptions) as JsonObject ?? throw new AccountFileException(1, "is no JSON object");
            list = places.Accounts is null ? null : root[places.Accounts];
            chosen = places.Default is null ? null : root[places.Default];
        }
        catch (ArgumentException)
        {
            throw new AccountFileException(1, "names one of its properties twice");
        }

        if (places.Accounts is null) root[AccountsProperty] = list = new JsonArray();
        var file = new AccountFile(root, list as JsonArray ?? throw new AccountFileException(places.AccountsLine, $"holds no list under \"{AccountsProperty}\""));
        if (chosen is JsonValue value && value.TryGetValue(out string? name)) file.Default = name;
        else if (chosen is not null) file.DefaultFaultLine = places.DefaultLine;
        for (int i = 0; i < file._accounts.Count; i++) file.Entries.Add(new AccountEntry(file._accounts[i], places.Elements[i]));
        return file;
    }

    /// <summary>Adds an account that holds nothing yet.</summary>
    public AccountEntry Add()
    {
        var node = new JsonObject();
        _accounts.Add((JsonNode)node);
        var entry = new AccountEntry(node, new Place(0));
        Entries.Add(entry);
        return entry;
    }

    /// <summary>Takes an account out.</summary>
    public void Remove(AccountEntry entry)
    {
        _accounts.RemoveAt(Entries.IndexOf(entry));
        Entries.Remove(entry);
    }

    /// <summary>Puts what <see cref="AccountEntry.Write"/> has made in its place.</summary>
    public void Update(AccountEntry entry)
    {
        int at = Entries.IndexOf(entry);
        if (!ReferenceEquals(_accounts[at], entry.Node)) _accounts[at] = entry.Node;
    }

    /// <summary>Chooses the default account; null for none.</summary>
    public void SetDefault(string? name)
    {
        string property = _root.Select(static pair => pair.Key).FirstOrDefault(static key => key.Equals(DefaultProperty, StringComparison.OrdinalIgnoreCase)) ?? DefaultProperty;
        if (name is null) _root.Remove(property);
        else _root[property] = name;
        Default = name;
        DefaultFaultLine = 0;
    }

    /// <summary>Writes it.</summary>
    public void Write(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream, WriterOptions);
        _root.WriteTo(writer);
    }

    /// <summary>Where in the file something begins: its line, and those of its properties by their names as they are written.</summary>
    internal sealed record Place(int Line)
    {
        public Dictionary<string, (string Written, int Line)> Properties { get; } = new(StringComparer.OrdinalIgnoreCase);

        /// <summary>A name that is there twice, with or without regard to case; null when there is none.</summary>
        public (string Name, int Line)? Twice { get; set; }
    }

    /// <summary>Lines are what people need to mend a file, and a parsed document has none.</summary>
    private sealed class Places
    {
        public string? Accounts { get; private set; }

        public int AccountsLine { get; private set; } = 1;

        public string? Default { get; private set; }

        public int DefaultLine { get; private set; } = 1;

        public List<Place> Elements { get; } = [];

        public static Places Find(ReadOnlySpan<byte> bytes)
        {
            var places = new Places();
            var reader = new Utf8JsonReader(bytes, ReaderOptions);
            var lines = new LineCounter();
            try
            {
                if (!reader.Read()) throw new AccountFileException(1, "is empty");
                if (reader.TokenType != JsonTokenType.StartObject) throw new AccountFileException(lines.At(bytes, reader.TokenStartIndex), "is no JSON object");
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    int line = lines.At(bytes, reader.TokenStartIndex);
                    reader.Read();
                    if (name.Equals(AccountsProperty, StringComparison.OrdinalIgnoreCase))
                    {
                        if (places.Accounts is not null) throw new AccountFileException(line, $"holds \"{name}\" for the second time");
                        (places.Accounts, places.AccountsLine) = (name, line);
                        if (reader.TokenType == JsonTokenType.StartArray)
                        {
                            places.ReadElements(ref reader, bytes, lines);
                            continue;
                        }
                    }
                    else if (name.Equals(DefaultProperty, StringComparison.OrdinalIgnoreCase))
                    {
                        (places.Default, places.DefaultLine) = (name, line);
                    }

                    reader.Skip();
                }

                while (reader.Read())
                {
                    // What comes after the end of the object is an error, which the reader finds.
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new AccountFileException((int)((e as JsonException)?.LineNumber ?? 0) + 1, "is not JSON that can be read", e);
            }

            return places;
        }

        private void ReadElements(ref Utf8JsonReader reader, ReadOnlySpan<byte> bytes, LineCounter lines)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var place = new Place(lines.At(bytes, reader.TokenStartIndex));
                Elements.Add(place);
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    int line = lines.At(bytes, reader.TokenStartIndex);
                    if (!place.Properties.TryAdd(name, (name, line))) place.Twice ??= (name, line);
                    reader.Read();
                    reader.Skip();
                }
            }
        }
    }

    private sealed class LineCounter
    {
        private int _line = 1;
        private int _counted;

        /// <summary>The line of a place; places only go forward.</summary>
        public int At(ReadOnlySpan<byte> bytes, long index)
        {
            _line += bytes[_counted..(int)index].Count((byte)'\n');
            _counted = (int)index;
            return _line;
        }
    }
}

/// <summary>The file of accounts is not one.</summary>
/// <param name="line">The line of the fault.</param>
/// <param name="fault">What is wrong with it: a verb phrase.</param>
/// <param name="cause">The cause.</param>
internal sealed class AccountFileException(int line, string fault, Exception? cause = null) : Exception(fault, cause)
{
    public int Line { get; } = line;
}
