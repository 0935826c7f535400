using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>The body of a delivery, as the documentation's samples are probably produced: <c>": "</c> and <c>", "</c>, ASCII escapes.</summary>
internal static class WebhookBody
{
    public static void WriteTo(Utf8JsonWriter w, SimEvent item)
    {
        w.WriteStartObject();
        w.WriteString("resource_id", item.ResourceId);
        w.WriteString("event_type", item.EventType);
        if (item.ParticipantId is not null)
            w.WriteString("participant_id", item.ParticipantId);
        if (HasMetadata(item.EventType))
        {
            w.WriteStartObject("metadata");
            w.WriteEndObject();
        }

        if (item.ResourceStatus is not null && item.EventType.EndsWith(".status.change", StringComparison.Ordinal))
            w.WriteString("status", item.ResourceStatus);
        w.WriteEndObject();
    }

    public static byte[] Bytes(SimEvent item)
    {
        if (item.CustomBody is { } custom)
            return Encoding.UTF8.GetBytes(custom);
        var text = new StringBuilder(200);
        Pair(text.Append('{'), "resource_id", item.ResourceId);
        Pair(text.Append(", "), "event_type", item.EventType);
        if (item.ParticipantId is not null)
            Pair(text.Append(", "), "participant_id", item.ParticipantId);
        if (HasMetadata(item.EventType))
            text.Append(", \"metadata\": {}");
        if (item.ResourceStatus is not null && item.EventType.EndsWith(".status.change", StringComparison.Ordinal))
            Pair(text.Append(", "), "status", item.ResourceStatus);
        return Encoding.ASCII.GetBytes(text.Append('}').ToString());
    }

    private static bool HasMetadata(string eventType) => eventType is "study.status.change" or "study.has_high_return_rate";

    private static void Pair(StringBuilder text, string name, string value) =>
        text.Append('"').Append(name).Append("\": \"").Append(JavaScriptEncoder.Default.Encode(value)).Append('"');
}
