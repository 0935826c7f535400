namespace ParticipantMessaging.Sending;

/// <summary>How a list is sent.</summary>
public sealed record SendOptions
{
    /// <summary>Campaign; empty for none. With one, a person gets one message per account, campaign and study.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>Most people in one bulk call; null for Prolific's limit of 4,000 and, over Open Humans, one person a call.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Most calls open at once; 4 unless set.</summary>
    public int ThrottleLimit { get; init; } = 4;

    /// <summary>Most people a minute, evenly spaced; null for no limit.</summary>
    public int? PerMinute { get; init; }

    /// <summary>Rows with findings are left out instead of stopping the list.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Empty columns render as nothing instead of being findings.</summary>
    public bool AllowEmptyField { get; init; }

    /// <summary>Open Humans ids of 7 digits get their leading zero back.</summary>
    public bool RestoreLeadingZero { get; init; }

    /// <summary>Messages whose outcome is unknown are sent again.</summary>
    public bool ResendUnknown { get; init; }

    /// <summary>Who already has a message of the campaign gets another. Unknown ones still wait for <see cref="ResendUnknown"/>.</summary>
    public bool Force { get; init; }

    /// <summary>Without a campaign, who got this very text within this time is left out; 12 hours unless set, zero for never mind.</summary>
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Nothing leaves before this moment; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>No call is made from this moment on, and the rest fails; null for never.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The one id that gets the first good row's text, as a trial, in place of everybody; empty for none.</summary>
    public string TestTo { get; init; } = "";

    /// <summary>True when it was said which column names the people: then it is not asked whether another one does.</summary>
    public bool IsIdColumnGiven { get; init; }

    /// <summary>Values that would count as empty (NA, NULL …) and are meant as they stand.</summary>
    public IReadOnlyCollection<string> LiteralValues { get; init; } = [];
}
