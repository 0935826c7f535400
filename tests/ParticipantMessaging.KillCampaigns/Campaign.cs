using System.Globalization;
using System.Net.NetworkInformation;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>A promise was broken.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>One campaign from its first run until everybody is settled.</summary>
internal sealed class Campaign(int seed, int people, string? postgres, string? probe, bool limited)
{
    private const int ChaoticRuns = 4;
    private const int MostRuns = 12;
    private const string Sends = "/api/v1/messages/";

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, string> _told = [];
    private readonly List<FaultRule> _faults = [];
    private readonly LedgerPlace _ledger = new(postgres);
    private SimulatorHost _sim = null!;
    private string _folder = "";
    private int _batch = 1;

    /// <summary>What happened so far.</summary>
    public Figures Figures { get; } = new();

    public async Task PlayAsync(Action<string>? tell)
    {
        _sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = people, Members = 1, Seed = seed, RequestLogCapacity = 100_000 }).ConfigureAwait(false);
        await using (_sim.ConfigureAwait(false))
        {
            _folder = Directory.CreateTempSubdirectory("pm-kill-").FullName;
            await _ledger.CreateAsync().ConfigureAwait(false);
            try
            {
                await File.WriteAllLinesAsync(Path.Combine(_folder, "ids.txt"), _sim.State.Participants.Select(static p => p.Id)).ConfigureAwait(false);
                BeUnkind();
                for (int run = 0; run < ChaoticRuns; run++)
                {
                    await RunAsync(mayBreak: true, tell).ConfigureAwait(false);
                    if (_random.Next(4) == 0)
                        await ResolveAsync(mayBreak: true, tell).ConfigureAwait(false);
                }

                // The service behaves from here on; what is open is looked up, and the same command goes on.
                _sim.Faults.Clear();
                _sim.Options.Rate = null;
                for (int run = 0; run < MostRuns; run++)
                {
                    await ResolveAsync(mayBreak: false, tell).ConfigureAwait(false);
                    if (await RunAsync(mayBreak: false, tell).ConfigureAwait(false))
                    {
                        Finish();
                        return;
                    }
                }

                throw new BrokenPromiseException($"It does not come to an end: {string.Join(", ", _told.Where(static t => t.Value is "Failed" or "Unknown").Take(5))}.");
            }
            finally
            {
                Directory.Delete(_folder, recursive: true);
                await _ledger.DropAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Everybody has one message and has been told so; what the simulator answered is counted.</summary>
    private void Finish()
    {
        foreach (SimParticipant person in _sim.State.Participants)
        {
            if (person.MailboxCount != 1 || _told[person.Id] is not ("Sent" or "Skipped"))
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages and is told {_told[person.Id]} at the end.");
        }

        Figures.Count("campaigns");
        Figures.Count("campaigns in bulk calls", _batch > 1 ? 1 : 0);
        Figures.Count("requests", _sim.State.Requests.Count);
        Figures.Count("refused by the rate limit", _sim.State.Requests.All.Count(static request => request.Fault == "rate"));
        foreach (FaultRule rule in _faults)
            Figures.Count($"fault {rule.Id}", rule.Struck);
        Figures.Count("faults", _faults.Sum(static rule => (long)rule.Struck));
    }

    private void BeUnkind()
    {
        if (_random.Next(3) == 0)
            _batch = _random.Next(2, 60);

        // A bulk call has that many people: fewer calls, each the likelier to be hit.
        int scale = Math.Min(12, _batch);
        foreach ((int status, bool stored, int? retryAfter) in new (int, bool, int?)[] { (429, false, null), (429, false, 0), (429, false, 1), (500, true, null), (502, false, null), (502, true, null), (503, true, 0), (504, true, null), (400, false, null) })
        {
            if (_random.Next(2) == 0)
                Add(new FaultRule { Id = $"{status}{(stored ? " after it was stored" : "")}{(retryAfter is { } seconds ? $" Retry-After {seconds}" : "")}", Kind = FaultKind.Status, Status = status, AfterStored = stored, RetryAfterSeconds = retryAfter, Probability = Chance() });
        }

        foreach (FaultKind kind in new[] { FaultKind.Reset, FaultKind.NoAnswer, FaultKind.HtmlPage, FaultKind.Redirect, FaultKind.Slow })
        {
            if (_random.Next(2) != 0)
                continue;
            bool stored = kind == FaultKind.Slow || (kind != FaultKind.Redirect && _random.Next(2) == 0);
            Add(new FaultRule { Id = $"{kind}{(stored && kind != FaultKind.Slow ? " after it was stored" : "")}", Kind = kind, AfterStored = stored, DelayMs = 40, Probability = Chance() });
        }

        // Looking up meets an unkind service, too.
        foreach ((string? id, FaultKind kind) in new[] { ("list 500", FaultKind.Status), ("list cut", FaultKind.CutList), ("list Reset", FaultKind.Reset) })
        {
            if (_random.Next(2) == 0)
                Add(new FaultRule { Id = id, Kind = kind, Method = "GET", Probability = 0.1 });
        }

        if (_random.Next(3) == 0 || limited)
        {
            // Without a burst, so that it bites on a slow computer too.
            _sim.Options.Rate = SimRate.Parse($"{_random.Next(10, 100)}/second");
            _sim.Options.RateBurst = _random.Next(1, 4);
            Figures.Count("campaigns with a rate limit");
        }

        double Chance() => (0.004 + (_random.NextDouble() * 0.02)) * scale;

        void Add(FaultRule rule)
        {
            rule.Method ??= "POST";
            rule.PathPrefix = Sends;
            _faults.Add(_sim.Faults.Add(rule));
        }
    }

    /// <summary>Runs it once, in one process or two; true when nobody is left to be sent to.</summary>
    private async Task<bool> RunAsync(bool mayBreak, Action<string>? tell)
    {
        bool pair = mayBreak && _random.Next(4) == 0;
        var had = _sim.State.Participants.Where(static person => person.MailboxCount > 0).Select(static person => person.Id).ToHashSet();
        var probes = new List<ProbeRun>();
        for (int process = 0; process < (pair ? 2 : 1); process++)
        {
            ProbeRun one = Start(resolves: false);
            one.HasCompany = pair;
            probes.Add(one);
        }

        Figures.Count("runs", probes.Count);
        Figures.Count("times two at once", pair ? 1 : 0);
        try
        {
            if (mayBreak)
                await BreakAsync(probes).ConfigureAwait(false);
            foreach (ProbeRun one in probes)
            {
                await EndAsync(one, tell).ConfigureAwait(false);
                Check(one, had);
            }
        }
        finally
        {
            probes.ForEach(static one => one.Dispose());
        }

        return !mayBreak && _told.Count == people && _told.Values.All(static told => told is "Sent" or "Skipped");
    }

    /// <summary>At a random message, counted by the service, or after a while, in whatever it does then.</summary>
    private async Task BreakAsync(List<ProbeRun> probes)
    {
        long at = _sim.State.SentCount + _random.Next(1, Math.Max(2, people / 3));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sim.State.Stored = count =>
        {
            if (count >= at)
                reached.TrySetResult();
        };
        int choice = _random.Next(20);
        bool both = _random.Next(3) == 0;
        bool early = _random.Next(5) == 0;
        var later = TimeSpan.FromMilliseconds(_random.Next(early ? 200 : 0, early ? 1_000 : 4_000));
        var after = TimeSpan.FromMilliseconds(_random.Next(0, 300));
        if (choice < 3)
            return;
        if (!early)
            await Task.WhenAny(probes[^1].Begun, probes[^1].Ended).ConfigureAwait(false);
        await Task.WhenAny(reached.Task, Task.WhenAll(probes.Select(static one => one.Ended)), Task.Delay(later)).ConfigureAwait(false);
        if (choice < 5)
        {
            // The service is away for a moment: connections are refused, open ones end.
            await _sim.StopListeningAsync().ConfigureAwait(false);
            await Task.Delay(after).ConfigureAwait(false);
            await _sim.ListenAsync().ConfigureAwait(false);
            Figures.Count("times the service was away");
            return;
        }

        foreach (ProbeRun? victim in both ? probes : probes.TakeLast(1))
        {
            if (choice < 14)
            {
                victim.Kill();
                continue;
            }

            victim.Stop();
            if (choice < 16)
            {
                // A stop, and no patience.
                await Task.WhenAny(victim.Ended, Task.Delay(after)).ConfigureAwait(false);
                victim.Kill();
            }
        }
    }

    private async Task EndAsync(ProbeRun one, Action<string>? tell)
    {
        // Where the service refuses every other call for its rate, all of it takes its time: it is a standstill that is none of its business.
        long asked = -1;
        while (!one.Ended.IsCompleted && asked < _sim.State.Requests.Count)
        {
            asked = _sim.State.Requests.Count;
            await Task.WhenAny(one.Ended, Task.Delay(TimeSpan.FromMinutes(3))).ConfigureAwait(false);
        }

        if (!one.Ended.IsCompleted) throw new BrokenPromiseException($"A run stands still: {string.Join(" / ", one.Lines.TakeLast(3))}");
        tell?.Invoke($"  {string.Join(" / ", one.Lines.Where(static line => line.Split(' ')[0] is not ("RECEIPT" or "RESOLVED" or "CLOCK")).Take(6))}{(one.WasKilled ? " / killed" : "")}");
        if (one.Lines.FirstOrDefault(static line => line.StartsWith("STDERR", StringComparison.Ordinal)) is { } error)
            throw new BrokenPromiseException($"A run failed: {error}");

        // It says how it ended, unless it was killed: nothing is silent.
        if (!one.WasKilled && !one.Lines.Contains("FINISHED") && !(one.WasTold && one.Lines.Contains("STOPPED")) && !one.WasStoppedBeforeItBegan)
            throw new BrokenPromiseException($"A run ended without a word: {string.Join(" / ", one.Lines.TakeLast(3))}");
        Figures.Count("killed", one.WasKilled ? 1 : 0);
        Figures.Count("killed at work", one.WasKilled && one.Begun.IsCompleted ? 1 : 0);
        Figures.Count("stopped", one.Lines.Contains("STOPPED") ? 1 : 0);
        Figures.Count("with a wrong clock", one.WrongBy.Count > 0 && one.WrongBy[0] ? 1 : 0);
        Figures.Count("whose clock was set right midway", one.WrongBy.Count > 1 && one.WrongBy[0] && !one.WrongBy[1] ? 1 : 0);
    }

    private void Check(ProbeRun run, HashSet<string> had)
    {
        Dictionary<string, (string Status, string Line)> receipts = run.Receipts;
        if (run.Lines.Contains("FINISHED") && receipts.Count != people)
            throw new BrokenPromiseException($"{receipts.Count} receipts for {people} people.");
        Figures.Count("receipts", receipts.Count);
        foreach (SimParticipant person in _sim.State.Participants)
        {
            if (person.MailboxCount > 1)
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages.");
            if (!receipts.TryGetValue(person.Id, out (string Status, string Line) receipt))
                continue;

            Figures.Count($"told {receipt.Status}");
            _told[person.Id] = receipt.Status;

            // "Skipped" because another run is sending it just now says nothing about its end; "Failed" of a run that could not even ask says
            // nothing about the one before.
            bool has = person.MailboxCount == 1;
            if ((receipt.Status == "Sent" && !has) || (receipt.Status == "Failed" && has && !had.Contains(person.Id) && !run.HasCompany))
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages and is told {receipt.Status} ({receipt.Line}).");
            if (receipt.Status == "Skipped" && !has && !receipt.Line.Contains("right now", StringComparison.Ordinal))
                throw new BrokenPromiseException($"{person.Id} has no message and is told {receipt.Line}.");
            if (receipt.Status == "Skipped" && !has)
                _told[person.Id] = "Failed";
        }
    }

    private async Task ResolveAsync(bool mayBreak, Action<string>? tell)
    {
        // What a killed run had put on the wire may still be on its way into the service. The cmdlet waits two minutes for that; here it is
        // enough that nobody is connected any more and every request has been dealt with.
        for (int patience = 0; !IsQuiet(); patience++)
        {
            if (patience == 600)
                throw new BrokenPromiseException("The simulator does not get done with its requests.");
            await Task.Delay(50).ConfigureAwait(false);
        }

        using ProbeRun run = Start(resolves: true);
        if (mayBreak && _random.Next(2) == 0)
        {
            await Task.WhenAny(run.Ended, run.Begun).ConfigureAwait(false);
            await Task.WhenAny(run.Ended, Task.Delay(_random.Next(0, 300))).ConfigureAwait(false);
            run.Kill();
        }

        await EndAsync(run, tell).ConfigureAwait(false);
        Figures.Count("times looked up");
        Figures.Count("looking up killed", run.WasKilled ? 1 : 0);
        foreach (string[]? words in run.Lines.Where(static line => line.StartsWith("RESOLVED ", StringComparison.Ordinal)).Select(static line => line.Split(' ')))
        {
            Figures.Count($"looked up: {words[1]}");
            if (words[1] != "Settled")
                continue;
            int has = _sim.State.Participants.First(person => person.Id == words[2]).MailboxCount;
            if ((words[3] == "Sent") != (has == 1))
                throw new BrokenPromiseException($"{words[2]} has {has} messages and was looked up as {words[3]}. {string.Join("; ", _sim.State.Requests.All.Where(request => request.Path.Contains(words[2], StringComparison.Ordinal) || request.Query.Contains(words[2], StringComparison.Ordinal) || request.Body.Contains(words[2], StringComparison.Ordinal)).Select(static request => string.Create(CultureInfo.InvariantCulture, $"{request.Number} {request.Time:HH:mm:ss.fff} {request.Method} {request.Status} {request.Fault} {request.Stored} {request.DurationMs:0}")))}");
        }
    }

    private bool IsQuiet()
        => !IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
                .Any(connection => connection.LocalEndPoint.Port == _sim.BaseUri.Port && connection.State is TcpState.Established or TcpState.CloseWait)
            && _sim.State.Requests.All.All(static request => request.DurationMs > 0);

    private ProbeRun Start(bool resolves)
    {
        int shift = _random.Next(3) == 0 ? _random.Next(-7_200, 7_200) : 0;
        int looks = _random.Next(2) == 0 ? _random.Next(1, 5 * people) : int.MaxValue;
        int throttle = 1 + _random.Next(8);
        return new ProbeRun(_sim, _folder, _ledger, new ProbeOptions(probe, throttle, _batch, shift, looks, resolves));
    }
}
