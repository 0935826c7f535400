using System.Collections.Concurrent;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// Everything the two services know: for seeding before a test and for asserting after it. All members may be used from any thread;
/// lists that are handed out are copies.
/// </summary>
public sealed partial class SimulatorState
{
    private readonly SimulatorOptions _options;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, SimParticipant> _participantsById = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SimParticipant> _membersById = new(StringComparer.Ordinal);
    private readonly List<SimParticipant> _participants = [];
    private readonly List<SimParticipant> _members = [];
    private readonly List<SimWorkspace> _workspaces = [];
    private readonly List<SimStudy> _studies = [];
    private readonly List<SimGroup> _groups = [];
    private readonly Dictionary<string, List<SimSubmission>> _submissionsByStudy = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SimSubmission> _submissionsById = new(StringComparer.Ordinal);
    private int _nextSubmission;
    private long _nextPosition;

    internal SimulatorState(SimulatorOptions options)
    {
        _options = options;
        Requests = new SimRequestLog(options);
        ResearcherId = SimIds.Hex24(options.Seed, SimIds.KindResearcher, 0);
    }

    /// <summary>The id of the account that the tokens belong to.</summary>
    public string ResearcherId { get; }

    /// <summary>The requests that came in.</summary>
    public SimRequestLog Requests { get; }

    internal SimulatorOptions Options => _options;

    /// <summary>The services' time.</summary>
    public DateTimeOffset Now => _options.TimeProvider.GetUtcNow() + _options.ClockOffset;

    /// <summary>All Prolific participants, in the order in which they were added.</summary>
    public IReadOnlyList<SimParticipant> Participants => Copy(_participants);

    /// <summary>All Open Humans members, in the order in which they were added, those who left included.</summary>
    public IReadOnlyList<SimParticipant> Members => Copy(_members);

    /// <summary>All workspaces; there is always one.</summary>
    public IReadOnlyList<SimWorkspace> Workspaces => Copy(_workspaces);

    /// <summary>All studies.</summary>
    public IReadOnlyList<SimStudy> Studies => Copy(_studies);

    /// <summary>All participant groups.</summary>
    public IReadOnlyList<SimGroup> Groups => Copy(_groups);

    /// <summary>The first workspace.</summary>
    public string WorkspaceId => Workspaces[0].Id;

    /// <summary>The first study.</summary>
    public string StudyId => Studies[0].Id;

    /// <summary>A person at either service by id; null when there is none.</summary>
    public SimParticipant? Find(string id) =>
        _participantsById.TryGetValue(id, out SimParticipant? participant) || _membersById.TryGetValue(id, out participant)
            ? participant
            : null;

    /// <summary>What the person received, oldest first; empty when there is no such person.</summary>
    public IReadOnlyList<SimMessage> Mailbox(string id) => Find(id)?.Mailbox ?? [];

    /// <summary>Adds a Prolific participant; without an id the next one of the seed.</summary>
    public SimParticipant AddParticipant(string? id = null, string? firstName = null) =>
        AddPerson(SimProvider.Prolific, id, firstName, joinedAt: null, active: true, hasEmail: true);

    /// <summary>Adds an Open Humans member; without an id the next one of the seed.</summary>
    public SimParticipant AddMember(string? id = null, string? firstName = null, bool active = true, bool hasEmail = true,
        bool mailRefused = false) => AddPerson(SimProvider.OpenHumans, id, firstName, joinedAt: null, active, hasEmail, mailRefused);

    /// <summary>Lets an Open Humans member leave (or come back to) the project.</summary>
    public void SetActive(string memberId, bool active) => ChangeMember(memberId, m => m.Active = active);

    /// <summary>Takes an Open Humans member's mail address away (or gives one), or lets the mail server refuse it.</summary>
    public void SetMail(string memberId, bool hasEmail, bool mailRefused = false) => ChangeMember(memberId, m =>
    {
        m.HasEmail = hasEmail;
        m.MailRefused = mailRefused;
    });

    /// <summary>Writes an Open Humans member's row anew, as the service does for many a reason: it moves to the end of the table.</summary>
    public void Rewrite(string memberId) => ChangeMember(memberId, _ => { });

    /// <summary>The member to whom the OAuth2 user token belongs; null when there is none.</summary>
    internal SimParticipant? TokenMember
    {
        get
        {
            lock (_gate)
                return _members.Count > 0 ? _members[0] : null;
        }
    }

    /// <summary>All members in the order in which they lie in the service's table.</summary>
    internal SimParticipant[] StoredMembers()
    {
        lock (_gate)
            return [.. _members.OrderBy(m => m.Position)];
    }

    /// <summary>The active members in the order in which the list shows them this time.</summary>
    internal SimParticipant[] ListedMembers()
    {
        SimParticipant[] all = [.. StoredMembers().Where(m => m.Active)];
        if (_options.MemberOrder == SimMemberOrder.Shuffled)
            new Random(_options.Seed + (int)Requests.Count).Shuffle(all);
        return all;
    }

    internal void LetLeave(IEnumerable<SimParticipant> members)
    {
        foreach (SimParticipant member in members)
            ChangeMember(member.Id, m => m.Active = false);
    }

    private void ChangeMember(string memberId, Action<SimParticipant> change)
    {
        SimParticipant member = _membersById.TryGetValue(memberId, out SimParticipant? found)
            ? found
            : throw new ArgumentException($"There is no member '{memberId}'.", nameof(memberId));
        lock (_gate)
        {
            change(member);
            member.Position = ++_nextPosition;
            _journal?.Append(JournalEntry.ForPerson(member));
        }
    }

    private SimParticipant AddPerson(
        SimProvider provider, string? id, string? firstName, DateTimeOffset? joinedAt, bool active, bool hasEmail,
        bool mailRefused = false)
    {
        bool prolific = provider == SimProvider.Prolific;
        ConcurrentDictionary<string, SimParticipant> byId = prolific ? _participantsById : _membersById;
        List<SimParticipant> list = prolific ? _participants : _members;
        lock (_gate)
        {
            int index = list.Count;
            if (id is null)
            {
                int attempt = 0;
                do
                {
                    id = prolific
                        ? SimIds.Hex24(_options.Seed, SimIds.KindParticipant, index + ((long)attempt << 24))
                        : SimIds.Digits8(_options.Seed, index, attempt);
                    attempt++;
                }
                while (byId.ContainsKey(id));
            }
            else if (byId.ContainsKey(id))
            {
                throw new ArgumentException($"'{id}' is there already.", nameof(id));
            }

            var person = new SimParticipant
            {
                Id = id,
                Provider = provider,
                FirstName = firstName ?? SeedNames.Name(_options.Seed, index),
                JoinedAt = joinedAt ?? Now.AddDays(-30).AddMinutes(index % 40_000),
                Active = active,
                HasEmail = hasEmail,
                MailRefused = mailRefused,
                Position = ++_nextPosition,
                Username = !prolific && index % 4 == 0 ? "user-" + id : null,
            };
            byId[id] = person;
            list.Add(person);
            _journal?.Append(JournalEntry.ForPerson(person));
            return person;
        }
    }

    /// <summary>Adds a workspace.</summary>
    public SimWorkspace AddWorkspace(string? title = null, string? id = null)
    {
        lock (_gate)
        {
            var workspace = new SimWorkspace(
                id ?? SimIds.Hex24(_options.Seed, SimIds.KindWorkspace, _workspaces.Count), title ?? $"Workspace {_workspaces.Count + 1}");
            _workspaces.Add(workspace);
            _journal?.Append(JournalEntry.ForWorkspace(workspace));
            return workspace;
        }
    }

    /// <summary>Adds a study.</summary>
    public SimStudy AddStudy(string? name = null, string? id = null, string? workspaceId = null)
    {
        lock (_gate)
        {
            var study = new SimStudy(
                id ?? SimIds.Hex24(_options.Seed, SimIds.KindStudy, _studies.Count),
                name ?? $"Study {_studies.Count + 1}",
                workspaceId ?? _workspaces[0].Id);
            _studies.Add(study);
            _submissionsByStudy[study.Id] = [];
            _journal?.Append(JournalEntry.ForStudy(study));
            return study;
        }
    }

    /// <summary>A study by id; null when there is none.</summary>
    public SimStudy? FindStudy(string id)
    {
        lock (_gate)
            return _studies.Find(s => s.Id == id);
    }

    /// <summary>Adds a submission. The status is spelled as on the wire: <c>AWAITING REVIEW</c>, <c>TIMED-OUT</c>.</summary>
    public SimSubmission AddSubmission(
        string studyId, string participantId, string status = "AWAITING REVIEW", DateTimeOffset? startedAt = null, string? id = null)
    {
        lock (_gate)
        {
            if (!_submissionsByStudy.TryGetValue(studyId, out List<SimSubmission>? list))
                throw new ArgumentException($"There is no study '{studyId}'.", nameof(studyId));

            int index = _nextSubmission++;
            DateTimeOffset start = startedAt ?? Now.AddDays(-2).AddSeconds(index % 100_000);
            var submission = new SimSubmission
            {
                Id = id ?? SimIds.Hex24(_options.Seed, SimIds.KindSubmission, index),
                StudyId = studyId,
                ParticipantId = participantId,
                Status = status,
                StartedAt = start,
                CompletedAt = status is "RESERVED" or "ACTIVE" or "TIMED-OUT" ? null : start.AddMinutes(11),
            };
            list.Add(submission);
            _submissionsById[submission.Id] = submission;
            _journal?.Append(JournalEntry.ForSubmission(submission));
            return submission;
        }
    }

    /// <summary>The submissions of a study (a copy); empty when there is no such study.</summary>
    public IReadOnlyList<SimSubmission> Submissions(string studyId)
    {
        lock (_gate)
            return _submissionsByStudy.TryGetValue(studyId, out List<SimSubmission>? list) ? list.ToArray() : [];
    }

    /// <summary>A submission by id; null when there is none.</summary>
    public SimSubmission? FindSubmission(string id) => _submissionsById.GetValueOrDefault(id);

    /// <summary>Changes a submission's status, without an event (<see cref="ChangeSubmission"/> makes one).</summary>
    public void SetSubmissionStatus(string id, string status)
    {
        status = KnownStatus(status);
        lock (_gate)
        {
            SimSubmission submission = FindSubmission(id) ?? throw new ArgumentException($"There is no submission '{id}'.", nameof(id));
            submission.Status = status;
            if (status is "RESERVED" or "ACTIVE" or "TIMED-OUT")
                submission.CompletedAt = null;
            else
                submission.CompletedAt ??= Now;
            _journal?.Append(JournalEntry.ForSubmission(submission));
        }
    }

    /// <summary>A status in the documented spelling, however its blanks are written.</summary>
    /// <exception cref="ArgumentException">There is no such status.</exception>
    internal static string KnownStatus(string status)
    {
        string wanted = Plain(status);
        return DocumentedStatuses.FirstOrDefault(s => Plain(s) == wanted) ?? throw new ArgumentException(
            $"There is no status '{status}' of a submission; there are {string.Join(", ", DocumentedStatuses)}.");

        static string Plain(string text) => text.Trim().Replace('_', ' ').Replace('-', ' ').ToUpperInvariant();
    }

    /// <summary>Every status of a submission that Prolific documents.</summary>
    public static IReadOnlyList<string> DocumentedStatuses { get; } =
    [
        "RESERVED", "ACTIVE", "TIMED-OUT", "AWAITING REVIEW", "APPROVED", "RETURNED", "REJECTED", "SCREENED OUT", "PARTIALLY APPROVED",
    ];

    /// <summary>Adds a participant group.</summary>
    public SimGroup AddGroup(string name, IEnumerable<string> participantIds, string? id = null, string? description = null)
    {
        lock (_gate)
        {
            var group = new SimGroup
            {
                Id = id ?? SimIds.Hex24(_options.Seed, SimIds.KindGroup, _groups.Count),
                Name = name,
                WorkspaceId = _workspaces[0].Id,
                Description = description,
            };
            foreach (string participantId in participantIds)
                group.Members[participantId] = Now;
            _groups.Add(group);
            _journal?.Append(JournalEntry.ForGroup(group));
            return group;
        }
    }

    /// <summary>A group by id; null when there is none.</summary>
    public SimGroup? FindGroup(string id)
    {
        lock (_gate)
            return _groups.Find(g => g.Id == id);
    }

    /// <summary>Deletes a group (or brings it back).</summary>
    public void SetDeleted(string groupId, bool isDeleted)
    {
        lock (_gate)
        {
            SimGroup group = FindGroup(groupId) ?? throw new ArgumentException($"There is no group '{groupId}'.", nameof(groupId));
            group.IsDeleted = isDeleted;
            _journal?.Append(JournalEntry.ForGroup(group));
        }
    }

    internal void ChangeGroup(SimGroup group, Action<Dictionary<string, DateTimeOffset>> change)
    {
        lock (_gate)
        {
            lock (group.Members)
                change(group.Members);
            _journal?.Append(JournalEntry.ForGroup(group));
        }
    }

    internal SimParticipant? FindParticipant(string id) => _participantsById.GetValueOrDefault(id);

    internal SimParticipant? FindMember(string id) => _membersById.GetValueOrDefault(id);

    private T[] Copy<T>(List<T> list)
    {
        lock (_gate)
            return list.ToArray();
    }
}
