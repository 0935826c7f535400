namespace ParticipantMessaging.Reading;

/// <summary>Whether ids look like ids, so that a slip is told before a call is made.</summary>
public static class IdShape
{
    /// <summary>Whether it has the shape of Prolific's ids of participants, studies, groups and workspaces: 24 hex digits.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has.</returns>
    public static bool IsObjectId(string? id) => id is { Length: 24 } && id.All(char.IsAsciiHexDigit);

    /// <summary>Checks an id that must have 24 hex digits; white space around it is dropped.</summary>
    /// <param name="id">The id; null stays null.</param>
    /// <param name="what">What it is the id of, such as <c>study</c>.</param>
    /// <param name="reason">The reason of the exception.</param>
    /// <returns>The id.</returns>
    /// <exception cref="MessagingException">It has not that shape.</exception>
    public static string? Check(string? id, string what, MessagingErrorReason reason = MessagingErrorReason.InvalidRequest)
    {
        if (id is null) return null;
        string trimmed = id.Trim();
        if (IsObjectId(trimmed)) return trimmed;
        string shown = trimmed.Length > 60 ? string.Concat(trimmed.AsSpan(0, 60), "…") : trimmed;
        throw new MessagingException(
            reason,
            trimmed.Length == 0 ? $"The id of the {what} is blank." : $"'{shown}' is not the id of a {what}: Prolific's ids have 24 hex digits (0-9, a-f).",
            $"Copy the id of the {what} from Prolific's pages or from the matching Get- command.");
    }
}
