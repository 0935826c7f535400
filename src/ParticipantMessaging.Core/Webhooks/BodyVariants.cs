using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Webhooks;

/// <summary>A body as it may have been before something changed it.</summary>
internal sealed record BodyVariant(byte[] Body, SignatureProblem Problem, string Detail);

/// <summary>What a given body may have been when it was signed.</summary>
internal static class BodyVariants
{
    private static readonly byte[] _mark = [0xEF, 0xBB, 0xBF];

    /// <summary>Changes that know nothing of JSON: line breaks, byte order marks, encodings.</summary>
    public static IEnumerable<BodyVariant> OfBytes(ReadOnlyMemory<byte> body)
    {
        byte[] given = body.ToArray();
        byte[] bare = given.AsSpan().StartsWith(_mark) ? given[_mark.Length..] : given;
        foreach (BodyVariant variant in LineBreaks(given, "")) yield return variant;

        bool hadMark = bare.Length != given.Length;
        string markChange = hadMark ? "without the byte order mark" : "with a byte order mark before it";
        byte[] changed = hadMark ? bare : [.. _mark, .. given];
        yield return new BodyVariant(changed, SignatureProblem.ByteOrderMarkChanged, markChange);
        foreach (BodyVariant variant in LineBreaks(changed, markChange + " and "))
        {
            yield return variant with { Problem = SignatureProblem.ByteOrderMarkChanged };
        }

        foreach (BodyVariant variant in Encodings(given)) yield return variant;
    }

    /// <summary>The same JSON as other writers write it.</summary>
    public static IEnumerable<BodyVariant> OfJson(ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> json = body.Span.StartsWith(_mark) ? body[_mark.Length..] : body;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            yield break;
        }

        using (document)
        {
            foreach (JsonStyle style in JsonStyle.All)
            {
                // Text that is no UTF-8 cannot have been written anew by any of these.
                if (JsonRewriter.TryWrite(document.RootElement, style, out byte[] rewritten))
                {
                    yield return new BodyVariant(rewritten, SignatureProblem.BodyReserialized, style.Description);
                    yield return new BodyVariant([.. rewritten, (byte)'\n'], SignatureProblem.BodyReserialized, style.Description + " and a line break at its end");
                }
            }
        }
    }

    private static IEnumerable<BodyVariant> LineBreaks(byte[] given, string before)
    {
        const SignatureProblem Problem = SignatureProblem.LineBreakChanged;
        if (given.AsSpan().EndsWith("\r\n"u8)) yield return new BodyVariant(given[..^2], Problem, before + "without the line break at its end");
        if (given.AsSpan().EndsWith("\n"u8)) yield return new BodyVariant(given[..^1], Problem, before + "without the line feed at its end");
        yield return new BodyVariant([.. given, (byte)'\n'], Problem, before + "with a line break (LF) at its end");
        yield return new BodyVariant([.. given, (byte)'\r', (byte)'\n'], Problem, before + "with a line break (CR LF) at its end");

        // Latin-1 maps bytes to characters one to one, so nothing but the line breaks changes.
        string text = Encoding.Latin1.GetString(given);
        string unix = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (unix != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(unix), Problem, before + "with LF instead of CR LF");
        string windows = unix.Replace("\n", "\r\n", StringComparison.Ordinal);
        if (windows != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(windows), Problem, before + "with CR LF instead of LF");
        string trimmed = text.Trim(' ', '\t', '\r', '\n');
        if (trimmed != text) yield return new BodyVariant(Encoding.Latin1.GetBytes(trimmed), Problem, before + "without the white space around it");
    }

    private static IEnumerable<BodyVariant> Encodings(byte[] given)
    {
        const SignatureProblem Problem = SignatureProblem.EncodingChanged;
        if (given.Length % 2 == 0 && given.Contains((byte)0))
        {
            string wide = Encoding.Unicode.GetString(given).TrimStart('\uFEFF');
            yield return new BodyVariant(Encoding.UTF8.GetBytes(wide), Problem, "its UTF-16 text is turned into UTF-8");
        }

        if (!System.Text.Unicode.Utf8.IsValid(given))
        {
            yield return new BodyVariant(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(given)), Problem, "its Latin-1 text is turned into UTF-8");
            yield break;
        }

        string text = Encoding.UTF8.GetString(given);
        if (text.All(char.IsAscii)) yield break;
        if (text.All(static c => c <= '\u00FF'))
        {
            // UTF-8 that somebody read as Latin-1 and wrote as UTF-8 again.
            yield return new BodyVariant(Encoding.Latin1.GetBytes(text), Problem, "text that was encoded twice is decoded once");
        }
    }
}
