namespace ParticipantMessaging;

/// <summary>The services that the library speaks to.</summary>
public enum MessagingProvider
{
    /// <summary>Prolific, <c>https://api.prolific.com</c>.</summary>
    Prolific,

    /// <summary>Open Humans, <c>https://www.openhumans.org</c>.</summary>
    OpenHumans,
}
