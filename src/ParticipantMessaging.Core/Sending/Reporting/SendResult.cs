namespace ParticipantMessaging.Sending;

/// <summary>What became of one row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Receipt">Its receipt.</param>
/// <param name="Error">The error to report for it; null when there is none, or another row reports it.</param>
public sealed record SendResult(SendRow Row, MessageReceipt Receipt, MessagingException? Error = null)
{
    /// <summary>The text was another one when this person got the campaign's message.</summary>
    public bool TextHasChanged { get; init; }
}
