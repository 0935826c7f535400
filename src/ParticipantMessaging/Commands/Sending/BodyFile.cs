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
            // An editor ends the file with a line break, which is not part of the message.
            return text.TrimEnd('\r', '\n');
        }
        catch (DecoderFallbackException e)
        {
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
}
