using System.Globalization;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>A promise was broken.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>What happened.</summary>
internal readonly record struct Figures(int Runs, int Kills, int Stops, int Pairs, int WrongClocks, int Limited, long Requests, long Faults, int Resolved, int Unknown)
{
    public static Figures operator +(Figures one, Figures other) => new(
        one.Runs + other.Runs, one.Kills + other.Kills, one.Stops + other.Stops, one.Pairs + other.Pairs, one.WrongClocks + other.WrongClocks,
        one.Limited + other.Limited, one.Requests + other.Requests, one.Faults + other.Faults, one.Resolved + other.Resolved, one.Unknown + other.Unknown);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Runs:N0} runs ({Pairs:N0} times two at once), {Kills:N0} killed, {Stops:N0} stopped, {WrongClocks:N0} with a wrong clock, {Limited:N0} campaigns with a rate limit, {Requests:N0} requests, {Faults:N0} faults, {Resolved:N0} outcomes looked up, {Unknown:N0} left Unknown at the end.");
}

/// <summary>One campaign from its first run until everybody is settled.</summary>
internal sealed class Campaign(int seed, int people)
{
    private const int ChaoticRuns = 4;
    private const int MostRuns = 12;

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, string> _told = [];
    private SimulatorHost _sim = null!;
    private string _folder = "";
    private Figures _figures;

    public async Task<Figures> PlayAsync(bool verbose)
    {
        _sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = people, Members = 1, Seed = seed, RequestLogCapacity = 100_000 }).ConfigureAwait(false);
        await using (_sim.ConfigureAwait(false))
        {
            _folder = Directory.CreateTempSubdirectory("pm-kill-").FullName;
            try
            {
                await File.WriteAllLinesAsync(Path.Combine(_folder, "ids.txt"), _sim.State.Participants.Select(static p => p.Id)).ConfigureAwait(false);
                BeUnkind();
                for (var run = 0; run < ChaoticRuns; run++)
                    await RunAsync(mayBreak: true, verbose).ConfigureAwait(false);

                // The service behaves from here on; what is open is looked up, and the same command goes on.
                _sim.Faults.Clear();
                _sim.Options.Rate = null;
                for (var run = 0; run < MostRuns; run++)
                {
                    await ResolveAsync(verbose).ConfigureAwait(false);
                    if (await RunAsync(mayBreak: false, verbose).ConfigureAwait(false))
                        return Finish();
                }

                throw new BrokenPromiseException($"It does not come to an end: {string.Join(", ", _told.Where(static t => t.Value == "Failed").Select(static t => t.Key).Take(5))} are still Failed.");
            }
            finally
            {
                Directory.Delete(_folder, recursive: true);
            }
        }
    }

    private Figures Finish()
    {
        foreach (var person in _sim.State.Participants)
        {
            var told = _told[person.Id];
            if (person.MailboxCount != 1 && told != "Unknown")
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages and is told {told} at the end.");
        }

        return _figures with { Requests = _sim.State.Requests.Count, Unknown = _told.Values.Count(static told => told == "Unknown") };
    }

    private void BeUnkind()
    {
        foreach (var (status, stored, retryAfter) in new (int, bool, int?)[] { (429, false, null), (429, false, 0), (429, false, 1), (500, true, null), (502, false, null), (502, true, null), (503, true, 0), (504, true, null), (400, false, null) })
        {
            if (_random.Next(2) == 0)
                _sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/messages/", Kind = FaultKind.Status, Status = status, AfterStored = stored, RetryAfterSeconds = retryAfter, Probability = Chance() });
        }

        foreach (var kind in new[] { FaultKind.Reset, FaultKind.NoAnswer, FaultKind.HtmlPage, FaultKind.Redirect, FaultKind.Slow })
        {
            if (_random.Next(2) == 0)
                _sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/messages/", Kind = kind, AfterStored = kind != FaultKind.Redirect && _random.Next(2) == 0, DelayMs = 40, Probability = Chance() });
        }

        if (_random.Next(3) == 0)
        {
            _sim.Options.Rate = SimRate.Parse($"{_random.Next(40, 400)}/second");
            _figures = _figures with { Limited = 1 };
        }

        double Chance() => 0.004 + (_random.NextDouble() * 0.02);
    }

    /// <summary>Runs it once, in one process or two; true when nobody is left to be sent to.</summary>
    private async Task<bool> RunAsync(bool mayBreak, bool verbose)
    {
        var pair = mayBreak && _random.Next(4) == 0;
        var had = _sim.State.Participants.Where(static person => person.MailboxCount > 0).Select(static person => person.Id).ToHashSet();
        var probes = new List<ProbeRun>();
        for (var process = 0; process < (pair ? 2 : 1); process++)
        {
            var probe = Start("send", 1 + _random.Next(8));
            probe.HasCompany = pair;
            probes.Add(probe);
        }

        _figures = _figures with { Runs = _figures.Runs + probes.Count, Pairs = _figures.Pairs + (pair ? 1 : 0) };

        // At a random message, counted by the service, or after a while, in whatever it does then.
        var at = _sim.State.SentCount + _random.Next(1, Math.Max(2, people / 3));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sim.State.Stored = count =>
        {
            if (count >= at)
                reached.TrySetResult();
        };
        if (mayBreak && _random.Next(10) < 8)
        {
            var victim = probes[^1];
            await Task.WhenAny(reached.Task, victim.Ended, Task.Delay(_random.Next(200, 4_000))).ConfigureAwait(false);
            if (_random.Next(3) == 0)
                _figures = _figures with { Stops = _figures.Stops + (victim.Stop() ? 1 : 0) };
            else
                _figures = _figures with { Kills = _figures.Kills + (victim.Kill() ? 1 : 0) };
        }

        foreach (var probe in probes)
        {
            if (await Task.WhenAny(probe.Ended, Task.Delay(TimeSpan.FromMinutes(5))).ConfigureAwait(false) != probe.Ended)
                throw new BrokenPromiseException($"A run does not end: {string.Join(" / ", probe.Lines.TakeLast(3))}");
            if (verbose)
                Console.WriteLine($"  {string.Join(" / ", probe.Lines.Where(static line => !line.StartsWith("RECEIPT", StringComparison.Ordinal)).Take(6))}");
        }

        _figures = _figures with { Faults = _sim.Faults.All.Sum(static rule => rule.Struck) is var struck && struck > _figures.Faults ? struck : _figures.Faults };
        foreach (var probe in probes)
        {
            Check(probe, had);
            probe.Dispose();
        }

        return !mayBreak && _told.Count == people && !_told.ContainsValue("Failed");
    }

    private void Check(ProbeRun probe, HashSet<string> had)
    {
        var receipts = probe.Receipts;
        if (probe.Lines.Contains("FINISHED") && receipts.Count != people)
            throw new BrokenPromiseException($"{receipts.Count} receipts for {people} people.");
        if (probe.Lines.FirstOrDefault(static line => line.StartsWith("STDERR", StringComparison.Ordinal)) is { } error)
            throw new BrokenPromiseException($"A run failed: {error}");
        foreach (var person in _sim.State.Participants)
        {
            if (person.MailboxCount > 1)
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages.");
            if (!receipts.TryGetValue(person.Id, out var receipt))
                continue;

            _told[person.Id] = receipt.Status;

            // "Skipped" because another run is sending it just now says nothing about its end; "Failed" of a run that could not even ask says
            // nothing about the one before.
            var has = person.MailboxCount == 1;
            if ((receipt.Status == "Sent" && !has) || (receipt.Status == "Failed" && has && !had.Contains(person.Id) && !probe.HasCompany))
                throw new BrokenPromiseException($"{person.Id} has {person.MailboxCount} messages and is told {receipt.Status} ({receipt.Line}).");
            if (receipt.Status == "Skipped" && !has && !receipt.Line.Contains("right now", StringComparison.Ordinal))
                throw new BrokenPromiseException($"{person.Id} has no message and is told {receipt.Line}.");
            if (receipt.Status == "Skipped" && !has)
                _told[person.Id] = "Failed";
        }
    }

    private async Task ResolveAsync(bool verbose)
    {
        using var probe = Start("resolve", 1);
        await probe.Ended.ConfigureAwait(false);
        if (!probe.Lines.Contains("FINISHED"))
            throw new BrokenPromiseException($"Looking up failed: {string.Join(" / ", probe.Lines.TakeLast(3))}");
        foreach (var line in probe.Lines.Where(static line => line.StartsWith("RESOLVED Settled", StringComparison.Ordinal)))
        {
            var words = line.Split(' ');
            var has = _sim.State.Participants.First(person => person.Id == words[2]).MailboxCount;
            if ((words[3] == "Sent") != (has == 1))
                throw new BrokenPromiseException($"{words[2]} has {has} messages and was looked up as {words[3]}.");
            _figures = _figures with { Resolved = _figures.Resolved + 1 };
        }

        if (verbose)
            Console.WriteLine($"  looked up: {string.Join(", ", probe.Lines.Where(static line => line.StartsWith("RESOLVED", StringComparison.Ordinal)).GroupBy(static line => line.Split(' ')[1]).Select(static g => $"{g.Key} {g.Count()}"))}");
    }

    private ProbeRun Start(string what, int throttle)
    {
        var shift = _random.Next(3) == 0 ? _random.Next(-7_200, 7_200) : 0;
        if (shift != 0)
            _figures = _figures with { WrongClocks = _figures.WrongClocks + 1 };
        return new ProbeRun(_sim, _folder, throttle, shift, what == "resolve");
    }
}
