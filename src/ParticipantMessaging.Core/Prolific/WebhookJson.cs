using System.Text.Json;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <summary>Reads what Prolific's webhook endpoints answer.</summary>
internal static class WebhookJson
{
    public static WebhookEventType EventType(ref Utf8JsonReader reader, ItemContext context)
    {
        string type = "", description = "";
        Dictionary<string, object?>? more = null;
        while (ProlificJson.Next(ref reader, out string name))
        {
            switch (name)
            {
                case "event_type": type = JsonFields.Text(ref reader); break;
                case "description": description = JsonFields.Text(ref reader); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new WebhookEventType { EventType = type, Description = description, Account = context.Account, AdditionalProperties = JsonFields.OrNone(more) };
    }

    public static WebhookSecretValue Secret(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", value = "", workspace = "";
        while (ProlificJson.Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "value": value = JsonFields.Text(ref reader); break;
                case "workspace_id": workspace = JsonFields.Text(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        return new WebhookSecretValue(id, value, workspace);
    }

    /// <summary>
    /// Reads the answer to a creation. The documentation says that the new one comes inside a list, the live service sends it alone; a list
    /// may hold older ones too. The new one has the type and the target that were asked for, and is not enabled yet: the secret of the
    /// answer must never go to another.
    /// </summary>
    public static ItemReader<WebhookSubscription> Created(string eventType, string targetUrl) => (ref Utf8JsonReader reader, ItemContext context) =>
    {
        List<WebhookSubscription>? list = null;
        Utf8JsonReader ahead = reader;
        while (list is null && ProlificJson.Next(ref ahead, out string name))
        {
            if (name == "results" && ahead.TokenType == JsonTokenType.StartArray) list = [];
            else ahead.Skip();
        }

        if (list is null)
        {
            WebhookSubscription alone = Subscription(ref reader, context);
            return alone.EventType.Length == 0 || IsFor(alone, eventType, targetUrl) ? alone : throw new JsonException("it speaks of another subscription");
        }

        while (ProlificJson.Next(ref reader, out string name))
        {
            if (name != "results")
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.StartObject) throw JsonFields.WrongType("an object");
                list.Add(Subscription(ref reader, context));
            }
        }

        List<WebhookSubscription> fitting = list.FindAll(one => IsFor(one, eventType, targetUrl));
        if (fitting.Count > 1) fitting = fitting.FindAll(static one => !one.IsEnabled);
        return fitting.Count == 1 ? fitting[0] : throw new JsonException(list.Count == 0 ? "it holds no subscription" : "it does not say which subscription is the new one");
    };

    private static bool IsFor(WebhookSubscription subscription, string eventType, string targetUrl)
        => string.Equals(subscription.EventType, eventType, StringComparison.OrdinalIgnoreCase)
            && (subscription.TargetUrl == targetUrl
                || (Uri.TryCreate(subscription.TargetUrl, UriKind.Absolute, out Uri? one) && Uri.TryCreate(targetUrl, UriKind.Absolute, out Uri? other) && one == other));

    public static WebhookSubscription Subscription(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", type = "", target = "", workspace = "";
        bool enabled = false;
        Dictionary<string, object?>? more = null;
        while (ProlificJson.Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.Text(ref reader); break;
                case "event_type": type = JsonFields.Text(ref reader, context.Texts); break;
                case "target_url": target = JsonFields.Text(ref reader, context.Texts); break;
                case "is_enabled": enabled = JsonFields.Flag(ref reader); break;
                case "workspace_id": workspace = JsonFields.Text(ref reader, context.Texts); break;

                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        return new WebhookSubscription
        {
            Id = id,
            Account = context.Account,
            EventType = type,
            TargetUrl = target,
            IsEnabled = enabled,
            WorkspaceId = workspace,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }
}
