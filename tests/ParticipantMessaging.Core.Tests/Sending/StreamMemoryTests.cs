using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>Alone, because what other tests keep would be counted.</summary>
[Collection(AloneCollection.Name)]
public sealed class StreamMemoryTests
{
    [Fact]
    public void A_stream_without_an_end_keeps_marks_of_its_rows_and_nothing_else()
    {
        const int Rows = 100_000;
        var check = new ListCheck(new SendOptions(), Make.Account);
        var kept = new WeakReference[10];
        // What earlier tests left to their finalizers would be freed meanwhile.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Rows; i++)
        {
            SendRow row = Make.Row(i + 2, Make.Id(i), body: "Dear {{ name }}", fields: ("name", $"Person {i}"));
            if (i % (Rows / kept.Length) == 0) kept[i / (Rows / kept.Length)] = new WeakReference(row);
            Assert.NotNull(check.CheckStreamed(row).Message);
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.DoesNotContain(kept.SkipLast(1), static row => row.IsAlive);
        // A million rows have to stay below 100 MB more.
        Assert.True((after - before) / Rows < 100, $"{(after - before) / Rows} bytes a row are kept.");
        Assert.Equal(2, check.CheckStreamed(Make.Row(Rows + 2, Make.Id(0), body: "Dear Person 0")).DuplicateOf);
    }
}
