using System.Management.Automation;
using ParticipantMessaging.Http;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>A cmdlet that can go on looking for what is new.</summary>
public abstract class FollowingCmdlet : ReadingCmdlet
{
    /// <summary>Goes on looking, and emits what is new, until it is stopped.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Time between two looks, with -Wait; a fifth is added or taken off by chance.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Name of a memory of what was shown, which is kept in the user's data folder for the next run.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    /// <summary>Opens the checkpoint, when one is named.</summary>
    /// <param name="scope">What is followed.</param>
    protected Checkpoint? OpenCheckpoint(string scope) => Checkpoint is null ? null : Reading.Checkpoint.Open(Checkpoint, scope);

    /// <inheritdoc/>
    protected override string KeyOfWarning(ListEnd end) => Wait ? end?.Key ?? "" : base.KeyOfWarning(end!);

    /// <summary>How it is followed.</summary>
    /// <exception cref="MessagingException">InvalidRequest: the interval is too short.</exception>
    protected FollowOptions Following()
    {
        if (Wait && Interval < TimeSpan.FromMilliseconds(100))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "The time between two looks is shorter than a tenth of a second, which no service bears.",
                "Give a longer -Interval, such as 30s.");
        }

        return new FollowOptions { Wait = Wait, Interval = Interval, OnWarning = WriteWarningAsync };
    }
}
