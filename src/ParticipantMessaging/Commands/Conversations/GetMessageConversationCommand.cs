using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists conversations: with whom, about what; most recently updated first.</summary>
[Cmdlet(VerbsCommon.Get, "MessageConversation")]
[OutputType(typeof(MessageConversation))]
public sealed class GetMessageConversationCommand : ReadingCmdlet
{
    /// <summary>Only conversations about this study.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string? StudyId { get; set; }

    /// <summary>The workspace whose conversations are listed instead of one's own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>Only conversations that this broadcast began.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("broadcast_id")]
    [ValidateNotNullOrEmpty]
    public string? BroadcastId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        string? studyId = StudyId;
        return GuardAsync(studyId ?? BroadcastId ?? WorkspaceId, async () =>
        {
            studyId = IdShape.Check(studyId, "study", MessagingErrorReason.MissingStudy);
            string? workspaceId = IdShape.Check(WorkspaceId, "workspace");
            ProlificClient client = await ConnectToProlificAsync(
                "Open Humans has no conversations: participants answer by e-mail to the project's contact address.").ConfigureAwait(false);
            await WriteAllAsync(Conversations.ReadAsync(client, workspaceId, studyId, BroadcastId, cancellationToken)).ConfigureAwait(false);
        });
    }
}
