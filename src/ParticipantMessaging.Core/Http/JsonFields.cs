using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Http;

/// <summary>Reads single values: null is empty, unknown fields are kept, a known field of a wrong kind makes the answer unreadable.</summary>
internal static class JsonFields
{
    /// <summary>The text of the present token; null is "". A number is none: ids that came as numbers would have lost their zeros.</summary>
    public static string Text(ref Utf8JsonReader reader, TextPool? pool = null) => reader.TokenType switch
    {
        JsonTokenType.String => pool is null ? reader.GetString()! : pool.Get(ref reader),
        JsonTokenType.Null => "",
        _ => throw WrongType("a text"),
    };

    /// <summary>The text of the present token, or the digits of a number.</summary>
    public static string TextOrDigits(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : Text(ref reader);

    /// <summary>The number of the present token; null is null, a text that is a number is taken, a fraction is dropped.</summary>
    public static long? Number(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt64(out long value) => value,
        JsonTokenType.Number when reader.TryGetDouble(out double real) && Math.Abs(real) < long.MaxValue => (long)real,
        JsonTokenType.String when long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) => value,
        JsonTokenType.Null or JsonTokenType.String => null,
        _ => throw WrongType("a number"),
    };

    /// <summary>The truth value of the present token; null is false.</summary>
    public static bool Flag(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        JsonTokenType.String => bool.TryParse(reader.GetString(), out bool value) && value,
        _ => throw WrongType("true or false"),
    };

    /// <summary>
    /// The time of the present token, with or without microseconds; without an offset it is UTC, as both services
    /// write it. Seconds or milliseconds since 1970 are understood too, where a number can only be the one of them. Null when there is none
    /// (the year 1 is how programs in Go write that) or it cannot be read: then it is kept among the additional fields.
    /// </summary>
    public static DateTimeOffset? Time(ref Utf8JsonReader reader, string name, ref Dictionary<string, object?>? additional)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out decimal number) && SinceEpoch(number) is { } time) return time;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (EndsWithOffset(reader.ValueSpan) && reader.TryGetDateTimeOffset(out DateTimeOffset exact)) return OrNone(exact);
            string text = reader.GetString()!;
            if (text.Length == 0) return null;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset other)) return OrNone(other);
            if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && SinceEpoch(number) is { } counted) return counted;
        }

        Keep(ref reader, name, ref additional);
        return null;
    }

    /// <summary>Keeps the present value, whatever it is, as a plain .NET value; ends on its last token.</summary>
    public static void Keep(ref Utf8JsonReader reader, string name, ref Dictionary<string, object?>? additional)
    {
        additional ??= new KeptFields();
        additional[name] = Plain(ref reader);
    }

    /// <summary>The present value as string, long, decimal, double, bool, list, dictionary or null; ends on its last token.</summary>
    public static object? Plain(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Null: return null;
            default:
                using (var document = JsonDocument.ParseValue(ref reader)) return JsonValues.ToPlain(document.RootElement);
        }
    }

    public static IReadOnlyDictionary<string, object?> OrNone(Dictionary<string, object?>? additional) => additional ?? AdditionalFields.None;

    /// <summary>An object of a list of people that names nobody: it cannot be written to, and may be anybody.</summary>
    public static JsonException Nobody() => new("it names no participant");

    public static JsonException WrongType(string expected) => new($"a value is not {expected}");

    /// <summary>The years 2001 to 2286, in which seconds have ten digits and milliseconds thirteen; everything else may be anything.</summary>
    private static DateTimeOffset? SinceEpoch(decimal number) => number switch
    {
        >= 1e9m and < 1e10m => DateTimeOffset.UnixEpoch.AddTicks((long)(number * TimeSpan.TicksPerSecond)),
        >= 1e12m and < 1e13m => DateTimeOffset.UnixEpoch.AddTicks((long)(number * TimeSpan.TicksPerMillisecond)),
        _ => null,
    };

    private static DateTimeOffset? OrNone(DateTimeOffset time) => time.UtcDateTime.Year == 1 ? null : time.ToUniversalTime();

    private static bool EndsWithOffset(ReadOnlySpan<byte> text)
        => text.Length > 10 && (text[^1] == (byte)'Z' || (text.Length > 16 && text[^6] is (byte)'+' or (byte)'-' && text[^3] == (byte)':'));
}

/// <summary>
/// Keeps recent short texts, so that 200,000 events do not hold 200,000 copies of <c>submission.status.change</c>.
/// A fixed table: a text that lands on another one replaces it.
/// </summary>
internal sealed class TextPool
{
    private const int Slots = 512;
    private const int LongestText = 256;

    private readonly string?[] _texts = new string?[Slots];

    /// <summary>The text of a JSON string token.</summary>
    public string Get(ref Utf8JsonReader reader)
    {
        int length = reader.HasValueSequence ? int.MaxValue : reader.ValueSpan.Length;
        if (length == 0) return "";
        if (length > LongestText) return reader.GetString()!;

        ReadOnlySpan<byte> bytes = reader.ValueSpan;
        uint hash = 2166136261;
        foreach (byte b in bytes) hash = (hash ^ b) * 16777619;
        ref string? slot = ref _texts[(hash ^ (hash >> 15)) % Slots];
        if (slot is not null && slot.Length <= length && reader.ValueTextEquals(slot)) return slot;
        return slot = reader.GetString()!;
    }
}
