using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>Short words for what the tests claim.</summary>
internal static class Claims
{
    public const string Study = "5f0000000000000000000001";

    public static MessageClaim Claim(int person, string campaign = "wave 1", string text = "hello", string account = "lab", string study = Study)
        => new()
        {
            ParticipantId = Person(person),
            Message = new ClaimedMessage
            {
                Account = account,
                Provider = "Prolific",
                StudyId = study,
                Campaign = campaign,
                BodyHash = TextFingerprint.Hash(text),
                BodyLength = text.Length,
                NormalizedHash = TextFingerprint.HashNormalized(text),
            },
        };

    /// <summary>The same claim, of something else.</summary>
    public static MessageClaim Saying(this MessageClaim claim, Func<ClaimedMessage, ClaimedMessage> change) => claim with { Message = change(claim.Message) };

    public static MessageClaim[] Many(int count, string campaign = "wave 1", int first = 0)
        => [.. Enumerable.Range(first, count).Select(person => Claim(person, campaign))];

    public static string Person(int number) => number.ToString("x24", System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<ClaimResult> ClaimOneAsync(this IMessageLedger ledger, MessageClaim claim, ClaimOptions? options = null)
        => Assert.Single(await ledger.ClaimAsync([claim], options ?? new ClaimOptions(), default));

    public static Task SettleAsync(this IMessageLedger ledger, long entry, string status, string reason = "")
        => ledger.SettleAsync([new MessageOutcome(entry, status, reason, status == MessageStatus.Sent ? 204 : null, 1)], default);

    public static async Task<List<SentMessage>> ReadAsync(this IMessageLedger ledger, LedgerQuery? query = null)
    {
        var entries = new List<SentMessage>();
        await foreach (SentMessage entry in ledger.QueryAsync(query ?? new LedgerQuery(), default))
            entries.Add(entry);
        return entries;
    }
}
