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

                // The documentation says that a new one comes inside a list; the live service sends it alone.
                case "results" when id.Length == 0 && reader.TokenType == JsonTokenType.StartArray:
                    WebhookSubscription? first = null;
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        if (reader.TokenType != JsonTokenType.StartObject) throw JsonFields.WrongType("an object");
                        WebhookSubscription one = Subscription(ref reader, context);
                        first ??= one;
                    }

                    reader.Read();
                    while (reader.TokenType == JsonTokenType.PropertyName)
                    {
                        reader.Skip();
                        reader.Read();
                    }

                    return first ?? throw new JsonException("it holds no subscription");
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
