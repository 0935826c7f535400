// The CSV campaign of samples/Send-Campaign.ps1 on the library alone, without PowerShell:
//
//     PROLIFIC_TOKEN=… OPENHUMANS_TOKEN=… dotnet run --project samples/CampaignInCSharp -- participants.csv "wave 2"
//
// With --demo it starts the simulator, sends samples/participants.csv to it and shows replies and webhook events.
// Tokens come from the environment, because a command line can be read by every program of the computer.

using CampaignInCSharp;
using ParticipantMessaging;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // Calls in flight are settled, or marked Unknown in the ledger; then the program ends.
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    if (args is ["--demo"])
    {
        await using Demo demo = await Demo.StartAsync(stop.Token);
        return await RunAsync(demo.CsvPath, "wave 2", demo.Accounts, demo.Ledger, mayAsk: false);
    }

    if (args is [var path, var campaign]) return await RunAsync(path, campaign, AccountsFromEnvironment(), new LedgerSettings(), mayAsk: true);

    Console.Error.WriteLine("Usage: CampaignInCSharp <file.csv> <campaign>, or CampaignInCSharp --demo");
    return 2;
}
catch (MessagingException problem)
{
    Console.Error.WriteLine($"{problem.Message} {problem.RecommendedAction}");
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped. Run it again with the same campaign: nobody gets its message twice.");
    return 130;
}

async Task<int> RunAsync(string path, string campaign, IReadOnlyDictionary<string, ServiceConnection> accounts, LedgerSettings ledger, bool mayAsk)
{
    var console = new CampaignConsole(mayAsk);
    await using (var session = new SendSession(
        new SendOptions { Campaign = campaign },
        console,
        name => Find(accounts, name),
        ct => LedgerFactory.OpenAsync(ledger, password: null, TimeProvider.System, ct)))
    {
        // The first person stands in row 2 of the file, as a spreadsheet counts.
        var reader = new RowReader(new SendDefaults());
        var rows = CsvFile.Read(path)
            .Select((row, index) => reader.Read(index + 2, row, new DictionaryFields(row)))
            .ToList();
        await session.SendListAsync(rows, stop.Token);
    }

    Table.Write(
        console.Receipts,
        ("Row", r => $"{r.Row}"), ("Account", r => r.Account), ("To", r => r.ParticipantId), ("Status", r => r.Status), ("Reason", r => r.Reason));

    foreach (ServiceConnection connection in accounts.Values.Where(a => a.Provider == MessagingProvider.Prolific))
    {
        await ShowRepliesAsync(new ProlificClient(connection));
    }

    return console.Receipts.All(r => r.Status is not (MessageStatus.Failed or MessageStatus.Unknown)) ? 0 : 1;
}

async Task ShowRepliesAsync(ProlificClient client)
{
    List<ParticipantMessage> unread = await client.GetUnreadMessagesAsync(stop.Token).ToListAsync(stop.Token);
    Console.WriteLine($"Unread messages of {client.Connection.Account}:");
    Table.Write(unread, ("SentAt", m => Table.Time(m.SentAt)), ("From", m => m.SenderId), ("Body", m => m.Body));

    var events = new List<WebhookEvent>();
    await foreach (WebhookSubscription subscription in client.GetWebhookSubscriptionsAsync(cancellationToken: stop.Token))
    {
        events.AddRange(await client.GetWebhookEventsAsync(subscription.Id, cancellationToken: stop.Token).ToListAsync(stop.Token));
    }

    Console.WriteLine($"Webhook events of {client.Connection.Account}:");
    Table.Write(events, ("CreatedAt", e => Table.Time(e.CreatedAt)), ("EventType", e => e.EventType), ("Status", e => e.Status), ("About", e => $"{e.ResourceId} {e.ResourceStatus}"));
}

static AccountLookup Find(IReadOnlyDictionary<string, ServiceConnection> accounts, string? name)
{
    // A row without an account means the only one that there is.
    ServiceConnection? connection = name is null ? (accounts.Count == 1 ? accounts.Values.First() : null) : accounts.GetValueOrDefault(name);
    return connection is not null
        ? new AccountLookup(connection, null)
        : new AccountLookup(null, new MessagingException(
            MessagingErrorReason.AccountNotFound,
            name is null ? "A row names no account." : $"There is no account '{name}'.",
            "Set PROLIFIC_TOKEN or OPENHUMANS_TOKEN, and write prolific or openhumans into the column Account."));
}

static Dictionary<string, ServiceConnection> AccountsFromEnvironment()
{
    var accounts = new Dictionary<string, ServiceConnection>(StringComparer.OrdinalIgnoreCase);
    foreach ((string name, MessagingProvider provider) in new[] { ("prolific", MessagingProvider.Prolific), ("openhumans", MessagingProvider.OpenHumans) })
    {
        string? token = Environment.GetEnvironmentVariable($"{name.ToUpperInvariant()}_TOKEN");
        if (!string.IsNullOrWhiteSpace(token)) accounts.Add(name, new ServiceConnection(provider, new AccessToken(token), account: name));
    }

    return accounts;
}
