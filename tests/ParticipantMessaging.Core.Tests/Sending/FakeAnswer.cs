namespace ParticipantMessaging.Core.Tests.Sending;

internal sealed record FakeAnswer(bool Stores, MessagingException? Failure)
{
    public static FakeAnswer Ok { get; } = new(true, null);

    public static FakeAnswer Refused(MessagingErrorReason reason, int status, string? words = null) => new(false, new MessagingException(reason, "Refused.", "Do it.")
    {
        HttpStatus = status,
        Attempts = 1,
        ServiceMessage = words,
    });

    public static FakeAnswer Lost(bool stored) => new(stored, new MessagingException(MessagingErrorReason.OutcomeUnknown, "Lost.", "Resolve.")
    {
        HttpStatus = 502,
        Attempts = 1,
        Effect = CallEffect.Unknown,
    });
}
