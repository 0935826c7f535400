using System.Runtime.CompilerServices;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>Whom one can write to.</summary>
public static class ParticipantReader
{
    // As many as one page of submissions: what is known of the order before anything is given out.
    private const int FirstPage = 200;

    /// <summary>
    /// The people of a study, each once, with their latest submission. With statuses: those whose latest submission has one of them, so that
    /// who returned and was approved later is no one who returned.
    /// </summary>
    /// <param name="client">The account.</param>
    /// <param name="studyId">The study (24 hex digits).</param>
    /// <param name="statuses">Statuses in any spelling; empty or null for all.</param>
    /// <param name="found">Counts the people by the status of their latest submission, those that are not wanted too; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The people, latest submissions first; as the pages come where the service keeps to that order.</returns>
    /// <exception cref="MessagingException">The id has a wrong shape, a status is not known, or the call failed.</exception>
    public static async IAsyncEnumerable<Participant> OfStudyAsync(
        ProlificClient client,
        string studyId,
        IReadOnlyCollection<string>? statuses = null,
        IDictionary<string, int>? found = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        studyId = IdShape.Check(studyId ?? "", "study", MessagingErrorReason.MissingStudy)!;
        IReadOnlySet<string> wanted = SubmissionStatus.Check(statuses);
        var latest = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var held = new List<Participant>();
        bool ordered = true, descends = false, streams = false;
        DateTimeOffset? before = null;
        await foreach (Participant submission in client.GetStudySubmissionsAsync(studyId, "-started_at", cancellationToken).ConfigureAwait(false))
        {
            ordered &= submission.StartedAt is null || before is null || submission.StartedAt <= before;
            descends |= submission.StartedAt < before;
            before = submission.StartedAt ?? before;
            if (latest.TryAdd(submission.ParticipantId, held.Count))
            {
                held.Add(submission);
            }
            else
            {
                int at = latest[submission.ParticipantId];
                if (at >= 0 && IsLater(submission, held[at])) held[at] = submission;
                continue;
            }

            // Latest first, as it was asked for: then the first submission of a person is the one that counts, and need not wait.
            if (!streams && !(ordered && descends && held.Count >= FirstPage)) continue;
            streams = true;
            foreach (Participant person in held)
            {
                latest[person.ParticipantId] = -1;
                if (IsWanted(person)) yield return person;
            }

            held.Clear();
        }

        foreach (Participant person in held)
        {
            if (IsWanted(person)) yield return person;
        }

        bool IsWanted(Participant person)
        {
            if (found is not null) found[person.Status] = (found.TryGetValue(person.Status, out int many) ? many : 0) + 1;
            return wanted.Count == 0 || wanted.Contains(SubmissionStatus.Normalize(person.Status));
        }
    }

    /// <summary>A place that is only reserved has no start yet; between submissions that started together the one that ended later counts, and one that has not ended most.</summary>
    private static bool IsLater(Participant one, Participant other)
    {
        DateTimeOffset started = Begin(one), otherStarted = Begin(other);
        return started > otherStarted || (started == otherStarted && other.CompletedAt is not null && (one.CompletedAt is null || one.CompletedAt > other.CompletedAt));

        static DateTimeOffset Begin(Participant submission)
            => submission.StartedAt ?? submission.CompletedAt ?? (SubmissionStatus.AreEqual(submission.Status, "RESERVED") ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue);
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
            if (seen.Add(member.ParticipantId)) yield return member;
        }
    }

    /// <summary>The participant groups of a workspace, or of all workspaces of the account.</summary>
    /// <param name="client">The account.</param>
    /// <param name="workspaceId">The workspace; null for the account's own (<see cref="Accounts.ServiceConnection.WorkspaceId"/>), or all of them when it has none.</param>
    /// <param name="withDeleted">Deleted groups too.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The groups.</returns>
    public static async IAsyncEnumerable<ParticipantGroup> GroupsAsync(ProlificClient client, string? workspaceId = null, bool withDeleted = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
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
                if ((withDeleted || !group.IsDeleted) && (group.Id.Length == 0 || seen.Add(group.Id))) yield return group;
            }
        }
    }
}
