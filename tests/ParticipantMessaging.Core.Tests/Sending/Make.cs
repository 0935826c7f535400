using ParticipantMessaging.Accounts;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>Rows and accounts for tests.</summary>
internal static class Make
{
    public const string Study = "aaaaaaaaaaaaaaaaaaaaaaaa";

    public static readonly ServiceConnection Prolific = new(MessagingProvider.Prolific, new AccessToken("t"), account: "lab");

    public static readonly ServiceConnection OpenHumans = new(MessagingProvider.OpenHumans, new AccessToken("t"), account: "oh");

    public static string Id(int number) => number.ToString("x24", System.Globalization.CultureInfo.InvariantCulture);

    public static AccountLookup Account(string? name) => name switch
    {
        null or "lab" => new AccountLookup(Prolific, null),
        "oh" => new AccountLookup(OpenHumans, null),
        _ => new AccountLookup(null, new MessagingException(MessagingErrorReason.AccountNotFound, $"There is no account '{name}'.", "Register it.")),
    };

    public static SendRow Row(int row, string? id, string? body = "Hello", string? study = Study, string? account = null, string? subject = null, params (string Name, string? Value)[] fields) => new()
    {
        Row = row,
        Source = $"source {row}",
        Recipient = RowRecipient.Person(id),
        Fields = new DictionaryFields(fields.Select(static f => KeyValuePair.Create(f.Name, f.Value))),
        Content = new RowContent { Body = body, StudyId = study, Account = account, Subject = subject },
    };
}
