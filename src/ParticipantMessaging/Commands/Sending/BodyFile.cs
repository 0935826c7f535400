using System.Text;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Reads the file of <c>-BodyPath</c>.</summary>
internal static class BodyFile
{
    /// <summary>The text of a file: UTF-8, or what its byte order mark says. Bytes that are no text are an error, not a box in the message.</summary>
    /// <exception cref="MessagingException">InvalidRequest: not there, not readable, not text.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            string text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            if (KindOf(text) is { } kind)
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"The file of the text is {kind}, whose commands or tags would be sent as they stand: {path}.",
                    "Save it as plain text (UTF-8) and give that file.");
            }

            // An editor ends the file with a line break, which is not part of the message.
            return text.TrimEnd('\r', '\n');
        }
        catch (DecoderFallbackException e)
        {
            if (KindOf(ReadBeginning(path)) is { } kind)
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidRequest,
                    $"The file of the text is {kind}, not plain text: {path}.",
                    "Save it as plain text (UTF-8) and give that file.",
                    e);
            }

            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The file of the text is not saved as UTF-8: {path}.",
                "Save it as UTF-8 in your editor, so that letters such as é and ü arrive as they are.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The file of the text cannot be read: {path}.",
                "Check -BodyPath.",
                e);
        }
    }

    // What word processors and browsers write.
    private static string? KindOf(string text)
    {
        string start = text.TrimStart();
        if (start.StartsWith(@"{\rtf", StringComparison.Ordinal)) return "rich text (RTF)";
        if (start.StartsWith("PK\u0003\u0004", StringComparison.Ordinal)) return "a document of a word processor";
        if (start.StartsWith("\u00D0\u00CF\u0011\u00E0", StringComparison.Ordinal)) return "a document of an old word processor";
        if (start.StartsWith("%PDF-", StringComparison.Ordinal)) return "a PDF document";
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? "a page in HTML"
            : null;
    }

    private static string ReadBeginning(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[16];
            return Encoding.Latin1.GetString(bytes, 0, file.Read(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
