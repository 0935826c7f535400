using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

public sealed class CheckpointTests : IDisposable
{
    private const string Scope = "unread messages of account 'lab'";

    private readonly string _folder = Directory.CreateTempSubdirectory("checkpoint").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_shown_is_known_to_the_next_process()
    {
        DateTimeOffset time = DateTimeOffset.UtcNow;
        using (var first = Checkpoint.Open("a", Scope, _folder))
        {
            first.Shown("m1", time);
            first.Shown("m2", null);
        }

        using var second = Checkpoint.Open("a", Scope, _folder);
        Assert.True(second.WasShown("m1", time));
        Assert.True(second.WasShown("m2", null));
        Assert.False(second.WasShown("m3", time));
    }

    [Fact]
    public async Task A_killed_process_loses_nothing_and_repeats_one_at_most()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 10, Unread = 300 });
        string[] all = [.. sim.State.Unread.Select(m => m.Id)];
        var shown = new List<string>();
        var random = new Random(5);
        string file = Path.Combine(_folder, "a.checkpoint");
        int kills = 0;
        while (true)
        {
            // What the killed process leaves behind is the file as it is at that moment.
            byte[]? left = null;
            int until = random.Next(1, 60), n = 0;
            using (var checkpoint = Checkpoint.Open("a", Scope, _folder))
            {
                await foreach (ParticipantMessage message in new UnreadMessages(sim.Prolific, null, checkpoint).LookAsync())
                {
                    shown.Add(message.Id);
                    if (++n < until) continue;
                    left = await File.ReadAllBytesAsync(file);
                    break;
                }
            }

            if (left is null) break;
            await File.WriteAllBytesAsync(file, random.Next(2) == 0 ? left : left[..^random.Next(0, 9)]);
            kills++;
        }

        Assert.True(kills > 3);
        Assert.Equal(all.Order(), shown.Distinct().Order());

        // The one on the way, and one more where the last line was torn.
        Assert.InRange(shown.Count - all.Length, kills, 2 * kills);
    }

    [Fact]
    public void Only_what_was_shown_is_noted_and_the_oldest_are_forgotten_with_a_floor()
    {
        DateTimeOffset start = DateTimeOffset.UtcNow;
        using (var checkpoint = Checkpoint.Open("a", Scope, _folder, null, capacity: 100))
        {
            for (int i = 0; i < 1000; i++) checkpoint.Shown($"m{i}", start.AddSeconds(i));
            Assert.True(checkpoint.WasShown("m0", start));
            Assert.False(checkpoint.WasShown("older", start.AddSeconds(-1)));
            checkpoint.LookCompleted();
            Assert.Equal(100, checkpoint.Count);
        }

        Assert.InRange(new FileInfo(Path.Combine(_folder, "a.checkpoint")).Length, 1, 10_000);
        using var next = Checkpoint.Open("a", Scope, _folder, null, capacity: 100);
        for (int i = 0; i < 1000; i++) Assert.True(next.WasShown($"m{i}", start.AddSeconds(i)));
        Assert.False(next.WasShown("new", start.AddSeconds(1001)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void A_name_that_is_none_is_refused(string name)
        => Assert.Equal(MessagingErrorReason.InvalidRequest, Assert.Throws<MessagingException>(() => Checkpoint.Open(name, Scope, _folder)).Reason);

    [Fact]
    public void A_checkpoint_is_for_one_thing_and_for_one_process_at_a_time()
    {
        using (var first = Checkpoint.Open("a", Scope, _folder))
        {
            Assert.Contains("in use", Assert.Throws<MessagingException>(() => Checkpoint.Open("a", Scope, _folder)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("belongs to", Assert.Throws<MessagingException>(() => Checkpoint.Open("a", "webhook events of account 'lab'", _folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_file_is_an_error_and_is_left_alone()
    {
        string file = Path.Combine(_folder, "a.checkpoint");
        File.WriteAllText(file, "not ours\n");

        Assert.Throws<MessagingException>(() => Checkpoint.Open("a", Scope, _folder));

        Assert.Equal("not ours\n", File.ReadAllText(file));
    }
}
