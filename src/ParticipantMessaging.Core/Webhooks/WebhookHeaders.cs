namespace ParticipantMessaging.Webhooks;

/// <summary>The headers of a request: names without case, values trimmed as HTTP does.</summary>
public sealed class WebhookHeaders
{
    private readonly List<KeyValuePair<string, string>> _all = [];

    /// <summary>Takes headers over.</summary>
    /// <param name="headers">Names and values; a name may come several times.</param>
    public WebhookHeaders(IEnumerable<KeyValuePair<string, string>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        foreach ((string name, string? value) in headers)
        {
            if (!string.IsNullOrWhiteSpace(name)) _all.Add(new(name.Trim(), value?.Trim() ?? ""));
        }
    }

    /// <summary>Reads headers that are themselves text, as Azure Automation may hand them over: JSON, or JSON without its quotes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The headers; null when it is neither.</returns>
    public static WebhookHeaders? FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return AzureWebhookText.TryParseHeaders(text);
    }

    /// <summary>All of them, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    /// <summary>The value of a header; null when it is missing, blank, or there with different values, which nobody could tell apart.</summary>
    /// <param name="name">Its name, in any case.</param>
    public string? this[string name]
    {
        get
        {
            string? found = null;
            foreach ((string key, string value) in _all)
            {
                if (value.Length == 0 || !key.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
                if (found is not null && found != value) return null;
                found = value;
            }

            return found;
        }
    }
}
