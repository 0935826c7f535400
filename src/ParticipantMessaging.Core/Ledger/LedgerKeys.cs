using System.Text;

namespace ParticipantMessaging.Ledger;

/// <summary>What names become when they are compared and stored.</summary>
internal static class LedgerKeys
{
    private const string GroupPrefix = "group:";

    /// <summary>The recipient of a claim: a participant's id, <c>group:&lt;id&gt;</c> or <c>group:*</c>.</summary>
    public static string Recipient(MessageClaim claim)
        => claim.GroupId.Length > 0 ? GroupRecipient(claim.GroupId) : Id(claim.ParticipantId);

    /// <summary>A group as a recipient.</summary>
    public static string GroupRecipient(string groupId) => GroupPrefix + Id(groupId);

    /// <summary>The account of a message: who it is at the service; its name where that is not known.</summary>
    public static string Account(ClaimedMessage message) => Name(message.Identity.Length > 0 ? message.Identity : message.Account);

    /// <summary>The campaign of a message: a trial counts for none.</summary>
    public static string Campaign(ClaimedMessage message) => message.IsTrial ? "" : Name(message.Campaign);

    /// <summary>The received messages that a claim answers, as they are stored: a blank between. A trial answers nothing.</summary>
    public static string ReplyTo(MessageClaim claim) => claim.Message.IsTrial || claim.ReplyTo.Count == 0 ? "" : string.Join(' ', claim.ReplyTo.Select(MessageId).Distinct());

    /// <summary>The id of a received message: one word.</summary>
    public static string MessageId(string id) => Id(id).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>The participant of a stored recipient; empty for groups.</summary>
    public static string ParticipantOf(string recipient) => GroupOf(recipient).Length > 0 ? "" : recipient;

    /// <summary>The group of a stored recipient; empty for persons.</summary>
    public static string GroupOf(string recipient)
        => recipient.StartsWith(GroupPrefix, StringComparison.Ordinal) ? recipient[GroupPrefix.Length..] : "";

    /// <summary>Ids are hex or decimal digits: the same id in capitals is the same person.</summary>
    public static string Id(string id) => Storable(id.Trim()).ToLowerInvariant();

    /// <summary>Names of accounts and campaigns are compared without case, and with accents composed.</summary>
    public static string Name(string name)
    {
        string storable = Storable(name);
        string trimmed = storable.Trim();
        return (trimmed.Length > 0 ? trimmed : storable).Normalize(NormalizationForm.FormC).ToLowerInvariant();
    }

    /// <summary>What both databases can store: no NUL, no half surrogate pairs.</summary>
    public static string Storable(string text)
    {
        if (!text.AsSpan().ContainsAny('\0', '\uFFFE', '\uFFFF') && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;

        var builder = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            builder.Append(rune.Value is 0 or 0xFFFE or 0xFFFF ? "\uFFFD" : rune.ToString());
        return builder.ToString();
    }

    /// <summary>A name with <c>*</c> and <c>?</c> as a pattern for LIKE with <c>\</c> as its escape character.</summary>
    public static string Pattern(string wildcard)
    {
        var builder = new StringBuilder(wildcard.Length + 8);
        foreach (char character in Name(wildcard))
        {
            builder.Append(character switch
            {
                '*' => "%",
                '?' => "_",
                '%' or '_' or '\\' => "\\" + character,
                _ => character.ToString(),
            });
        }

        return builder.ToString();
    }

    /// <summary>A reason, short enough and storable.</summary>
    public static string Reason(string reason) => Storable(reason.Length > 1_000 ? reason[..1_000] : reason);
}
