using System.Globalization;
using ParticipantMessaging;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Sending;
using ParticipantMessaging.SendProbe;

// A campaign of personalised messages in a process of its own, for tests that kill it: prints a receipt a line.
// Arguments: base address, study, file of ids, campaign, calls at once, then "file <path>" or "postgres <port> <user> <schema>" on this computer.
// The token and the database's password come from the environment. "resend" as a last word sends unknown ones again.
var connection = new ServiceConnection(
    MessagingProvider.Prolific,
    new AccessToken(Environment.GetEnvironmentVariable("PROBE_TOKEN") ?? throw new InvalidOperationException("PROBE_TOKEN is not set.")),
    new Uri(args[0]),
    "probe");
string[] ids = File.ReadAllLines(args[2]);
LedgerSettings settings = args[5] == "file"
    ? new LedgerSettings { Kind = LedgerKind.File, Path = args[6] }
    : new LedgerSettings
    {
        Kind = LedgerKind.PostgreSql,
        Host = "127.0.0.1",
        Port = int.Parse(args[6], CultureInfo.InvariantCulture),
        Database = "postgres",
        Username = args[7],
        Schema = args[8],
        SslMode = "Disable",
    };
var options = new SendOptions
{
    Campaign = args[3],
    ThrottleLimit = int.Parse(args[4], CultureInfo.InvariantCulture),
    ResendUnknown = args[^1] == "resend",
};
var rows = ids.Select((id, i) => new SendRow
{
    Row = i + 2,
    Recipient = RowRecipient.Person(id),
    StudyId = args[1],
    Body = "Dear {{ PARTICIPANT_ID }}, this is the reminder.",
}).ToList();

await using var session = new SendSession(
    options,
    new LineConsole(),
    _ => new AccountLookup(connection, null),
    cancellationToken => LedgerFactory.OpenAsync(settings, Environment.GetEnvironmentVariable("PROBE_PASSWORD"), null, cancellationToken));
Console.WriteLine("STARTED");
await session.SendListAsync(rows, CancellationToken.None).ConfigureAwait(false);
Console.WriteLine("FINISHED");
