using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParticipantMessaging.Http;

/// <summary>Writes request bodies.</summary>
internal static class JsonBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    /// <summary>A text that can be sent: half a surrogate pair would arrive as a broken character.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>.</exception>
    public static string Sendable(string? text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The {what} holds a broken character (half of a surrogate pair) at position {i + 1}.",
                "Check the encoding of the file that the text comes from.");
        }

        return text;
    }
}
