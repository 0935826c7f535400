using System.Globalization;
using ParticipantMessaging.Benchmarks.Running;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>Reading the ledger, and settling what it does not know, beside plain loops.</summary>
internal sealed class LedgerCase : IBenchCase
{
    private const int Entries = 200_000;
    private const int Open = 1_000;

    public string Name => "ledger";

    public async Task RunAsync(Bench bench)
    {
        await ReadAsync(bench).ConfigureAwait(false);
        await ResolveAsync(bench).ConfigureAwait(false);
    }

    private static async Task ReadAsync(Bench bench)
    {
        string home = bench.NewHome();
        string file = Path.Combine(home, "bench.db");
        await FillAsync(file).ConfigureAwait(false);
        Series ours = new(), plain = new(), old = new();
        // A home of its own, too: the version before knows no -Scope Session, and this one looks into the ledger that it leaves.
        string oldHome = bench.NewHome();
        string? oldFile = bench.Before is null ? null : await FillByAsync(bench, bench.Before).ConfigureAwait(false);
        for (int round = 0; round < bench.Rounds; round++)
        {
            Measurement loop = await ChildProcess.OwnAsync(home, "ceiling-ledger", file).ConfigureAwait(false);
            Bench.Check(loop, Entries, "ceiling-ledger");
            plain.Add(loop);
            await Bench.InTurnAsync(
                round,
                () => ReadAllAsync(ours, bench.Module, file, home),
                bench.OfBefore(before => ReadAllAsync(old, before, oldFile!, oldHome))).ConfigureAwait(false);
        }

        static async Task ReadAllAsync(Series series, string module, string ledger, string home)
        {
            Measurement read = await ChildProcess.PowerShellAsync("sent-ours", new { module, ledger }, home).ConfigureAwait(false);
            Bench.Check(read, Entries, "sent-ours");
            series.Add(read);
        }

        bench.Report.Section("200,000 entries of the ledger", "| Who | Wall, ms (spread) | CPU, ms (spread) | Entries/s |");
        Row(bench, "**`Get-SentMessage`**, each a typed object", ours);
        if (old.Runs.Count > 0) Row(bench, "the version before, a ledger of its own", old);
        Row(bench, "a plain `SELECT` in a compiled program, each column of each row read", plain);
        bench.Report.Target("200,000 entries, times the plain loop", Series.Ratios(ours, plain, static r => r.WallMs), "≤", 4);
        bench.BesideBefore("200,000 entries", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("200,000 entries", ours, old);
    }

    private static async Task ResolveAsync(Bench bench)
    {
        using SimulatorProcess sim = await SimulatorProcess.StartAsync("--participants", (Open + 50).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        string list = bench.File("open.csv"), warm = bench.File("open-warm.csv");
        await sim.WriteListAsync(list, 50, Open).ConfigureAwait(false);
        await sim.WriteListAsync(warm, 0, 50).ConfigureAwait(false);
        Series ours = new(), loop = new(), old = new();
        for (int round = 0; round < bench.Rounds; round++)
        {
            await Bench.InTurnAsync(round, () => RoundAsync(bench.Module, ours, loop), bench.OfBefore(before => RoundAsync(before, old, new Series()))).ConfigureAwait(false);
        }

        async Task RoundAsync(string module, Series resolves, Series asks)
        {
            string home = bench.NewHome();
            var options = new { module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, study = sim.Study, list, warmList = warm };
            await sim.PostAsync("clear-messages", new { }).ConfigureAwait(false);
            // Stored, and answered with a failure: nobody knows of 1,000 messages whether they arrived.
            await sim.PostAsync("faults", new { method = "POST", pathPrefix = "/api/v1/messages", kind = "Status", status = 502, afterStored = true, count = 2 }).ConfigureAwait(false);
            Bench.Check(await ChildProcess.PowerShellAsync("resolve-prepare", options, home).ConfigureAwait(false), Open, "resolve-prepare");
            Measurement asked = await ChildProcess.PowerShellAsync("resolve-loop", options, home).ConfigureAwait(false);
            Bench.Check(asked, Open, "resolve-loop");
            asks.Add(asked);
            Measurement resolved = await ChildProcess.PowerShellAsync("resolve-ours", options, home).ConfigureAwait(false);
            Bench.Check(resolved, Open, "resolve-ours");
            resolves.Add(resolved);
        }

        bench.Report.Section("1,000 messages of which nobody knows whether they arrived", "| Who | Wall, ms (spread) | CPU, ms (spread) | People/s |");
        Row(bench, "**`Resolve-SentMessage`**: looked up, settled in the ledger", ours);
        if (old.Runs.Count > 0) Row(bench, "the version before", old);
        Row(bench, "`Invoke-RestMethod`, one person's messages after the other's, compared with the text", loop);
        bench.Report.Target("1,000 open messages, times the plain loop", Series.Ratios(ours, loop, static r => r.WallMs), "≤", 1);
        bench.BesideBefore("1,000 open messages", ours, old, static r => r.WallMs, "≤", 1);
        bench.CpuBesideBefore("1,000 open messages", ours, old);
    }

    /// <summary>An earlier version does not read a ledger of this one: it fills one by sending.</summary>
    private static async Task<string> FillByAsync(Bench bench, string module)
    {
        using SimulatorProcess sim = await SimulatorProcess.StartAsync("--participants", Entries.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        string list = bench.File("entries.csv"), home = bench.NewHome(), ledger = Path.Combine(home, "bench.db");
        await sim.WriteListAsync(list, 0, Entries).ConfigureAwait(false);
        var options = new { module, baseUri = sim.BaseUri.ToString(), token = SimulatorProcess.Token, study = sim.Study, list, ledger };
        Bench.Check(await ChildProcess.PowerShellAsync("sent-fill", options, home).ConfigureAwait(false), Entries, "sent-fill");
        return ledger;
    }

    private static async Task FillAsync(string file)
    {
        IMessageLedger ledger = await LedgerFactory.OpenAsync(new LedgerSettings { Path = file }, null, null, CancellationToken.None).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            for (int first = 0; first < Entries; first += 4_000)
            {
                MessageClaim[] claims =
                [
                    .. Enumerable.Range(first, 4_000).Select(static person => new MessageClaim
                    {
                        ParticipantId = string.Create(CultureInfo.InvariantCulture, $"5f{(uint)person * 2_654_435_761:x8}{person:x14}")[..24],
                        Message = new ClaimedMessage
                        {
                            Account = "lab",
                            Identity = "https://api.prolific.com/5f0000000000000000000001",
                            Provider = "Prolific",
                            StudyId = "6a0000000000000000000001",
                            Campaign = "wave 2",
                            BodyHash = new string('a', 64),
                            NormalizedHash = new string('b', 64),
                            BodyLength = 120,
                        },
                    }),
                ];
                IReadOnlyList<ClaimResult> claimed = await ledger.ClaimAsync(claims, new ClaimOptions(), CancellationToken.None).ConfigureAwait(false);
                await ledger.SettleAsync([.. claimed.Select(static c => new MessageOutcome(c.EntryId, "Sent", "", 204, 1))], CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static void Row(Bench bench, string who, Series series) => bench.Report.Row(
        who, Bench.Row(series), Bench.Row(series, static r => r.CpuMs), Series.Number(series.PerSecond));
}
