namespace ParticipantMessaging;

/// <summary>The statuses of a receipt and of a ledger entry.</summary>
public static class MessageStatus
{
    /// <summary>The service has taken the message (Prolific answers 204).</summary>
    public const string Sent = "Sent";

    /// <summary>The service has queued the message and mails it later (Open Humans).</summary>
    public const string Queued = "Queued";

    /// <summary>Not sent, on purpose: the reason says why.</summary>
    public const string Skipped = "Skipped";

    /// <summary>Not sent: the reason says why.</summary>
    public const string Failed = "Failed";

    /// <summary>It may or may not have been sent. Never repeated blindly.</summary>
    public const string Unknown = "Unknown";

    /// <summary>Ledger only: claimed by a run and on its way.</summary>
    public const string Sending = "Sending";
}
