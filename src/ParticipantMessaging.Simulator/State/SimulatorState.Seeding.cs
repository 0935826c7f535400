namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    /// <summary>The statuses over which seeded submissions are spread.</summary>
    public static IReadOnlyList<string> SubmissionStatuses { get; } =
    [
        "AWAITING REVIEW", "APPROVED", "AWAITING REVIEW", "ACTIVE", "APPROVED", "RETURNED", "AWAITING REVIEW", "TIMED-OUT", "APPROVED",
        "REJECTED", "SCREENED OUT", "RESERVED",
    ];

    internal void Seed()
    {
        AddWorkspace("Simulated workspace");
        for (int i = 0; i < Math.Max(1, _options.Studies); i++)
            AddStudy();

        // A researcher's own list takes the place of made-up people.
        int participants = _options.PeopleFile is null ? _options.Participants : 0;
        for (int i = 0; i < participants; i++)
            AddParticipant();
        int members = _options.PeopleFile is null ? _options.Members ?? participants : 0;
        for (int i = 0; i < members; i++)
            AddMember(hasEmail: !IsOneOf(i, members, _options.WithoutAddress, 0), mailRefused: IsOneOf(i, members, _options.MailRefused, 1));

        if (participants > 0)
        {
            int submissions = _options.Submissions ?? participants;
            for (int i = 0; i < submissions; i++)
            {
                AddSubmission(StudyId, _participants[i % _participants.Count].Id,
                    _options.SubmissionStatus ?? SubmissionStatuses[i % SubmissionStatuses.Count]);
            }
        }

        AddListedPeople();
        for (int i = 0; i < _options.Groups; i++)
        {
            // Every participant is in exactly one seeded group.
            int group = i;
            AddGroup($"Group {i + 1}", _participants.Where((_, n) => n % _options.Groups == group).Select(p => p.Id));
        }

        if (_options.Unread > 0)
            AddUnread(_options.Unread);
        if (_options.WebhookSecret is { } secret)
            SetSecret(WorkspaceId, secret);
        if (_options.Events > 0)
        {
            if (FindSecret(WorkspaceId) is null)
                CreateSecret(WorkspaceId);
            SimSubscription subscription = AddSubscription("submission.status.change", "https://lab.example/hooks/prolific");
            AddEvents(subscription, _options.Events);
        }
    }

    private byte[]? _peopleFile;

    /// <summary>Adds the people of the list that the options name, if they do.</summary>
    internal void AddListedPeople()
    {
        if (_options.PeopleFile is not { } path)
            return;
        try
        {
            PeopleSummary = AddPeople(_peopleFile ??= File.ReadAllBytes(path), _options.IdColumn);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"{Path.GetFileName(path)}: {e.Message}", e);
        }
    }

    /// <summary>What became of the rows of the list that the options name; null without one.</summary>
    public string? PeopleSummary { get; private set; }

    /// <summary>Whether number i is one of a few that are spread over many: the third of ten, if there is one, not the first or the last.</summary>
    private static bool IsOneOf(int i, int many, int few, int shift)
    {
        if (few <= 0)
            return false;
        int step = Math.Max(1, many / few);
        return i % step == (step / 3 + shift) % step && i / step < few;
    }

    /// <summary>Forgets everything, the request log included, and seeds anew.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _journal?.Append(JournalEntry.ForReset());
            Forget();
            Requests.Clear();
            Seed();
        }
    }

    /// <summary>Empties all mailboxes, the unread list, the bulk-call log and the request log; people, studies and webhooks stay.</summary>
    public void ClearMessages()
    {
        lock (_gate)
        {
            _journal?.Append(JournalEntry.ForClear());
            ForgetMessages();
            Requests.Clear();
        }
    }

    private void Forget()
    {
        ForgetMessages();
        _participantsById.Clear();
        _membersById.Clear();
        _participants.Clear();
        _members.Clear();
        _workspaces.Clear();
        _studies.Clear();
        _groups.Clear();
        _submissionsByStudy.Clear();
        _submissionsById.Clear();
        _nextSubmission = 0;
        _nextMessage = 0;
        _nextPosition = 0;
        ClearWebhooks();
    }

    private void ForgetMessages()
    {
        foreach (SimParticipant person in _participants)
            person.Clear();
        foreach (SimParticipant person in _members)
            person.Clear();
        _messages.Clear();
        _epoch++;
        _unread.Clear();
        _bulkCalls.Clear();
        _workerFailures.Clear();
        _conversations.Clear();
        _broadcasts.Clear();
        _defaultThreads.Clear();
        Interlocked.Exchange(ref _sentCount, 0);
    }
}
