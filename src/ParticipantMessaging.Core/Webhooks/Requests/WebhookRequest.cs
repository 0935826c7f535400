using System.Text;

namespace ParticipantMessaging.Webhooks;

/// <summary>A delivered request: its headers and its body, byte for byte as far as they could be kept.</summary>
public sealed class WebhookRequest
{
    /// <summary>Makes one.</summary>
    /// <param name="headers">The headers.</param>
    /// <param name="body">The bytes of the body; not copied.</param>
    /// <param name="form">In which form it reached us.</param>
    public WebhookRequest(WebhookHeaders headers, byte[] body, WebhookRequestForm form = WebhookRequestForm.HeadersAndBody)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(body);
        Headers = headers;
        Body = body;
        Form = form;
    }

    /// <summary>The headers.</summary>
    public WebhookHeaders Headers { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>In which form it reached us.</summary>
    public WebhookRequestForm Form { get; }

    /// <summary>The signature's text; null when there is none.</summary>
    public string? Signature => Headers[WebhookHeaderNames.Signature];

    /// <summary>The request timestamp's text; null when there is none.</summary>
    public string? Timestamp => Headers[WebhookHeaderNames.RequestTimestamp];

    /// <summary>Reads a request from the text in which Azure Automation may hand it to a runbook: JSON, or JSON with its quotes stripped.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The request; what is recovered is proven by nothing but its signature.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: it is neither.</exception>
    public static WebhookRequest FromAzureText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return AzureWebhookText.Parse(text);
    }

    /// <summary>Makes one from headers and the text of a body.</summary>
    /// <param name="headers">The headers.</param>
    /// <param name="body">The text, which is taken as UTF-8.</param>
    /// <param name="form">In which form it reached us.</param>
    /// <returns>The request.</returns>
    public static WebhookRequest FromText(WebhookHeaders headers, string body, WebhookRequestForm form = WebhookRequestForm.HeadersAndBody)
    {
        ArgumentNullException.ThrowIfNull(body);
        return new WebhookRequest(headers, Encoding.UTF8.GetBytes(body), form);
    }

    /// <summary>The form in words, for messages.</summary>
    internal string DescribeForm() => Form switch
    {
        WebhookRequestForm.AzureObject => "Azure's $WebhookData as an object",
        WebhookRequestForm.AzureDictionary => "Azure's $WebhookData as an object with its headers in a dictionary",
        WebhookRequestForm.AzureJsonText => "Azure's $WebhookData as JSON text",
        WebhookRequestForm.AzureStrippedText => "Azure's $WebhookData as text without its quotes, from which headers and body had to be recovered",
        _ => "headers and body",
    };
}

/// <summary>In which form a request reached us (provider facts, section 11).</summary>
public enum WebhookRequestForm
{
    /// <summary>Headers and body, as a web server has them.</summary>
    HeadersAndBody,

    /// <summary>Azure Automation's object, its headers an object too.</summary>
    AzureObject,

    /// <summary>Azure Automation's object, its headers a dictionary.</summary>
    AzureDictionary,

    /// <summary>Azure Automation's object as JSON text.</summary>
    AzureJsonText,

    /// <summary>Azure Automation's object as text whose quotes were stripped.</summary>
    AzureStrippedText,
}

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
