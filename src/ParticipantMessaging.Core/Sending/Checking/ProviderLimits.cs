namespace ParticipantMessaging.Sending;

/// <summary>What the services take.</summary>
public static class ProviderLimits
{
    /// <summary>People in one Prolific bulk message; the documented default, can differ per workspace.</summary>
    public const int ProlificBulk = 4000;

    /// <summary>People in one Open Humans call: the service states no limit; small lists limit the damage when its mail worker stops half way.</summary>
    public const int OpenHumansBulk = 500;

    /// <summary>Characters of a Prolific text; documented for conversations, assumed for the other sends.</summary>
    public const int ProlificTextLength = 10_000;

    /// <summary>The most people one call may carry.</summary>
    /// <param name="provider">The service.</param>
    /// <returns>The number.</returns>
    public static int Bulk(MessagingProvider provider) => provider == MessagingProvider.Prolific ? ProlificBulk : OpenHumansBulk;
}
