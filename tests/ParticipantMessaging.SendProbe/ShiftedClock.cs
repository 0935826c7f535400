namespace ParticipantMessaging.SendProbe;

/// <summary>The clock of a computer that is set wrongly, and is set right after so many looks at it.</summary>
internal sealed class ShiftedClock(TimeSpan shift, int looks) : TimeProvider
{
    private int _looks;

    public override DateTimeOffset GetUtcNow() => Interlocked.Increment(ref _looks) > looks ? base.GetUtcNow() : base.GetUtcNow() + shift;
}
