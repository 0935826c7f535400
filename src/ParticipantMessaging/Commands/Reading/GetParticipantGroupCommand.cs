using System.Management.Automation;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists participant groups, with how many members they have.</summary>
[Cmdlet(VerbsCommon.Get, "ParticipantGroup", DefaultParameterSetName = "List")]
[OutputType(typeof(ParticipantGroup))]
public sealed class GetParticipantGroupCommand : ReadingCmdlet
{
    private const string Instead = "Open Humans has no groups; Get-Participant lists all members of the project.";

    /// <summary>One group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(GroupIdCompleter))]
    [Alias("GroupId", "group_id", "participant_group_id")]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only groups with this name; wildcards are allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = "List")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>The workspace; without it that of the account, or all of them.</summary>
    [Parameter(ParameterSetName = "List")]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Id is null)
        {
            await GuardAsync(WorkspaceId ?? (object?)Name, () => ListAsync(cancellationToken)).ConfigureAwait(false);
            return;
        }

        foreach (string id in Id)
        {
            await GuardAsync(id, async () =>
            {
                string group = IdShape.Check(id, "participant group")!;
                ProlificClient client = await ConnectToProlificAsync(Instead).ConfigureAwait(false);
                await WriteObjectAsync(await client.GetParticipantGroupAsync(group, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        string? workspace = IdShape.Check(WorkspaceId, "workspace");
        WildcardPattern[] names = [.. (Name ?? []).Select(static n => new WildcardPattern(n, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];
        ProlificClient client = await ConnectToProlificAsync(Instead).ConfigureAwait(false);
        await foreach (ParticipantGroup group in ParticipantReader.GroupsAsync(client, workspace, cancellationToken).ConfigureAwait(false))
        {
            if (names.Length == 0 || names.Any(n => n.IsMatch(group.Name))) await WriteObjectAsync(group).ConfigureAwait(false);
        }
    }
}
