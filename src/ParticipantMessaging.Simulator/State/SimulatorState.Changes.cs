namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    private long _version;

    /// <summary>Rises with every request and every change; the page asks for it before it draws anew.</summary>
    public long Version => Interlocked.Read(ref _version);

    internal void Touch() => Interlocked.Increment(ref _version);
}
