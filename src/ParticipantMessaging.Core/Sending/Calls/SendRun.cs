using System.Threading.Channels;

namespace ParticipantMessaging.Sending;

/// <summary>What the senders of one run share.</summary>
internal sealed class SendRun(
    CallQueue queue, ChannelWriter<IReadOnlyList<SendResult>> results, ProgressMeter meter, CancellationToken stop, CancellationToken giveUp)
{
    private int _blocked;
    private int _blockedBeforeLook = 1;
    private int _isLooking;

    public CallQueue Queue => queue;

    public ChannelWriter<IReadOnlyList<SendResult>> Results => results;

    public ProgressMeter Meter => meter;

    public CancellationToken Stop => stop;

    public CancellationToken GiveUp => giveUp;

    /// <summary>Somebody else has claimed a person since the list was compared with the ledger.</summary>
    public void NoteBlocked() => Interlocked.Increment(ref _blocked);

    /// <summary>Whether it is time to compare the rest of the list with the ledger once more; true for one sender at a time, who calls <see cref="EndLook"/>.</summary>
    public bool TryBeginLook()
        => Volatile.Read(ref _blocked) >= Volatile.Read(ref _blockedBeforeLook) && Interlocked.CompareExchange(ref _isLooking, 1, 0) == 0;

    /// <summary>The rest of the list was compared with the ledger.</summary>
    /// <param name="read">How much there was to read: the more, the more refused claims it is worth.</param>
    public void EndLook(int read)
    {
        Volatile.Write(ref _blockedBeforeLook, 1 + (read / 1_000));
        Volatile.Write(ref _blocked, 0);
        Volatile.Write(ref _isLooking, 0);
    }
}
