namespace ParticipantMessaging.SendProbe;

/// <summary>The clock of a computer that is set wrongly.</summary>
internal sealed class ShiftedClock(TimeSpan shift) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
}
