using System.Management.Automation;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Reads the unread messages; reading them does not mark them as read.</summary>
[Cmdlet(VerbsCommon.Get, "UnreadMessage")]
[OutputType(typeof(ParticipantMessage))]
public sealed class GetUnreadMessageCommand : FollowingCmdlet
{
    /// <summary>Only messages about this study.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string? StudyId { get; set; }

    /// <summary>Only messages of these categories, which the participant chose.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MessageCategoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Category { get; set; }

    /// <summary>Only messages of these senders.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("sender_id", "ParticipantId", "participant_id")]
    [ValidateNotNullOrEmpty]
    public string[]? SenderId { get; set; }

    /// <summary>Only messages since this date, or of this length of time back from now.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only messages that were not answered through this module.</summary>
    [Parameter]
    public SwitchParameter Unanswered { get; set; }

    /// <summary>With -Wait: leaves out what is there already.</summary>
    [Parameter]
    public SwitchParameter New { get; set; }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => GuardAsync(StudyId ?? Account, async () =>
    {
        string? study = IdShape.Check(StudyId, "study", MessagingErrorReason.MissingStudy);
        FollowOptions following = Following();
        if (New && !Wait)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "-New leaves out what is there already, so without -Wait it would show nothing.",
                "Give -Wait too, or -Since for what came since a time, or -Checkpoint for what came since the last run.");
        }

        ProlificClient client = await ConnectToProlificAsync(
            "Open Humans has no inbox: participants answer by e-mail to the project's contact address.").ConfigureAwait(false);
        using Checkpoint? checkpoint = OpenCheckpoint($"unread messages of account '{client.Connection.Account}'");
        IMessageLedger? ledger = Unanswered ? await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false) : null;
        try
        {
            var filter = new MessageFilter { StudyId = study, Categories = Category ?? [], SenderIds = SenderId ?? [], Since = Since };
            var unread = new UnreadMessages(client, filter, checkpoint, New) { Ledger = ledger };
            await WriteAllAsync(Follower.FollowAsync(unread.LookAsync, following, cancellationToken), checkpoint is null ? null : unread.Shown).ConfigureAwait(false);
            await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            if (ledger is not null) await ledger.DisposeAsync().ConfigureAwait(false);
        }
    });
}
