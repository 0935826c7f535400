namespace ParticipantMessaging.Sending;

/// <summary>The answer to a question before sending.</summary>
public enum ConfirmAnswer
{
    /// <summary>Send.</summary>
    Yes,

    /// <summary>Do not send.</summary>
    No,

    /// <summary>Only show what would be sent.</summary>
    WhatIf,
}
