namespace ParticipantMessaging.Webhooks;

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
