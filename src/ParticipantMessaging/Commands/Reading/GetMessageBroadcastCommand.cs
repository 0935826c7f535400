using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists broadcasts, newest first, with how many people they went to and how many answered.</summary>
[Cmdlet(VerbsCommon.Get, "MessageBroadcast", DefaultParameterSetName = "List")]
[OutputType(typeof(MessageBroadcast))]
public sealed class GetMessageBroadcastCommand : ReadingCmdlet
{
    /// <summary>One broadcast.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("BroadcastId", "broadcast_id")]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only broadcasts about this study.</summary>
    [Parameter(Position = 0, ParameterSetName = "List")]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string? StudyId { get; set; }

    /// <summary>The workspace whose broadcasts are meant.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        const string instead = "Open Humans has no broadcasts; Send-ParticipantMessage -AllMembers writes to all members of a project.";
        if (Id is null)
        {
            await GuardAsync(StudyId ?? WorkspaceId, async () =>
            {
                string? study = IdShape.Check(StudyId, "study", MessagingErrorReason.MissingStudy);
                string? workspace = IdShape.Check(WorkspaceId, "workspace");
                ProlificClient client = await ConnectToProlificAsync(instead).ConfigureAwait(false);
                await WriteAllAsync(client.GetBroadcastsAsync(workspace, study, cancellationToken)).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return;
        }

        foreach (string id in Id)
        {
            await GuardAsync(id, async () =>
            {
                string? workspace = IdShape.Check(WorkspaceId, "workspace");
                ProlificClient client = await ConnectToProlificAsync(instead).ConfigureAwait(false);
                await WriteObjectAsync(await client.GetBroadcastAsync(id, workspace, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }
}
