using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <content>Studies' submissions and participant groups: whom one can write to.</content>
public sealed partial class ProlificClient
{
    private const string GroupsPath = "/api/v1/participant-groups/";

    /// <summary>Submissions of a study (<c>GET studies/{id}/submissions/</c>), each as a participant.</summary>
    /// <param name="studyId">The study.</param>
    /// <param name="ordering">Such as <c>started_at</c>, or <c>-started_at</c> for the latest first; null for the service's own order.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>One object per submission; a person can have several.</returns>
    public ServiceList<Participant> GetStudySubmissionsAsync(string studyId, string? ordering = null, CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            Get($"/api/v1/studies/{QueryBuilder.Segment(studyId, "study")}/submissions/", QueryBuilder.Of(("ordering", ordering))),
            new Paging(PagingStyle.Offset, 200),
            ProlificJson.SubmissionOf(studyId),
            static p => p.SubmissionId,
            token => CountSubmissionsAsync(studyId, token),
            cancellationToken);

    /// <summary>How many submissions a study has (<c>GET studies/{id}/submissions/counts/</c>).</summary>
    /// <param name="studyId">The study.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The number; null when the service does not say.</returns>
    public async Task<long?> CountSubmissionsAsync(string studyId, CancellationToken cancellationToken = default)
        => (await _reader.GetAsync(Get($"/api/v1/studies/{QueryBuilder.Segment(studyId, "study")}/submissions/counts/"), ProlificJson.SubmissionTotal, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Submissions of a study through the global list (<c>GET submissions/</c>), which filters at the service.</summary>
    /// <param name="studyId">The study.</param>
    /// <param name="status">Only with this status, such as <c>AWAITING_REVIEW</c>; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>One object per submission.</returns>
    public ServiceList<Participant> FindSubmissionsAsync(string studyId, string? status = null, CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            Get("/api/v1/submissions/", QueryBuilder.Of(("study", studyId), ("status", status))),
            new Paging(PagingStyle.Numbered, 100),
            ProlificJson.SubmissionOf(studyId),
            static p => p.SubmissionId,
            cancellationToken);

    /// <summary>One submission (<c>GET submissions/{id}/</c>); this is how the resource of an event is turned into a study.</summary>
    /// <param name="submissionId">The submission.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The submission, with its study.</returns>
    public Task<Participant> GetSubmissionAsync(string submissionId, CancellationToken cancellationToken = default)
        => _reader.GetAsync(Get($"/api/v1/submissions/{QueryBuilder.Segment(submissionId, "submission")}/"), ProlificJson.Submission(""), cancellationToken);

    /// <summary>Participant groups (<c>GET participant-groups/</c>).</summary>
    /// <param name="workspaceId">The workspace, sent flat as the live service takes it; null when none is named.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The groups.</returns>
    public ServiceList<ParticipantGroup> GetParticipantGroupsAsync(string? workspaceId, CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            Get(GroupsPath, QueryBuilder.Of(("workspace_id", workspaceId))),
            new Paging(PagingStyle.Offset, 200, MayLackResults: true),
            ProlificJson.Group,
            static g => g.Id,
            cancellationToken);

    /// <summary>One participant group (<c>GET participant-groups/{id}/</c>), with its head count.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The group.</returns>
    public Task<ParticipantGroup> GetParticipantGroupAsync(string groupId, CancellationToken cancellationToken = default)
        => _reader.GetAsync(Get($"{GroupsPath}{QueryBuilder.Segment(groupId, "participant group")}/"), ProlificJson.Group, cancellationToken);

    /// <summary>Members of a group (<c>GET participant-groups/{id}/participants/</c>).</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The members.</returns>
    public ServiceList<Participant> GetGroupMembersAsync(string groupId, CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            Get($"{GroupsPath}{QueryBuilder.Segment(groupId, "participant group")}/participants/"),
            new Paging(PagingStyle.None, MayLackResults: true),
            ProlificJson.GroupMember(groupId),
            static p => p.ParticipantId,
            async token => (await GetParticipantGroupAsync(groupId, token).ConfigureAwait(false)).ParticipantCount,
            cancellationToken);
}
