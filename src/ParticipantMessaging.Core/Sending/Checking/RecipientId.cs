using System.Buffers;

namespace ParticipantMessaging.Sending;

/// <summary>The shapes of ids (provider facts 1 and 7.1).</summary>
public static class RecipientId
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>24 hex digits: Prolific participants, studies, groups.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsProlific(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == 24 && !id.AsSpan().ContainsAnyExcept(HexDigits);
    }

    /// <summary>8 or 16 digits: Open Humans project members.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool IsOpenHumans(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is 8 or 16 && !id.AsSpan().ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>7 digits: an Open Humans id whose leading zero a spreadsheet has eaten.</summary>
    /// <param name="id">The id.</param>
    /// <returns>True when it has the shape.</returns>
    public static bool HasLostLeadingZero(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == 7 && !id.AsSpan().ContainsAnyExceptInRange('0', '9');
    }
}
