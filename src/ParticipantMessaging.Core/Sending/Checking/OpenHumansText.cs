using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Open Humans renders a message as a Django template after it has answered "success": an unknown tag means that nobody gets mail,
/// an unknown placeholder becomes nothing (provider facts 7.1, quirks 4 and 5). Only its own placeholder may reach it.
/// </summary>
public static partial class OpenHumansText
{
    /// <summary>The placeholder that Open Humans fills itself, case-sensitive.</summary>
    public const string OwnPlaceholder = "PROJECT_MEMBER_ID";

    /// <summary>The first piece that Open Humans would drop or choke on.</summary>
    /// <param name="rendered">The text as it would go out.</param>
    /// <returns>The piece; null when the text is safe.</returns>
    public static string? FindUnsafe(string rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        if (rendered.Contains('\0')) return "a null character";
        string rest = Own().Replace(rendered, "");
        Match match = Marker().Match(rest);
        return match.Success ? rest[match.Index..Math.Min(rest.Length, match.Index + 24)].ReplaceLineEndings(" ") : null;
    }

    [GeneratedRegex(@"\{\{[ \t]*PROJECT_MEMBER_ID[ \t]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Own();

    [GeneratedRegex(@"\{\{|\{%|\{#|\}\}|%\}|#\}", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
