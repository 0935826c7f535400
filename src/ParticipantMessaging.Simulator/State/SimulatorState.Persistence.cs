namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    private StateJournal? _journal;

    /// <summary>How many messages to people came out of the state file.</summary>
    internal long Restored { get; private set; }

    /// <summary>Takes the state from the file, or seeds and writes it when the file is new. A file that does not fit is let go.</summary>
    internal void Attach(StateJournal journal)
    {
        try
        {
            lock (_gate)
            {
                bool any = false;
                foreach (JournalEntry entry in journal.Read())
                {
                    any = true;
                    Apply(entry);
                }

                if (any)
                    AddListedPeople(); // those who have come to the list since
                else
                    Seed();
                Restored = SentCount;
                journal.Rewrite(Snapshot());
                _journal = journal;
            }
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    internal void Detach()
    {
        lock (_gate)
        {
            _journal?.Dispose();
            _journal = null;
        }
    }

    private IEnumerable<JournalEntry> Snapshot()
    {
        yield return JournalEntry.ForSeed(_options.Seed, _nextMessage, _nextSecret, _nextSubscription, _nextEvent);
        foreach (SimWorkspace workspace in _workspaces)
            yield return JournalEntry.ForWorkspace(workspace);
        foreach (SimStudy study in _studies)
            yield return JournalEntry.ForStudy(study);
        foreach (SimParticipant person in _participants.Concat(_members.OrderBy(m => m.Position)))
            yield return JournalEntry.ForPerson(person);
        foreach (SimSubmission submission in _submissionsByStudy.Values.SelectMany(s => s))
            yield return JournalEntry.ForSubmission(submission);
        foreach (SimGroup group in _groups)
            yield return JournalEntry.ForGroup(group);
        foreach (SimConversation conversation in _conversations.Values)
            yield return JournalEntry.ForConversation(conversation);
        foreach (SimBroadcast broadcast in _broadcasts)
            yield return JournalEntry.ForBroadcast(broadcast);
        foreach (SimMessage message in _messages)
            yield return JournalEntry.ForMessage(message);
        HashSet<string> unread = [.. _unread.Select(m => m.Id)];
        foreach (SimMessage message in _messages.Where(m => m.Incoming && !unread.Contains(m.Id)))
            yield return JournalEntry.ForRead(message.Id);
        foreach (SimBulkCall bulk in _bulkCalls)
            yield return JournalEntry.ForMessages([], bulk);
        foreach (SimSecret secret in _secrets.Values)
            yield return JournalEntry.ForSecret(secret);
        foreach (SimSubscription subscription in _subscriptions)
        {
            yield return JournalEntry.ForSubscription(subscription);
            foreach (SimEvent item in _events[subscription.Id])
                yield return JournalEntry.ForEvent(subscription.Id, item);
        }
    }

    private void Apply(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "seed" when entry.Seed != _options.Seed:
                throw new InvalidOperationException(
                    $"The state file was begun with seed {entry.Seed}; start with --seed {entry.Seed} or name another file.");
            case "seed" when entry.Counters is [long messages, long secrets, long subscriptions, long events]:
                (_nextMessage, _nextSecret, _nextSubscription, _nextEvent) = (messages, (int)secrets, (int)subscriptions, events);
                break;
            case "person":
                Apply(entry.Person!);
                break;
            case "workspace":
                _workspaces.Add(entry.Workspace!);
                break;
            case "study":
                _studies.Add(entry.Study!);
                _submissionsByStudy.TryAdd(entry.Study!.Id, []);
                break;
            case "submission":
                Apply(entry.Submission!);
                break;
            case "group":
                Apply(entry.Group!);
                break;
            case "messages":
                _nextMessage += entry.Messages!.Length;
                foreach (SimMessage message in entry.Messages)
                    Keep(message);
                if (entry.Bulk is { } bulk)
                    _bulkCalls.Add(bulk);
                break;
            case "conversation":
                _conversations[entry.Conversation!.Id] = entry.Conversation;
                break;
            case "broadcast":
                _broadcasts.Add(entry.Broadcast!);
                break;
            case "secret":
                _secrets[entry.Secret!.WorkspaceId] = entry.Secret;
                _nextSecret++;
                break;
            case "subscription":
                Apply(entry.Subscription!);
                break;
            case "unsubscribed":
                _subscriptions.RemoveAll(s => s.Id == entry.Id);
                _events.Remove(entry.Id!);
                break;
            case "event":
                Apply(entry.Id!, entry.Event!);
                break;
            case "read":
                _unread.RemoveAll(m => m.Id == entry.Id);
                break;
            case "reset":
                Forget();
                break;
            case "clear":
                ForgetMessages();
                break;
            default:
                break;
        }
    }

    private void Apply(JournalEntry.PersonPart part)
    {
        bool prolific = part.Provider == SimProvider.Prolific;
        if ((prolific ? _participantsById : _membersById).TryGetValue(part.Id, out SimParticipant? known))
        {
            known.Active = part.Active;
            known.HasEmail = part.HasEmail;
            known.MailRefused = part.MailRefused;
            known.Position = ++_nextPosition;
            return;
        }

        var person = new SimParticipant
        {
            Id = part.Id,
            Provider = part.Provider,
            FirstName = part.FirstName,
            JoinedAt = part.JoinedAt,
            Active = part.Active,
            HasEmail = part.HasEmail,
            MailRefused = part.MailRefused,
            Position = ++_nextPosition,
            Username = part.Username,
        };
        (prolific ? _participantsById : _membersById)[person.Id] = person;
        (prolific ? _participants : _members).Add(person);
    }

    private void Apply(SimSubmission submission)
    {
        if (_submissionsById.TryGetValue(submission.Id, out SimSubmission? known))
        {
            known.Status = submission.Status;
            known.CompletedAt = submission.CompletedAt;
            return;
        }

        _nextSubmission++;
        _submissionsById[submission.Id] = submission;
        _submissionsByStudy[submission.StudyId].Add(submission);
    }

    private void Apply(JournalEntry.GroupPart part)
    {
        SimGroup? group = _groups.Find(g => g.Id == part.Id);
        if (group is null)
        {
            group = new SimGroup { Id = part.Id, Name = part.Name, WorkspaceId = part.WorkspaceId, Description = part.Description };
            _groups.Add(group);
        }

        group.IsDeleted = part.IsDeleted;
        group.Members.Clear();
        foreach ((string id, DateTimeOffset time) in part.Members)
            group.Members[id] = time;
    }

    private void Apply(JournalEntry.SubscriptionPart part)
    {
        SimSubscription? subscription = _subscriptions.Find(s => s.Id == part.Id);
        if (subscription is null)
        {
            subscription = new SimSubscription
            {
                Id = part.Id,
                WorkspaceId = part.WorkspaceId,
                EventType = part.EventType,
                TargetUrl = part.TargetUrl,
                ConfirmationToken = part.ConfirmationToken,
            };
            _subscriptions.Add(subscription);
            _events[part.Id] = [];
            _nextSubscription++;
        }

        subscription.EventType = part.EventType;
        subscription.TargetUrl = part.TargetUrl;
        subscription.IsEnabled = part.IsEnabled;
        subscription.FailingSince = part.FailingSince;
    }

    private void Apply(string subscriptionId, JournalEntry.EventPart part)
    {
        if (!_events.TryGetValue(subscriptionId, out List<SimEvent>? list))
            return;
        // Numbers rise within a list, so a later entry about the same event is found by bisection.
        int at = list.Count > 0 && list[^1].Number >= part.Number ? Find(list, part.Number) : -1;
        if (at >= 0)
        {
            list[at].Status = part.Status;
            list[at].UpdatedAt = part.UpdatedAt;
            return;
        }

        list.Add(new SimEvent
        {
            Number = part.Number,
            Seed = _options.Seed,
            EventType = part.EventType,
            ResourceId = part.ResourceId,
            ParticipantId = part.ParticipantId,
            ResourceStatus = part.ResourceStatus,
            CustomBody = part.CustomBody,
            TargetUrl = part.TargetUrl,
            Status = part.Status,
            CreatedAt = part.CreatedAt,
            UpdatedAt = part.UpdatedAt,
        });
        _nextEvent = Math.Max(_nextEvent, part.Number);
    }

    private static int Find(List<SimEvent> list, long number)
    {
        int low = 0;
        int high = list.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (list[middle].Number == number)
                return middle;
            if (list[middle].Number < number)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }
}
