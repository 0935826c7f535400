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
    /// sender's address, where these characters mean something else (provider facts 12.3).
    /// </summary>
    public string MailProblem
    {
        get
        {
            string bad = string.Concat(Name.Where(static c => c is ',' or ':' or ';' or '[' or ']' or '<' or '>' or '@' or '\\').Distinct());
            return bad.Length == 0
                ? ""
                : $"The project's name '{Name}' holds {string.Join(' ', bad.ToCharArray())}, and Open Humans mails nothing of a project with such a name. Change the name on the project's page.";
        }
    }
}
