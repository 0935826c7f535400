using System.Text.Json;

namespace ParticipantMessaging.Http;

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
