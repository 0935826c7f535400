using System.Runtime.CompilerServices;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Whom one can write to.</summary>
public static class ParticipantReader
{
    /// <summary>
    /// The people of a study, each once, with their latest submission. With statuses: with the latest submission that has
    /// one of them.
    /// </summary>
    /// <param name="client">The account.</param>
    /// <param name="studyId">The study (24 hex digits).</param>
    /// <param name="statuses">Statuses in any spelling; empty or null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The people, as the pages come.</returns>
    /// <exception cref="MessagingException">The id has a wrong shape, or the call failed.</exception>
    public static async IAsyncEnumerable<Participant> OfStudyAsync(
        ProlificClient client,
        string studyId,
        IReadOnlyCollection<string>? statuses = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        studyId = IdShape.Check(studyId ?? "", "study", MessagingErrorReason.MissingStudy)!;
        HashSet<string> wanted = [.. (statuses ?? []).Select(SubmissionStatus.Normalize)];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);

        // Latest first, so that the first submission of a person is the one that counts.
        await foreach (Participant submission in client.GetStudySubmissionsAsync(studyId, "-started_at", cancellationToken).ConfigureAwait(false))
        {
            if (wanted.Count > 0 && !wanted.Contains(SubmissionStatus.Normalize(submission.Status))) continue;
            if (submission.ParticipantId.Length > 0 && seen.Add(submission.ParticipantId)) yield return submission;
        }
    }

    /// <summary>The members of a participant group, each once.</summary>
    /// <param name="client">The account.</param>
    /// <param name="groupId">The group (24 hex digits).</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The members.</returns>
    /// <exception cref="MessagingException">The id has a wrong shape, or the call failed.</exception>
    public static async IAsyncEnumerable<Participant> OfGroupAsync(ProlificClient client, string groupId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        groupId = IdShape.Check(groupId ?? "", "participant group")!;
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        await foreach (Participant member in client.GetGroupMembersAsync(groupId, cancellationToken).ConfigureAwait(false))
        {
            if (member.ParticipantId.Length == 0 || seen.Add(member.ParticipantId)) yield return member;
        }
    }

    /// <summary>The participant groups of a workspace, or of all workspaces of the account.</summary>
    /// <param name="client">The account.</param>
    /// <param name="workspaceId">The workspace; null for the account's own (<see cref="Accounts.ServiceConnection.WorkspaceId"/>), or all of them when it has none.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The groups.</returns>
    public static async IAsyncEnumerable<ParticipantGroup> GroupsAsync(ProlificClient client, string? workspaceId = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        workspaceId = IdShape.Check(workspaceId, "workspace") ?? client.Connection.WorkspaceId;
        var workspaces = new List<string>();
        if (workspaceId is not null)
        {
            workspaces.Add(workspaceId);
        }
        else
        {
            await foreach (ProlificWorkspace workspace in client.GetWorkspacesAsync(cancellationToken).ConfigureAwait(false)) workspaces.Add(workspace.Id);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string workspace in workspaces)
        {
            await foreach (ParticipantGroup group in client.GetParticipantGroupsAsync(workspace, cancellationToken).ConfigureAwait(false))
            {
                if (group.Id.Length == 0 || seen.Add(group.Id)) yield return group;
            }
        }
    }
}
