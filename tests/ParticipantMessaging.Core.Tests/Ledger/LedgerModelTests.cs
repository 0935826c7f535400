using ParticipantMessaging.Core.Tests;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>
/// Random histories of several runs against a model that is as simple as the promise: of a person's entries, the latest that is not
/// Failed stands; it alone decides whether the next claim is granted.
/// </summary>
public sealed class LedgerModelTests
{
    private const int People = 3;
    private const int Runs = 3;

    [SteadyProperty(MaxTest = 40, EndSize = 80)]
    public void Every_history_keeps_the_promise(byte[] choices) => Task.Run(() => PlayAsync(choices)).GetAwaiter().GetResult();

    private static async Task PlayAsync(byte[] choices)
    {
        using var folder = new TempFolder();
        var runs = new SqlLedger[Runs];
        for (int run = 0; run < Runs; run++)
            runs[run] = await OpenAsync(folder);
        List<Entry>[] model = Enumerable.Range(0, People).Select(static _ => new List<Entry>()).ToArray();
        foreach (byte choice in choices)
        {
            int run = choice % Runs;
            int person = choice / Runs % People;
            Entry? entry = model[person].LastOrDefault(entry => entry.Run == run && entry.Status == MessageStatus.Sending)
                ?? model[person].LastOrDefault(static entry => entry.Status == MessageStatus.Unknown);
            switch (choice / (Runs * People) % 8)
            {
                case 0 or 1 or 2 or 3:
                    await ClaimAsync(runs[run], run, model[person], person, new ClaimOptions(choice % 2 == 1, choice / 4 % 2 == 1));
                    break;
                case 4:
                    await SettleAsync(runs[run], entry, MessageStatus.Sent);
                    break;
                case 5:
                    await SettleAsync(runs[run], entry, choice % 2 == 0 ? MessageStatus.Failed : MessageStatus.Unknown);
                    break;
                case 6 when entry is { Status: MessageStatus.Sending }:
                    await runs[run].ReleaseAsync([entry.Id], default);
                    model[person].Remove(entry);
                    break;
                case 7:
                    // It ends without settling what is open, and another begins.
                    await runs[run].DisposeAsync();
                    runs[run] = await OpenAsync(folder);
                    foreach (Entry? open in model.SelectMany(static entries => entries).Where(open => open.Run == run && open.Status == MessageStatus.Sending))
                        open.Status = MessageStatus.Unknown;
                    break;
            }

            IReadOnlyDictionary<string, StandingEntry> standing = await runs[0].GetCampaignAsync("lab", Study, "wave 1", default);
            var expected = Enumerable.Range(0, People).Where(index => Standing(model[index]) is not null).ToDictionary(Person, index => Standing(model[index])!);
            Assert.Equal(expected.Keys.Order(), standing.Keys.Order());
            Assert.All(standing, pair => Assert.Equal((expected[pair.Key].Id, expected[pair.Key].Status), (pair.Value.Id, pair.Value.Status)));
        }

        foreach (SqlLedger run in runs)
            await run.DisposeAsync();
    }

    private static async Task ClaimAsync(SqlLedger ledger, int run, List<Entry> entries, int person, ClaimOptions options)
    {
        Entry? standing = Standing(entries);
        ClaimResult result = await ledger.ClaimOneAsync(Claim(person), options);
        bool expected = standing?.Status switch
        {
            null => true,
            MessageStatus.Sending => false,
            MessageStatus.Unknown => options.ResendUnknown,
            _ => options.Force,
        };
        Assert.Equal(expected, result.IsGranted);
        if (result.IsGranted)
            entries.Add(new Entry { Id = result.EntryId, Run = run, Status = MessageStatus.Sending });
        else
            Assert.Equal(standing!.Id, result.Blocking!.Id);
    }

    private static async Task SettleAsync(SqlLedger ledger, Entry? entry, string status)
    {
        if (entry is null)
            return;

        await ledger.SettleAsync(entry.Id, status, "because");
        entry.Status = status;
    }

    private static Entry? Standing(List<Entry> entries) => entries.LastOrDefault(static entry => entry.Status != MessageStatus.Failed);

    private static async Task<SqlLedger> OpenAsync(TempFolder folder)
    {
        var ledger = new SqlLedger(new SqliteDialect(folder.File()), TimeProvider.System);
        await ledger.OpenAsync(default);
        return ledger;
    }

    private sealed class Entry
    {
        public required long Id { get; init; }

        public required int Run { get; init; }

        public required string Status { get; set; }
    }
}
