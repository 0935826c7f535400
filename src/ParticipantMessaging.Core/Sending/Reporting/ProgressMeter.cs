namespace ParticipantMessaging.Sending;

/// <summary>Counts people and estimates the time left.</summary>
internal sealed class ProgressMeter(int total, TimeProvider time, Action<SendProgress>? report)
{
    private readonly long _start = time.GetTimestamp();
    private int _done;

    public void Count(int people)
    {
        int done = Interlocked.Add(ref _done, people);
        if (report is null) return;
        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        double rate = seconds > 0 ? done / seconds : 0;
        report(new SendProgress(done, total, rate, rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : null));
    }
}
