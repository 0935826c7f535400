namespace ParticipantMessaging.Sending;

/// <summary>What the services take.</summary>
public static class ProviderLimits
{
    /// <summary>People in one Prolific bulk message; the documented default, can differ per workspace.</summary>
    public const int ProlificBulk = 4000;

    /// <summary>
    /// Most people in one Open Humans call, when lists are asked for at all: the service states no limit, but its mail worker stops at the
    /// first member it cannot mail, and the rest of that list gets nothing (provider facts 12.6).
    /// </summary>
    public const int OpenHumansBulk = 500;

    /// <summary>Characters of a Prolific text; documented for conversations, assumed for the other sends.</summary>
    public const int ProlificTextLength = 10_000;

    /// <summary>The most people one call may carry.</summary>
    /// <param name="provider">The service.</param>
    /// <returns>The number.</returns>
    public static int Bulk(MessagingProvider provider) => provider == MessagingProvider.Prolific ? ProlificBulk : OpenHumansBulk;
}
