using System.Text.RegularExpressions;

namespace ParticipantMessaging.OpenHumans;

/// <summary>Understands what Open Humans says about a refused list of members.</summary>
public static partial class OpenHumansErrors
{
    private const string Field = "project_member_ids";

    /// <summary>
    /// The ids that Open Humans named when it refused a list: nobody was messaged, and the list can be sent again
    /// without them.
    /// </summary>
    /// <param name="error">The refusal.</param>
    /// <returns>
    /// Null when it was refused for another reason. Otherwise the ids; empty when it named none (then an id came twice,
    /// or one is not 8 or 16 characters long).
    /// </returns>
    public static IReadOnlyList<string>? InvalidMemberIds(MessagingException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.HttpStatus != 400 || error.Effect != CallEffect.None || !error.FieldErrors.TryGetValue(Field, out IReadOnlyList<string>? texts)) return null;
        var ids = new List<string>();
        bool about = false;
        foreach (string text in texts)
        {
            Match match = Named().Match(text);
            if (match.Success)
            {
                about = true;
                ids.AddRange(match.Groups[1].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            }
            else if (text.Contains("always 8 digits", StringComparison.OrdinalIgnoreCase))
            {
                about = true;
            }
        }

        return about ? ids : null;
    }

    [GeneratedRegex(@"Invalid project member ID\(s\):(.*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex Named();
}
