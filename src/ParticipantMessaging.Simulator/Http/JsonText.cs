using System.Globalization;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>Small helpers for JSON as the two services write it.</summary>
internal static class JsonText
{
    /// <summary>ISO 8601 in UTC; a whole second comes without a fraction, as Python writes it.</summary>
    public static string Time(DateTimeOffset time)
    {
        DateTime utc = time.UtcDateTime;
        string format = utc.Ticks % TimeSpan.TicksPerSecond / 10 == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
        return utc.ToString(format, CultureInfo.InvariantCulture);
    }

    public static void WriteTime(this Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } value)
            writer.WriteString(name, Time(value));
        else
            writer.WriteNull(name);
    }

    /// <summary>A member that is text; null when it is missing, null or of another type.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static bool? Flag(string? text) => text?.ToLowerInvariant() switch
    {
        "1" or "true" or "yes" or "t" => true,
        "0" or "false" or "no" or "f" => false,
        _ => null,
    };

    public static int Number(string? text, int fallback) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : fallback;
}
