using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists participant groups, with how many members they have; deleted ones only on request.</summary>
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
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>The workspace; without it that of the account, or all of them.</summary>
    [Parameter(ParameterSetName = "List")]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>Deleted groups too.</summary>
    [Parameter]
    public SwitchParameter IncludeDeleted { get; set; }

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
                string wanted = IdShape.Check(id, "participant group")!;
                ProlificClient client = await ConnectToProlificAsync(Instead).ConfigureAwait(false);
                ParticipantGroup group = await client.GetParticipantGroupAsync(wanted, cancellationToken).ConfigureAwait(false);
                if (group.IsDeleted && !IncludeDeleted)
                {
                    throw new MessagingException(
                        MessagingErrorReason.NotFound,
                        $"The participant group '{group.Name}' ({wanted}) was deleted.",
                        "Choose another group (Get-ParticipantGroup lists them), or look at this one with -IncludeDeleted.");
                }

                await WriteObjectAsync(group).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        string? workspace = IdShape.Check(WorkspaceId, "workspace");
        (string Text, WildcardPattern Pattern)[] names = [.. (Name ?? []).Select(static n => (n, new WildcardPattern(n, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant)))];
        var missing = names.Where(static n => !WildcardPattern.ContainsWildcardCharacters(n.Text)).Select(static n => n.Text).ToHashSet();
        int deleted = 0;
        ProlificClient client = await ConnectToProlificAsync(Instead).ConfigureAwait(false);
        await foreach (ParticipantGroup group in ParticipantReader.GroupsAsync(client, workspace, withDeleted: true, cancellationToken).ConfigureAwait(false))
        {
            if (names.Length > 0 && !names.Any(n => n.Pattern.IsMatch(group.Name))) continue;
            if (group.IsDeleted && !IncludeDeleted)
            {
                deleted++;
                continue;
            }

            missing.RemoveWhere(n => string.Equals(n, group.Name, StringComparison.OrdinalIgnoreCase));
            await WriteObjectAsync(group).ConfigureAwait(false);
        }

        foreach (string name in missing)
        {
            await WriteWarningAsync($"No participant group is named '{name}'{(deleted > 0 ? "; deleted ones are shown with -IncludeDeleted" : "")}.").ConfigureAwait(false);
        }
    }
}
