using System.Globalization;
using System.Runtime.InteropServices;
using ParticipantMessaging;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Resolving;
using ParticipantMessaging.Sending;
using ParticipantMessaging.SendProbe;

// A campaign of personalised messages in a process of its own, for tests that kill it: prints a receipt a line.
// Arguments: base address, study, file of ids, campaign, calls at once, then "file <path>" or "postgres <port> <user> <schema>" on this computer.
// The token and the database's password come from the environment; so does how wrong this process' clock is (PROBE_SHIFT, seconds) and
// after how many looks it is set right (PROBE_LOOKS), how long a call may take (PROBE_TIMEOUT, milliseconds), and how many people a bulk call
// may have (PROBE_BATCH; everybody gets the same text then). "resend" as a last word sends unknown ones again; "resolve" looks them up instead.
// SIGTERM is a stop.
var time = new ShiftedClock(TimeSpan.FromSeconds(Number("PROBE_SHIFT", 0)), (int)Number("PROBE_LOOKS", int.MaxValue));
int batch = (int)Number("PROBE_BATCH", 1);
var connection = new ServiceConnection(
    MessagingProvider.Prolific,
    new AccessToken(Environment.GetEnvironmentVariable("PROBE_TOKEN") ?? throw new InvalidOperationException("PROBE_TOKEN is not set.")),
    new Uri(args[0]),
    "probe")
{
    CallTimeout = TimeSpan.FromMilliseconds(Number("PROBE_TIMEOUT", 60_000)),
};
var http = new ServiceHttp(new ServiceHttpOptions { TimeProvider = time });
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
string? password = Environment.GetEnvironmentVariable("PROBE_PASSWORD");
using var stop = new CancellationTokenSource();
using var onStop = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});

if (args[^1] == "resolve")
{
    IMessageLedger ledger = await LedgerFactory.OpenAsync(settings, password, time, stop.Token).ConfigureAwait(false);
    await using (ledger.ConfigureAwait(false))
    {
        var unknown = new List<SentMessage>();
        await foreach (SentMessage entry in ledger.QueryAsync(new LedgerQuery { Statuses = [MessageStatus.Unknown] }, stop.Token).ConfigureAwait(false)) unknown.Add(entry);
        var resolver = new MessageResolver(ledger, _ => Task.FromResult(new ProlificClient(connection, http)), TimeSpan.Zero, time);
        Started();
        await foreach (Resolution resolution in resolver.ResolveAsync(unknown, stop.Token).ConfigureAwait(false))
        {
            Console.WriteLine($"RESOLVED {resolution.Kind} {resolution.Entry.ParticipantId} {resolution.Entry.Status} {resolution.Why} {resolution.Error?.Message}");
        }
    }

    Ended("FINISHED");
    return;
}

var options = new SendOptions
{
    Campaign = args[3],
    BatchSize = batch > 1 ? batch : null,
    ThrottleLimit = int.Parse(args[4], CultureInfo.InvariantCulture),
    ResendUnknown = args[^1] == "resend",
};
var rows = ids.Select((id, i) => new SendRow
{
    Row = i + 2,
    Recipient = RowRecipient.Person(id),
    Content = new RowContent { StudyId = args[1], Body = batch > 1 ? "This is the reminder." : "Dear {{ PARTICIPANT_ID }}, this is the reminder." },
}).ToList();

await using var session = new SendSession(
    options,
    new LineConsole(),
    _ => new AccountLookup(connection, null),
    cancellationToken => LedgerFactory.OpenAsync(settings, password, time, cancellationToken),
    MessageGateways.Create(http),
    time);
Started();
try
{
    await session.SendListAsync(rows, stop.Token).ConfigureAwait(false);
    Ended("FINISHED");
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Ended("STOPPED");
}

void Started()
{
    Console.WriteLine($"CLOCK {time.GetUtcNow():O}");
    Console.WriteLine("STARTED");
}

void Ended(string how)
{
    Console.WriteLine($"CLOCK {time.GetUtcNow():O}");
    Console.WriteLine(how);
}

static double Number(string name, double otherwise)
    => double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : otherwise;
