using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
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
    [Alias("sender_id", "ParticipantId", "participant_id")]
    [ValidateNotNullOrEmpty]
    public string[]? SenderId { get; set; }

    /// <summary>Only messages since this date, or of this length of time back from now.</summary>
    [Parameter]
    [Since]
    public DateTimeOffset? Since { get; set; }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => GuardAsync(StudyId ?? Account, async () =>
    {
        string? study = IdShape.Check(StudyId, "study", MessagingErrorReason.MissingStudy);
        FollowOptions following = Following();
        ProlificClient client = await ConnectToProlificAsync(
            "Open Humans has no inbox: participants answer by e-mail to the project's contact address.").ConfigureAwait(false);
        using Checkpoint? checkpoint = OpenCheckpoint($"unread messages of account '{client.Connection.Account}'");
        var unread = new UnreadMessages(
            client,
            new MessageFilter { StudyId = study, Categories = Category ?? [], SenderIds = SenderId ?? [], Since = Since },
            checkpoint);
        await WriteAllAsync(
            Follower.FollowAsync(unread.LookAsync, following, cancellationToken),
            checkpoint is null ? null : unread.Shown).ConfigureAwait(false);
    });
}
