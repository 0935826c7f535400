namespace ParticipantMessaging.OpenHumans;

/// <summary>The project of a master token (<c>GET project/</c>).</summary>
public sealed class OpenHumansProject
{
    /// <summary>Why a user token is no good: the server mails every text to the token's own member, whoever is named (provider facts 12.1).</summary>
    public const string UserTokenProblem = "The token is a member's own (an OAuth2 user token): Open Humans would mail every text to that member, whoever it is for. Use the project's master access token.";

    /// <summary>Number of the project.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Short name in addresses.</summary>
    public string Slug { get; init; } = "";

    /// <summary><c>oauth2</c> or <c>on-site</c>, an open string; empty when the service did not say.</summary>
    public string Type { get; init; } = "";

    /// <summary>How many people an all-members message reaches; null when the service did not say.</summary>
    public long? AuthorizedMembers { get; init; }

    /// <summary>Whether Open Humans has approved it; an unapproved one is capped at some 20 members.</summary>
    public bool IsApproved { get; init; }

    /// <summary>Whether it is active.</summary>
    public bool IsActive { get; init; }

    /// <summary>Reply address of its messages; empty when the service did not say.</summary>
    public string ContactEmail { get; init; } = "";

    /// <summary>
    /// Why no mail of this project arrives, although the service says "success"; empty when nothing is wrong. Its name stands unquoted in the
    /// sender's address, where some characters mean something else (provider facts 12.3).
    /// </summary>
    public string MailProblem => FaultInAddress(Name) is { } fault
        ? $"The project's name '{Name}' {fault}, and Open Humans mails nothing of a project with such a name. Change the name on the project's page."
        : "";

    /// <summary>
    /// What keeps a name from standing before an address: a character with a meaning of its own, unless it is in quotation marks or in a
    /// comment (brackets); a mark or a bracket without its other half; a dot before any word. Null when it can stand there.
    /// </summary>
    private static string? FaultInAddress(string name)
    {
        var special = new List<char>();
        bool isQuoted = false, hasBegun = false;
        int brackets = 0;
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (isQuoted || brackets > 0)
            {
                if (c == '\\') i++;
                else if (isQuoted) isQuoted = c != '"';
                else brackets += c switch { '(' => 1, ')' => -1, _ => 0 };
                continue;
            }

            switch (c)
            {
                case '"': isQuoted = true; break;
                case '(': brackets = 1; continue;
                case ')': return "has a ')' without a '(' before it";
                case '.' when !hasBegun: return "begins with a dot";
                case ',' or ':' or ';' or '[' or ']' or '<' or '>' or '@' or '\\': if (!special.Contains(c)) special.Add(c); break;
            }

            hasBegun |= c is not (' ' or '\t');
        }

        if (special.Count > 0) return $"holds {string.Join(' ', special)}";
        if (isQuoted) return "has a '\"' without a second one";
        return brackets > 0 ? "has a '(' that is not closed" : null;
    }
}
