using System.Text.RegularExpressions;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Open Humans renders a message as a Django template after it has answered "success": an unknown tag means that nobody gets mail,
/// an unknown placeholder becomes nothing (provider facts 7.1, quirks 4 and 5; 12.2). Only its own placeholder may reach it.
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
        // Texts without a brace are most of them.
        if (!rendered.AsSpan().ContainsAny('{', '}')) return null;
        if (BraceBefore().Match(rendered) is { Success: true } brace) return brace.Value;
        string rest = Own().Replace(rendered, "");
        Match match = Marker().Match(rest);
        return match.Success ? rest[match.Index..Math.Min(rest.Length, match.Index + 24)].ReplaceLineEndings(" ") : null;
    }

    /// <summary>The text as it arrives: with the person's id in the place that Open Humans fills.</summary>
    /// <param name="body">The text as it is sent.</param>
    /// <param name="participantId">The person.</param>
    /// <returns>The text.</returns>
    public static string Arrive(string body, string participantId)
    {
        ArgumentNullException.ThrowIfNull(body);
        return participantId.Length == 0 ? body : Own().Replace(body, participantId);
    }

    [GeneratedRegex(@"\{\{[ \t]*PROJECT_MEMBER_ID[ \t]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Own();

    [GeneratedRegex(@"\{\{\{[ \t]*PROJECT_MEMBER_ID[ \t]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex BraceBefore();

    [GeneratedRegex(@"\{\{|\{%|\{#|\}\}|%\}|#\}", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
