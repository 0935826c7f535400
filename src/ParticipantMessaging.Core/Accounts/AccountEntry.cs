using System.Text.Json;
using System.Text.Json.Nodes;

namespace ParticipantMessaging.Accounts;

/// <summary>One account on disk, and what is wrong with it.</summary>
internal sealed class AccountEntry
{
    private const string IdentityProperty = "identity";

    private readonly AccountFile.Place _place;

    public AccountEntry(JsonNode? node, AccountFile.Place place)
    {
        Node = node;
        _place = place;
        FaultLine = place.Line;
        Read();
    }

    /// <summary>The account as JSON.</summary>
    public JsonNode? Node { get; private set; }

    /// <summary>Line where it begins; 0 when it is new.</summary>
    public int Line => _place.Line;

    /// <summary>Name; empty when there is none that can be read.</summary>
    public string Name { get; private set; } = "";

    /// <summary>What cannot be used: a sentence without its full stop; null when all is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>Line of the fault.</summary>
    public int FaultLine { get; private set; }

    /// <summary>The account is whole, but its service is one that only a later version knows.</summary>
    public bool IsOfUnknownService { get; private set; }

    /// <summary>What could be read of it. <see cref="MessagingAccount.IsDefault"/> is the file's matter.</summary>
    public MessagingAccount Account { get; private set; } = new();

    /// <summary>Writes an account here; what else the entry holds stays.</summary>
    public void Write(MessagingAccount account)
    {
        // An object that names something twice cannot be changed in its place.
        if (Node is not JsonObject || _place.Twice is not null)
        {
            Node = new JsonObject();
            _place.Properties.Clear();
        }

        bool isOther = !string.Equals(Account.Provider, account.Provider, StringComparison.OrdinalIgnoreCase) || Account.BaseUri != account.BaseUri;
        Set("name", account.Name);
        Set("provider", account.Provider);
        Set("baseUri", account.BaseUri?.GetLeftPart(UriPartial.Authority));
        Set("workspaceId", account.WorkspaceId);
        Set("vault", account.Vault);
        Set("secretName", account.SecretName);
        if (isOther) Set(IdentityProperty, (string?)null);
        Reread();
    }

    /// <summary>Remembers who the account is at its service.</summary>
    /// <param name="address">Where.</param>
    /// <param name="id">Who.</param>
    /// <param name="mark">A mark of the token that it was asked with.</param>
    public void Remember(string address, string id, string mark)
    {
        ((JsonObject)Node!)[Written(IdentityProperty)] = new JsonObject { ["address"] = address, ["id"] = id, ["mark"] = mark };
        Reread();
    }

    private string Written(string property) => _place.Properties.TryGetValue(property, out (string Written, int Line) place) ? place.Written : property;

    private void Set(string property, string? value)
    {
        var node = (JsonObject)Node!;
        if (string.IsNullOrWhiteSpace(value)) node.Remove(Written(property));
        else node[Written(property)] = value;
    }

    private void Reread()
    {
        Name = "";
        Fault = null;
        IsOfUnknownService = false;
        _place.Twice = null;
        _place.Properties.Clear();
        foreach ((string key, _) in (JsonObject)Node!) _place.Properties[key] = (key, Line);
        Read();
    }

    private void Read()
    {
        if (_place.Twice is { } twice)
        {
            // The name is still good for saying which account it is.
            Name = NameOfTwice();
            Blame($"the account holds \"{twice.Name}\" twice", twice.Line);
            Account = new MessagingAccount { Name = Name };
            return;
        }

        if (Node is not JsonObject node)
        {
            Blame($"where an account should be, there is {Kind(Node)}", Line);
            return;
        }

        Name = Text(node, "name") ?? "";
        if (Fault is null && string.IsNullOrWhiteSpace(Name)) Blame("the account has no name", Line);
        string provider = Text(node, "provider") ?? "";
        if (provider.Length == 0) Blame("the account names no service (\"provider\": Prolific or OpenHumans)", Line);
        bool isKnown = Enum.GetNames<MessagingProvider>().Any(name => name.Equals(provider, StringComparison.OrdinalIgnoreCase));
        bool wasWhole = Fault is null;
        Uri? baseUri = Address(node);
        string secret = Text(node, "secretName") ?? "";
        (string address, string id, string mark) = Identity(node);
        Account = new MessagingAccount
        {
            Name = Name,
            Provider = provider,
            BaseUri = baseUri ?? (isKnown && Fault is null ? ServiceConnection.DefaultBaseUri(Enum.Parse<MessagingProvider>(provider, ignoreCase: true)) : null),
            WorkspaceId = Text(node, "workspaceId") ?? "",
            Vault = Text(node, "vault") ?? "",
            SecretName = secret.Length > 0 || Name.Length == 0 ? secret : AccountName.ToSecretName(Name),
            ServiceId = id,
            IdentityAddress = address,
            IdentityMark = mark,
        };
        if (isKnown || Fault is not null || !wasWhole) return;
        IsOfUnknownService = true;
        Blame($"the account is one of '{provider}', a service that this version does not know", PropertyLine("provider"));
    }

    private static (string Address, string Id, string Mark) Identity(JsonObject node)
    {
        foreach ((string key, JsonNode? value) in node)
        {
            if (!key.Equals(IdentityProperty, StringComparison.OrdinalIgnoreCase) || value is not JsonObject identity) continue;
            try
            {
                if (identity["address"]?.GetValue<string>() is { Length: > 0 } address
                    && identity["id"]?.GetValue<string>() is { Length: > 0 } id
                    && identity["mark"]?.GetValue<string>() is { Length: > 0 } mark) return (address, id, mark);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
            {
                // What cannot be read is asked again.
            }
        }

        return ("", "", "");
    }

    private string NameOfTwice()
    {
        using var document = JsonDocument.Parse(Node!.ToJsonString());
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Name.Equals("name", StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind == JsonValueKind.String) return property.Value.GetString() ?? "";
        }

        return "";
    }

    /// <summary>Nothing that cannot be read stands for the service's real address: people would be messaged in place of a rehearsal's.</summary>
    private Uri? Address(JsonObject node)
    {
        string? text = Text(node, "baseUri");
        if (text is null)
        {
            if (Fault is not null || _place.Properties.ContainsKey("baseUri") && node[Written("baseUri")] is not null) return null;
            foreach ((string key, JsonNode? value) in node)
            {
                string plain = key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
                bool looksLikeOne = (value as JsonValue)?.TryGetValue(out string? other) == true && other.Contains("://", StringComparison.Ordinal);
                if (!looksLikeOne && !plain.StartsWith("base", StringComparison.OrdinalIgnoreCase) && !plain.EndsWith("uri", StringComparison.OrdinalIgnoreCase)
                    && !plain.EndsWith("url", StringComparison.OrdinalIgnoreCase)) continue;
                Blame($"the account holds \"{key}\", and its address is called \"baseUri\"", PropertyLine(key));
                return null;
            }

            return null;
        }

        string? fault = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
        {
            fault = "it is no address";
        }
        else
        {
            try
            {
                return ServiceConnection.CheckBaseUri(uri);
            }
            catch (MessagingException)
            {
                fault = "an address begins with https:// (for this computer also http://) and ends with the host or port";
            }
        }

        Blame($"\"{Written("baseUri")}\" is \"{text}\": {fault}", PropertyLine("baseUri"));
        return null;
    }

    private string? Text(JsonObject node, string property)
    {
        string written = Written(property);
        if (!node.TryGetPropertyValue(written, out JsonNode? value) || value is null) return null;
        if (value is JsonValue text && text.TryGetValue(out string? read)) return read;
        Blame($"\"{written}\" is {Kind(value)} and no text", PropertyLine(property));
        return null;
    }

    private int PropertyLine(string property) => _place.Properties.TryGetValue(property, out (string Written, int Line) place) ? place.Line : Line;

    private void Blame(string fault, int line)
    {
        if (Fault is not null) return;
        Fault = fault;
        FaultLine = line;
    }

    private static string Kind(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
