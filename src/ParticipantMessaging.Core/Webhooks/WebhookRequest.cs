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
