using System.Text.Json;

namespace ParticipantMessaging;

/// <summary>JSON values as the plain .NET values that PowerShell shows, compares and serialises well.</summary>
public static class JsonValues
{
    /// <summary>Turns an element into string, long, double, decimal, bool, <c>List&lt;object?&gt;</c>, <c>Dictionary&lt;string, object?&gt;</c> or null.</summary>
    /// <param name="element">The element.</param>
    /// <returns>The value.</returns>
    public static object? ToPlain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => ToNumber(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(ToPlain).ToList(),
        JsonValueKind.Object => ToDictionary(element),
        _ => null,
    };

    private static object ToNumber(JsonElement element)
    {
        if (element.TryGetInt64(out long whole)) return whole;
        if (element.TryGetDecimal(out decimal exact)) return exact;
        return element.TryGetDouble(out double real) ? real : element.GetRawText();
    }

    private static KeptFields ToDictionary(JsonElement element)
    {
        var members = new KeptFields();
        foreach (JsonProperty member in element.EnumerateObject()) members[member.Name] = ToPlain(member.Value);
        return members;
    }
}
