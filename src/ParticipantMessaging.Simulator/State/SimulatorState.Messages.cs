namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    private readonly List<SimMessage> _messages = [];
    private readonly List<SimMessage> _unread = [];
    private readonly List<SimBulkCall> _bulkCalls = [];
    private readonly List<SimWorkerFailure> _workerFailures = [];
    private readonly Dictionary<string, SimConversation> _conversations = new(StringComparer.Ordinal);
    private readonly List<SimBroadcast> _broadcasts = [];
    private long _nextMessage;
    private long _sentCount;

    /// <summary>Every message that was stored for a participant or member, in order, whatever call made it (a copy).</summary>
    public IReadOnlyList<SimMessage> SentMessages
    {
        get
        {
            lock (_gate)
                return _messages.FindAll(m => !m.Incoming);
        }
    }

    /// <summary>How many messages participants and members have received altogether.</summary>
    public long SentCount => Interlocked.Read(ref _sentCount);

    private long _epoch;

    /// <summary>What the page shows as campaigns.</summary>
    internal CampaignBoard Campaigns => field ??= new CampaignBoard(this);

    /// <summary>What was stored since the given place; everything when messages were forgotten meanwhile (the epoch tells).</summary>
    internal (IReadOnlyList<SimMessage> Messages, int UpTo, long Epoch) StoredSince(int place, long epoch)
    {
        lock (_gate)
            return (_messages.GetRange(epoch == _epoch ? place : 0, _messages.Count - (epoch == _epoch ? place : 0)), _messages.Count, _epoch);
    }

    /// <summary>Takes a message off the unread list, as reading it on the website does; false when it is not there.</summary>
    public bool MarkRead(string messageId)
    {
        lock (_gate)
        {
            int at = _unread.FindIndex(m => m.Id == messageId);
            if (at < 0)
                return false;
            _unread.RemoveAt(at);
            _journal?.Append(JournalEntry.ForRead(messageId));
        }

        Touch();
        return true;
    }

    /// <summary>The threads with a person, the general one first.</summary>
    public IReadOnlyList<SimConversation> Threads(string participantId)
    {
        lock (_gate)
            return [.. _conversations.Values.Where(c => c.ParticipantId == participantId).OrderBy(c => c.Subject is not null).ThenBy(c => c.CreatedAt)];
    }

    /// <summary>Called when a message to a person is stored, with their number so far; inside the lock, so it must be quick.</summary>
    public Action<long>? Stored { get; set; }

    /// <summary>How many people have received something.</summary>
    public int ReachedCount
    {
        get
        {
            lock (_gate)
                return _participants.Count(p => p.MailboxCount > 0) + _members.Count(m => m.MailboxCount > 0);
        }
    }

    /// <summary>Messages that participants wrote and that are unread; reading through the API never takes one away.</summary>
    public IReadOnlyList<SimMessage> Unread => Copy(_unread);

    /// <summary>Calls that reached more than one person.</summary>
    public IReadOnlyList<SimBulkCall> BulkCalls => Copy(_bulkCalls);

    /// <summary>What the Open Humans mail worker choked on, after the API had said "success".</summary>
    public IReadOnlyList<SimWorkerFailure> WorkerFailures => Copy(_workerFailures);

    /// <summary>All threads.</summary>
    public IReadOnlyList<SimConversation> Conversations
    {
        get
        {
            lock (_gate)
                return _conversations.Values.ToArray();
        }
    }

    /// <summary>All broadcasts, oldest first.</summary>
    public IReadOnlyList<SimBroadcast> Broadcasts => Copy(_broadcasts);

    /// <summary>Adds an unread message from a participant.</summary>
    public SimMessage AddUnread(
        string senderId, string body, string? studyId = null, string? category = null, DateTimeOffset? sentAt = null,
        string? conversationId = null)
    {
        lock (_gate)
        {
            SimMessage message = Make(SimProvider.Prolific, senderId, incoming: true, body, "seed", sentAt ?? Now,
                studyId, category, conversationId ?? DefaultThread(senderId));
            Keep(message);
            _journal?.Append(JournalEntry.ForMessage(message));
            return message;
        }
    }

    /// <summary>Adds unread messages from participants in turn, a second apart, the last one now.</summary>
    public void AddUnread(int count)
    {
        string[] categories = ["payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other"];
        IReadOnlyList<SimParticipant> people = Participants;
        if (people.Count == 0)
            throw new InvalidOperationException("There are no participants who could write.");
        DateTimeOffset now = Now;
        string? study = Studies.Count > 0 ? StudyId : null;
        for (int i = 0; i < count; i++)
        {
            SimParticipant sender = people[i % people.Count];
            AddUnread(sender.Id, SeedNames.Question(i), study, categories[i % categories.Length], now.AddSeconds(i - count + 1));
        }
    }

    /// <summary>Adds a message that the researcher is said to have sent earlier.</summary>
    public SimMessage AddSent(string participantId, string body, string? studyId = null, DateTimeOffset? sentAt = null)
    {
        lock (_gate)
        {
            SimMessage message = Make(SimProvider.Prolific, participantId, incoming: false, body, "seed", sentAt ?? Now,
                studyId, null, DefaultThread(participantId));
            Keep(message);
            _journal?.Append(JournalEntry.ForMessage(message));
            return message;
        }
    }

    /// <summary>Stores one text for people; one entry of the journal, written before anybody can see it.</summary>
    internal int Store(
        SimProvider provider, IReadOnlyList<SimParticipant> people, string body, string via, long requestNumber,
        string? studyId = null, string? groupId = null, string? conversationId = null, string? bulkKind = null)
    {
        DateTimeOffset now = Now;
        lock (_gate)
        {
            var stored = new SimMessage[people.Count];
            for (int i = 0; i < stored.Length; i++)
            {
                stored[i] = Make(provider, people[i].Id, incoming: false, body, via, now, studyId, null,
                    conversationId ?? DefaultThread(people[i].Id), null, groupId, requestNumber);
            }

            SimBulkCall? bulk = bulkKind is null ? null : new SimBulkCall(bulkKind, people.Count, body, studyId, requestNumber, now);
            _journal?.Append(JournalEntry.ForMessages(stored, bulk));
            foreach (SimMessage message in stored)
                Keep(message);
            if (bulk is not null)
                _bulkCalls.Add(bulk);
            return stored.Length;
        }
    }

    /// <summary>Stores mails that the Open Humans worker rendered.</summary>
    internal int StoreMails(
        IReadOnlyList<(SimParticipant Member, string Body)> mails, string subject, SimBulkCall? bulk, long requestNumber,
        SimWorkerFailure? failure)
    {
        DateTimeOffset now = Now;
        lock (_gate)
        {
            var stored = new SimMessage[mails.Count];
            for (int i = 0; i < stored.Length; i++)
            {
                stored[i] = Make(SimProvider.OpenHumans, mails[i].Member.Id, incoming: false, mails[i].Body, "project", now,
                    null, null, null, subject, null, requestNumber);
            }

            _journal?.Append(JournalEntry.ForMessages(stored, bulk));
            foreach (SimMessage message in stored)
                Keep(message);
            if (bulk is not null)
                _bulkCalls.Add(bulk);
            if (failure is not null)
                _workerFailures.Add(failure);
            return stored.Length;
        }
    }

    /// <summary>A thread by id; null when there is none.</summary>
    public SimConversation? FindConversation(string id)
    {
        lock (_gate)
            return _conversations.GetValueOrDefault(id);
    }

    /// <summary>Starts a thread with a subject.</summary>
    public SimConversation AddConversation(
        string participantId, string subject, string topic, string? studyId = null, string? workspaceId = null,
        string? broadcastId = null)
    {
        lock (_gate)
        {
            var conversation = new SimConversation
            {
                Id = SimIds.Channel(ResearcherId, $"{participantId}:{_conversations.Count}"),
                ParticipantId = participantId,
                Subject = subject,
                Topic = topic,
                StudyId = studyId,
                WorkspaceId = workspaceId,
                BroadcastId = broadcastId,
                CreatedAt = Now,
                UpdatedAt = Now,
            };
            _conversations[conversation.Id] = conversation;
            _journal?.Append(JournalEntry.ForConversation(conversation));
            return conversation;
        }
    }

    internal SimBroadcast AddBroadcast(SimBroadcast broadcast)
    {
        lock (_gate)
        {
            _broadcasts.Add(broadcast);
            _journal?.Append(JournalEntry.ForBroadcast(broadcast));
            return broadcast;
        }
    }

    internal string NextBroadcastId()
    {
        lock (_gate)
            return SimIds.Hex24(_options.Seed, SimIds.KindBroadcast, _broadcasts.Count);
    }

    /// <summary>All messages of Prolific since a time, of either direction, in the order in which they were stored.</summary>
    internal List<SimMessage> ProlificMessages(DateTimeOffset? createdAfter)
    {
        lock (_gate)
        {
            return _messages.FindAll(m => m.Provider == SimProvider.Prolific
                && (createdAfter is null || m.SentAt > createdAfter.Value));
        }
    }

    private string DefaultThread(string participantId)
    {
        if (!_participantsById.ContainsKey(participantId))
            return SimIds.Channel(ResearcherId, participantId);
        // Computed once a person: the hash would cost as much as the rest of a send.
        if (!_defaultThreads.TryGetValue(participantId, out string? id))
        {
            id = SimIds.Channel(ResearcherId, participantId);
            _defaultThreads[participantId] = id;
        }

        return id;
    }

    private readonly Dictionary<string, string> _defaultThreads = new(StringComparer.Ordinal);

    private SimMessage Make(
        SimProvider provider, string participantId, bool incoming, string body, string via, DateTimeOffset sentAt,
        string? studyId, string? category, string? conversationId, string? subject = null, string? groupId = null,
        long requestNumber = 0) => new()
        {
            Id = SimIds.Hex24(_options.Seed, SimIds.KindMessage, ++_nextMessage),
            Provider = provider,
            ParticipantId = participantId,
            Incoming = incoming,
            SenderId = incoming ? participantId : ResearcherId,
            Body = body,
            Subject = subject,
            StudyId = studyId,
            GroupId = groupId,
            Category = category,
            ConversationId = provider == SimProvider.Prolific ? conversationId : null,
            Via = via,
            SentAt = sentAt,
            RequestNumber = requestNumber,
        };

    private void Keep(SimMessage message)
    {
        long sent = 0;
        _messages.Add(message);
        if (message.Incoming)
            _unread.Add(message);
        else
            sent = Interlocked.Increment(ref _sentCount);

        SimParticipant? person = message.Provider == SimProvider.Prolific
            ? _participantsById.GetValueOrDefault(message.ParticipantId)
            : _membersById.GetValueOrDefault(message.ParticipantId);
        person?.Add(message);
        Touch();
        if (sent > 0)
            Stored?.Invoke(sent);

        if (message.ConversationId is not { } thread)
            return;
        if (!_conversations.TryGetValue(thread, out SimConversation? conversation))
        {
            conversation = new SimConversation { Id = thread, ParticipantId = message.ParticipantId, CreatedAt = message.SentAt };
            _conversations[thread] = conversation;
        }

        if (message.SentAt > conversation.UpdatedAt)
            conversation.UpdatedAt = message.SentAt;
    }
}
