using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>
/// A campaign of personalised messages whose process is killed (kill -9) at random points and started again until it is through: nobody has
/// two messages, and whoever has none is reported Unknown.
/// </summary>
public sealed class KilledSendTests
{
    private const int People = 400;

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 3)]
    [InlineData(4, 3)]
    public async Task Nobody_gets_two_and_nobody_is_lost(int processes, int seeds)
    {
        for (int seed = 1; seed <= seeds; seed++)
        {
            string folder = Directory.CreateTempSubdirectory("pm-kill").FullName;
            try
            {
                await RunAsync(seed, processes, folder, ["file", Path.Combine(folder, "ledger.db")]);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    internal static async Task RunAsync(int seed, int processes, string folder, string[] ledger)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions
        {
            Participants = People,
            Seed = seed,
            LatencyMinMs = 5,
            LatencyMaxMs = 50,
        });
        string ids = Path.Combine(folder, "ids.txt");
        await File.WriteAllLinesAsync(ids, sim.State.Participants.Select(static p => p.Id));
        var random = new Random(seed);
        ProbeProcess Start() => new(sim.BaseUri, sim.Options.ProlificToken, sim.State.StudyId, ids, $"wave {seed}", 16, ledger);

        for (int kills = 0; kills < 4; kills++)
        {
            // Killed when the provider has received a random number of further messages: at any point of claim, call and outcome.
            long until = sim.State.SentCount + random.Next(1, (People / 5) + 1);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            sim.State.Stored = count =>
            {
                if (count >= until) reached.TrySetResult();
            };
            var running = Enumerable.Range(0, processes).Select(_ => Start()).ToList();
            await Task.WhenAny(reached.Task, Task.WhenAll(running.Select(static p => p.EndAsync())));
            foreach (ProbeProcess one in running) one.Kill();
            foreach (ProbeProcess one in running) await one.EndAsync();
            running.ForEach(static p => p.Dispose());
        }

        using ProbeProcess last = Start();
        await last.EndAsync();
        Assert.True(last.HasFinished, string.Join('\n', last.Lines.TakeLast(5)));
        Dictionary<string, string> receipts = last.Receipts;
        Assert.Equal(People, receipts.Count);
        foreach (SimParticipant person in sim.State.Participants)
        {
            Assert.InRange(person.MailboxCount, 0, 1);
            if (person.MailboxCount == 0) Assert.Equal(MessageStatus.Unknown, receipts[person.Id]);
            else Assert.Equal($"Dear {person.Id}, this is the reminder.", person.Mailbox[0].Body);
        }
    }
}
