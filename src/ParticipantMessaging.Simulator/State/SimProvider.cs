namespace ParticipantMessaging.Simulator;

/// <summary>The two services.</summary>
public enum SimProvider
{
    /// <summary>The Prolific researcher API.</summary>
    Prolific,

    /// <summary>Open Humans' project API.</summary>
    OpenHumans,
}
