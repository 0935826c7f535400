using System.Collections.Concurrent;
using ParticipantMessaging.Commands.Sending;

namespace ParticipantMessaging.Tests;

/// <summary>The file of <c>-UnsentPath</c> when several runs want it.</summary>
public sealed class UnsentFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pm-unsent-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Runs_that_begin_as_others_end_never_have_one_file_together_and_are_told_why()
    {
        string path = Path.Combine(_folder.FullName, "unsent.csv");
        int holders = 0;
        int had = 0;
        int together = 0;
        var refusals = new ConcurrentDictionary<string, int>();
        var runs = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref had) < 1000)
            {
                using var file = new UnsentFile(path);
                try
                {
                    file.Check(mayReplace: true);
                }
                catch (MessagingException e)
                {
                    refusals.AddOrUpdate(e.Message, 1, static (_, count) => count + 1);
                    continue;
                }

                if (Interlocked.Increment(ref holders) > 1) Interlocked.Increment(ref together);
                Thread.Yield();
                Interlocked.Decrement(ref holders);
                Interlocked.Increment(ref had);
            }
        })).ToList();
        runs.ForEach(static run => run.Start());
        runs.ForEach(static run => run.Join());
        Assert.Equal(0, together);
        Assert.All(refusals.Keys, static why => Assert.StartsWith("Another run is writing", why, StringComparison.Ordinal));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }
}
