namespace ParticipantMessaging.Reading;

/// <summary>Whether ids look like ids, so that a slip is told before a call is made.</summary>
public static class IdShape
{
    /// <summary>Whether it has the shape of Prolific's ids of participants, studies, groups and workspaces: 24 hex digits.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has.</returns>
    public static bool IsObjectId(string? id) => id is { Length: 24 } && id.All(char.IsAsciiHexDigit);

    /// <summary>
    /// Checks that a text can be an id at all; white space around it is dropped. Which ids there are only the service knows, and its
    /// documentation shows some that are no 24 hex digits, so a strange one is asked for and not refused here.
    /// </summary>
    /// <param name="id">The id; null stays null.</param>
    /// <param name="what">What it is the id of, such as <c>study</c>.</param>
    /// <param name="reason">The reason of the exception.</param>
    /// <returns>The id.</returns>
    /// <exception cref="MessagingException">It is blank, or holds something else than letters, digits, <c>-</c>, <c>_</c>, <c>.</c> and <c>:</c>.</exception>
    public static string? Check(string? id, string what, MessagingErrorReason reason = MessagingErrorReason.InvalidRequest)
    {
        if (id is null) return null;
        string trimmed = id.Trim();
        return trimmed.Length is > 0 and <= LongestId && trimmed.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':')
            ? trimmed
            : throw Refuse(trimmed, what, reason, "ids consist of letters and digits (Prolific's have 24 of 0-9 and a-f)");
    }

    /// <summary>Checks the id of a person who is about to be written to: 24 hex digits; white space around it is dropped.</summary>
    /// <param name="id">The id; null stays null.</param>
    /// <returns>The id.</returns>
    /// <exception cref="MessagingException">InvalidRecipient: it has not that shape.</exception>
    public static string? CheckRecipient(string? id)
    {
        if (id is null) return null;
        string trimmed = id.Trim();
        return IsObjectId(trimmed)
            ? trimmed
            : throw Refuse(trimmed, "participant", MessagingErrorReason.InvalidRecipient, "Prolific's ids have 24 hex digits (0-9, a-f)");
    }

    private const int LongestId = 200;

    private static MessagingException Refuse(string id, string what, MessagingErrorReason reason, string why)
    {
        string shown = id.Length > 60 ? string.Concat(id.AsSpan(0, 60), "…") : id;
        return new MessagingException(
            reason,
            id.Length == 0 ? $"The id of the {what} is blank." : $"'{shown}' is not the id of a {what}: {why}.",
            $"Copy the id of the {what} from Prolific's pages or from the matching Get- command.");
    }
}
