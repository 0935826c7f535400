using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// What becomes of an object's times in a file. <c>Export-Csv</c> writes what <c>ToString</c> says, which is 3/2/2026 in one country and 2.3.2026
/// in another. The types' data (<see cref="OutputTypeData"/>) ask here instead: the value is the same <see cref="DateTimeOffset"/>, its text is ISO 8601 where nobody names
/// another form (<c>$_.SentAt.ToString('dd.MM.yyyy')</c> and <c>'{0:HH:mm}' -f $_.SentAt</c> are answered as any other time answers them).
/// </summary>
public static class FileText
{
    private static readonly MethodInfo TimeMethod = typeof(FileText).GetMethod(nameof(TimeText))!;
    private static readonly MethodInfo ListMethod = typeof(FileText).GetMethod(nameof(ListText))!;

    /// <summary>SentAt of MessageReceipt and ParticipantMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? SentAt(PSObject item) => Time(item?.BaseObject switch
    {
        MessageReceipt one => one.SentAt,
        ParticipantMessage one => one.SentAt,
        _ => null,
    });

    /// <summary>ClaimedAt of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? ClaimedAt(PSObject item) => Time((item?.BaseObject as SentMessage)?.ClaimedAt);

    /// <summary>SettledAt of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? SettledAt(PSObject item) => Time((item?.BaseObject as SentMessage)?.SettledAt);

    /// <summary>ClaimedServiceTime of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? ClaimedServiceTime(PSObject item) => Time((item?.BaseObject as SentMessage)?.ClaimedServiceTime);

    /// <summary>SettledServiceTime of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? SettledServiceTime(PSObject item) => Time((item?.BaseObject as SentMessage)?.SettledServiceTime);

    /// <summary>RepliedAt of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? RepliedAt(PSObject item) => Time((item?.BaseObject as SentMessage)?.RepliedAt);

    /// <summary>ReplyTo of SentMessage.</summary>
    /// <param name="item">The object.</param>
    public static object? ReplyTo(PSObject item) => item?.BaseObject is SentMessage { ReplyTo: var ids } ? With(ids, ListMethod) : null;

    /// <summary>First of MessageCampaign.</summary>
    /// <param name="item">The object.</param>
    public static object? First(PSObject item) => Time((item?.BaseObject as MessageCampaign)?.First);

    /// <summary>Last of MessageCampaign.</summary>
    /// <param name="item">The object.</param>
    public static object? Last(PSObject item) => Time((item?.BaseObject as MessageCampaign)?.Last);

    /// <summary>UpdatedAt of MessageConversation and WebhookEvent.</summary>
    /// <param name="item">The object.</param>
    public static object? UpdatedAt(PSObject item) => Time(item?.BaseObject switch
    {
        MessageConversation one => one.UpdatedAt,
        WebhookEvent one => one.UpdatedAt,
        _ => null,
    });

    /// <summary>CreatedAt of MessageBroadcast and WebhookEvent.</summary>
    /// <param name="item">The object.</param>
    public static object? CreatedAt(PSObject item) => Time(item?.BaseObject switch
    {
        MessageBroadcast one => one.CreatedAt,
        WebhookEvent one => one.CreatedAt,
        _ => null,
    });

    /// <summary>StartedAt of Participant.</summary>
    /// <param name="item">The object.</param>
    public static object? StartedAt(PSObject item) => Time((item?.BaseObject as Participant)?.StartedAt);

    /// <summary>CompletedAt of Participant.</summary>
    /// <param name="item">The object.</param>
    public static object? CompletedAt(PSObject item) => Time((item?.BaseObject as Participant)?.CompletedAt);

    /// <summary>JoinedAt of Participant.</summary>
    /// <param name="item">The object.</param>
    public static object? JoinedAt(PSObject item) => Time((item?.BaseObject as Participant)?.JoinedAt);

    /// <summary>BlockedAt of BlockedParticipant.</summary>
    /// <param name="item">The object.</param>
    public static object? BlockedAt(PSObject item) => Time((item?.BaseObject as BlockedParticipant)?.BlockedAt);

    /// <summary>Timestamp of WebhookSignatureResult.</summary>
    /// <param name="item">The object.</param>
    public static object? Timestamp(PSObject item) => Time((item?.BaseObject as WebhookSignatureResult)?.Timestamp);

    /// <summary>A time as it stands in a file, <c>2026-03-02T09:00:00+01:00</c>, or in the form that is asked for.</summary>
    /// <param name="item">The time.</param>
    /// <param name="form">Nothing, or what <see cref="DateTimeOffset.ToString(string, IFormatProvider)"/> takes: a format, a culture, or both.</param>
    public static string TimeText(PSObject item, params object?[] form)
    {
        if (item?.BaseObject is not DateTimeOffset time) return "";
        string? format = null;
        IFormatProvider? culture = null;
        foreach (object? part in form ?? [])
        {
            object? given = part is PSObject wrapped ? wrapped.BaseObject : part;
            if (given is IFormatProvider provider) culture = provider;
            else if (given is not null) format = Convert.ToString(given, CultureInfo.InvariantCulture);
        }

        return string.IsNullOrEmpty(format)
            ? time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
            : time.ToString(format, culture);
    }

    /// <summary>A list as it stands in a file: its items, with blanks between.</summary>
    /// <param name="item">The list.</param>
    public static string ListText(PSObject item) => item?.BaseObject is IEnumerable<string> all ? string.Join(' ', all) : "";

    private static PSObject? Time(DateTimeOffset? time)
    {
        if (time is not { } value) return null;
        var wrapped = new PSObject(value);
        wrapped.Methods.Add(new TimeToString());
        return wrapped;
    }

    private static PSObject With(object value, MethodInfo text)
    {
        var wrapped = new PSObject(value);
        wrapped.Methods.Add(new PSCodeMethod(nameof(ToString), text));
        return wrapped;
    }

    // PowerShell hands a format on (the -f operator) only to a ToString that says it has more than one form.
    private sealed class TimeToString() : PSCodeMethod(nameof(ToString), TimeMethod)
    {
        public override Collection<string> OverloadDefinitions => ["string ToString()", "string ToString(string format)", "string ToString(string format, System.IFormatProvider formatProvider)"];

        public override PSMemberInfo Copy() => new TimeToString();
    }
}
