using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>Bodies that are wrong on purpose.</summary>
internal static class FaultBodies
{
    /// <summary>What a proxy shows in place of the page behind it.</summary>
    public const string ProxyPage =
        "<!doctype html><html><head><title>Sign in to the network</title></head><body><h1>Sign in to go on</h1></body></html>";

    public static string Phrase(int status) => status switch
    {
        400 => "The request is not acceptable.",
        401 => "Invalid token.",
        403 => "You do not have permission to perform this action.",
        404 => "Not found",
        409 => "The resource was changed meanwhile.",
        422 => "The request failed validation.",
        429 => "Request was throttled.",
        502 => "Bad gateway",
        503 => "Service unavailable",
        504 => "Gateway time-out",
        _ => "Something went wrong.",
    };

    /// <summary>A gateway answers HTML, the application JSON.</summary>
    public static ProlificErrorShape UsualShape(int status) =>
        status is 502 or 503 or 504 ? ProlificErrorShape.Html : ProlificErrorShape.Wrapped;

    public static SimResponse OpenHumans(int status) => status >= 500
        ? SimResponse.ServerError()
        : SimResponse.Json(status, w =>
        {
            w.WriteStartObject();
            w.WriteString("detail", Phrase(status));
            w.WriteEndObject();
        });

    public static ReadOnlyMemory<byte> Nested(int depth) =>
        Encoding.ASCII.GetBytes("{\"results\":" + new string('[', depth) + new string(']', depth) + "}");

    public static ReadOnlyMemory<byte> HugeNumbers()
    {
        string digits = new('9', 10_000);
        return Encoding.ASCII.GetBytes(
            $"{{\"count\":{digits},\"next\":null,\"meta\":{{\"count\":{digits}}},\"results\":[{{\"id\":{digits},\"participant_count\":{digits}," +
            $"\"datetime_created\":{digits},\"body\":{digits},\"payload\":{{\"resource_id\":1e{digits[..9]}}}}}]}}");
    }

    public static ReadOnlyMemory<byte> WrongTypes(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return "[[[1]]]"u8.ToArray();
        try
        {
            using var document = JsonDocument.Parse(body);
            return SimResponse.Build(w => Twist(w, document.RootElement));
        }
        catch (JsonException)
        {
            return "[[[1]]]"u8.ToArray();
        }
    }

    public static ReadOnlyMemory<byte> InvalidUtf8(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return new byte[] { 0x22, 0xC3, 0x28, 0xFF, 0xFE, 0x22 };
        byte[] bytes = body.ToArray();
        var buffer = new ArrayBufferWriter<byte>(bytes.Length + 16);
        int colon = Array.IndexOf(bytes, (byte)':');
        // After the first text that follows a colon: within a value, where a lenient reader would still look.
        int at = colon < 0 ? -1 : Array.IndexOf(bytes, (byte)'"', colon);
        at = at < 0 ? 0 : at + 1;
        buffer.Write(bytes.AsSpan(0, at));
        buffer.Write<byte>([0xC3, 0x28, 0xFF, 0xFE]);
        buffer.Write(bytes.AsSpan(at));
        return buffer.WrittenMemory;
    }

    public static ReadOnlyMemory<byte> EmptyPage(ReadOnlyMemory<byte> body) => CutList(body, rows: null, keepRest: true, keepCount: true);

    /// <summary>The first rows of a list (half of them when none are given), without links to further ones.</summary>
    public static ReadOnlyMemory<byte> CutList(ReadOnlyMemory<byte> body, long rows, bool keepCount) =>
        CutList(body, rows > 0 ? (int)rows : -1, keepRest: false, keepCount);

    private static ReadOnlyMemory<byte> CutList(ReadOnlyMemory<byte> body, int? rows, bool keepRest, bool keepCount)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return SimResponse.Build(w => WriteCut(w, document.RootElement, rows, keepRest, keepCount));
        }
        catch (JsonException)
        {
            // Not a page; an empty one is answered all the same.
        }

        return "{\"results\":[]}"u8.ToArray();
    }

    private static void WriteCut(Utf8JsonWriter w, JsonElement root, int? rows, bool keepRest, bool keepCount)
    {
        w.WriteStartObject();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.NameEquals("results") && property.Value.ValueKind == JsonValueKind.Array)
            {
                int all = property.Value.GetArrayLength();
                w.WriteStartArray("results");
                foreach (JsonElement row in property.Value.EnumerateArray().Take(rows is null ? 0 : rows >= 0 ? rows.Value : all / 2))
                    row.WriteTo(w);
                w.WriteEndArray();
                // A list that told no count tells one now: what it shows is less than it counts.
                if (!keepRest && keepCount && !root.TryGetProperty("meta", out _) && !root.TryGetProperty("count", out _))
                {
                    w.WriteStartObject("meta");
                    w.WriteNumber("count", all);
                    w.WriteEndObject();
                }
            }
            else if (keepRest || !property.NameEquals("_links") && !property.NameEquals("next")
                && (keepCount || !property.NameEquals("meta") && !property.NameEquals("count")))
            {
                property.WriteTo(w);
            }
        }

        w.WriteEndObject();
    }

    private static void Twist(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Twist(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.EnumerateArray())
                    Twist(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteNumberValue(42);
                break;
            case JsonValueKind.Number:
                writer.WriteStartArray();
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue("maybe");
                break;
        }
    }
}
