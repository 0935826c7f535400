namespace ParticipantMessaging.Sending;

/// <summary>How a list is sent.</summary>
public sealed record SendOptions
{
    /// <summary>Campaign; empty for none. With one, a person gets one message per account, campaign and study.</summary>
    public string Campaign { get; init; } = "";

    /// <summary>Most people in one bulk call; null for the service's limit (Prolific 4,000, Open Humans 500).</summary>
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
}
