namespace ParticipantMessaging.Sending;

/// <summary>The shapes of ids (provider facts 1 and 7.1).</summary>
public static class RecipientId
{
    /// <summary>24 hex digits: Prolific participants, studies, groups.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsProlific(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == 24 && id.All(char.IsAsciiHexDigit);
    }

    /// <summary>8 or 16 digits: Open Humans project members.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsOpenHumans(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is 8 or 16 && id.All(char.IsAsciiDigit);
    }

    /// <summary>7 digits: an Open Humans id whose leading zero a spreadsheet has eaten.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool HasLostLeadingZero(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == 7 && id.All(char.IsAsciiDigit);
    }
}
