namespace ParticipantMessaging;

/// <summary>
/// A campaign as the ledger knows it: one object per campaign, account and study. Trials are not counted. A number of people is null when
/// it is not known: a group or all-members send whose head count the service did not give is among them.
/// </summary>
public sealed class MessageCampaign
{
    /// <summary>Its name, as it was last written.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>The account, as it was last called.</summary>
    public string Account { get; init; } = "";

    /// <summary>Who that account is at the service; its name where that is not known.</summary>
    public string Identity { get; init; } = "";

    /// <summary><c>Prolific</c> or <c>OpenHumans</c>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Prolific study; empty where there is none.</summary>
    public string StudyId { get; init; } = "";

    /// <summary>How many people it was meant for.</summary>
    public long? People { get; init; }

    /// <summary>How many of them got it.</summary>
    public long? Sent { get; init; }

    /// <summary>For how many the service has queued it (Open Humans).</summary>
    public long? Queued { get; init; }

    /// <summary>How many did not get it.</summary>
    public long? Failed { get; init; }

    /// <summary>Of how many it is not known.</summary>
    public long? Unknown { get; init; }

    /// <summary>How many different texts there were.</summary>
    public long Texts { get; init; }

    /// <summary>When the first message was sent.</summary>
    public DateTimeOffset First { get; init; }

    /// <summary>When the last message was sent.</summary>
    public DateTimeOffset Last { get; init; }
}
