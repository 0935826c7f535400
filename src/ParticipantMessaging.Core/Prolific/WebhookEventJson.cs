using System.Text.Json;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <summary>
/// Reads events of a subscription's log, which can be very long: texts that repeat are shared, and the payload's bytes
/// are copied as they stand in the answer, so that a replay sends the very same body.
/// </summary>
internal static class WebhookEventJson
{
    public static ItemReader<WebhookEvent> Of(string subscriptionId) => (ref Utf8JsonReader reader, ItemContext context) => Read(ref reader, context, subscriptionId);

    private static WebhookEvent Read(ref Utf8JsonReader reader, ItemContext context, string subscriptionId)
    {
        string id = "", type = "", resource = "", status = "", target = "", resourceStatus = "", participant = "";
        DateTimeOffset? created = null, updated = null;
        WebhookPayload? payload = null;
        Dictionary<string, object?>? more = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref reader, "id"u8)) id = JsonFields.Text(ref reader);
            else if (Is(ref reader, "datetime_created"u8)) created = JsonFields.Time(ref reader, "datetime_created", ref more);
            else if (Is(ref reader, "datetime_updated"u8)) updated = JsonFields.Time(ref reader, "datetime_updated", ref more);
            else if (Is(ref reader, "event_type"u8)) type = JsonFields.Text(ref reader, context.Texts);
            else if (Is(ref reader, "resource_id"u8)) resource = JsonFields.Text(ref reader);
            else if (Is(ref reader, "status"u8)) status = JsonFields.Text(ref reader, context.Texts);
            else if (Is(ref reader, "target_url"u8)) target = JsonFields.Text(ref reader, context.Texts);
            else if (Is(ref reader, "payload"u8))
            {
                if (reader.TokenType == JsonTokenType.Null) continue;
                int start = checked((int)reader.TokenStartIndex);
                ReadPayload(ref reader, context, ref resource, ref resourceStatus, ref participant);
                int end = checked((int)reader.BytesConsumed);
                payload = new WebhookPayload(context.Source.Span[start..end].ToArray());
            }
            else
            {
                // Only names of fields that this version does not know become new texts.
                string name = reader.TokenType == JsonTokenType.PropertyName ? context.Texts.Get(ref reader) : "";
                reader.Read();
                JsonFields.Keep(ref reader, name, ref more);
            }
        }

        return new WebhookEvent
        {
            Id = id,
            SubscriptionId = subscriptionId,
            EventType = type,
            ResourceId = resource,
            ResourceStatus = resourceStatus,
            ParticipantId = participant,
            Status = status,
            CreatedAt = created,
            UpdatedAt = updated,
            TargetUrl = target,
            Payload = payload,
            Account = context.Account,
            AdditionalProperties = JsonFields.OrNone(more),
        };
    }

    private static void ReadPayload(ref Utf8JsonReader reader, ItemContext context, ref string resource, ref string resourceStatus, ref string participant)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref reader, "status"u8)) resourceStatus = TextOrSkip(ref reader, context);
            else if (Is(ref reader, "participant_id"u8)) participant = TextOrSkip(ref reader, context);
            else if (resource.Length == 0 && Is(ref reader, "resource_id"u8)) resource = TextOrSkip(ref reader, context);
            else reader.Skip();
        }
    }

    private static string TextOrSkip(ref Utf8JsonReader reader, ItemContext context)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return JsonFields.Text(ref reader, context.Texts);
        reader.Skip();
        return "";
    }

    /// <summary>Whether the present member has this name; the reader then stands on its value.</summary>
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();
}
