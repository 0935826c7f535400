using System.Security.Cryptography;

namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    private readonly Lock _hooks = new();
    private readonly Dictionary<string, SimSecret> _secrets = new(StringComparer.Ordinal);
    private readonly List<SimSubscription> _subscriptions = [];
    private readonly Dictionary<string, List<SimEvent>> _events = new(StringComparer.Ordinal);
    private readonly Queue<SimDelivery> _deliveries = new();
    private int _nextSecret;
    private int _nextSubscription;
    private long _nextEvent;

    /// <summary>What can be subscribed to.</summary>
    public static IReadOnlyList<(string EventType, string Description)> EventTypes { get; } =
    [
        ("study.status.change", "A study changed its status."),
        ("study.progress.change", "A study made progress."),
        ("study.has_high_return_rate", "Many participants return a study."),
        ("submission.status.change", "A submission changed its status."),
    ];

    internal event Action<SimSubscription, SimEvent>? EventAdded;

    /// <summary>All subscriptions, oldest first.</summary>
    public IReadOnlyList<SimSubscription> Subscriptions
    {
        get
        {
            lock (_hooks)
                return _subscriptions.ToArray();
        }
    }

    /// <summary>The last 10,000 tries to deliver an event, oldest first.</summary>
    public IReadOnlyList<SimDelivery> Deliveries
    {
        get
        {
            lock (_hooks)
                return _deliveries.ToArray();
        }
    }

    /// <summary>The secret of a workspace; null when there is none.</summary>
    public SimSecret? FindSecret(string workspaceId)
    {
        lock (_hooks)
            return _secrets.GetValueOrDefault(workspaceId);
    }

    /// <summary>Sets the webhook secret of a workspace to a value.</summary>
    public SimSecret SetSecret(string workspaceId, string value)
    {
        lock (_hooks)
        {
            var secret = new SimSecret(SimIds.Hex24(_options.Seed, SimIds.KindSecret, _nextSecret++), value, workspaceId);
            _secrets[workspaceId] = secret;
            _journal?.Append(JournalEntry.ForSecret(secret));
            return secret;
        }
    }

    /// <summary>Creates or replaces the webhook secret of a workspace; its value follows from the seed.</summary>
    public SimSecret CreateSecret(string workspaceId)
    {
        lock (_hooks)
        {
            byte[] value = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{_options.Seed}:{workspaceId}:{_nextSecret}"));
            return SetSecret(workspaceId, Convert.ToBase64String(value).Replace('+', '-').Replace('/', '_').TrimEnd('='));
        }
    }

    /// <summary>Adds a subscription, by default already confirmed.</summary>
    public SimSubscription AddSubscription(string eventType, string targetUrl, bool isEnabled = true, string? workspaceId = null)
    {
        workspaceId ??= WorkspaceId; // takes the other lock, which must never be taken inside this one
        lock (_hooks)
        {
            string id = SimIds.Hex24(_options.Seed, SimIds.KindSubscription, _nextSubscription++);
            var subscription = new SimSubscription
            {
                Id = id,
                WorkspaceId = workspaceId,
                EventType = eventType,
                TargetUrl = targetUrl,
                IsEnabled = isEnabled,
                ConfirmationToken = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("confirm:" + id)))[..40],
            };
            _subscriptions.Add(subscription);
            _events[id] = [];
            _journal?.Append(JournalEntry.ForSubscription(subscription));
            return subscription;
        }
    }

    /// <summary>A subscription by id; null when there is none.</summary>
    public SimSubscription? FindSubscription(string id)
    {
        lock (_hooks)
            return _subscriptions.Find(s => s.Id == id);
    }

    internal void ChangeSubscription(SimSubscription subscription, Action<SimSubscription> change)
    {
        lock (_hooks)
        {
            change(subscription);
            Touch();
            _journal?.Append(JournalEntry.ForSubscription(subscription));
        }
    }

    internal void RemoveSubscription(SimSubscription subscription)
    {
        lock (_hooks)
        {
            _subscriptions.Remove(subscription);
            _events.Remove(subscription.Id);
            _journal?.Append(JournalEntry.ForRemovedSubscription(subscription.Id));
        }
    }

    /// <summary>The event log of a subscription, oldest first (a copy).</summary>
    public IReadOnlyList<SimEvent> Events(string subscriptionId)
    {
        lock (_hooks)
            return _events.TryGetValue(subscriptionId, out List<SimEvent>? list) ? list.ToArray() : [];
    }

    /// <summary>
    /// Adds an event to a subscription's log. A PENDING one is delivered if its target is on loopback; another status is taken as history.
    /// </summary>
    public SimEvent AddEvent(
        SimSubscription subscription, string resourceId, string? participantId = null, string? resourceStatus = null,
        string status = "PENDING", DateTimeOffset? createdAt = null, string? body = null)
    {
        (participantId, resourceStatus) = Documented(subscription.EventType, resourceId, participantId, resourceStatus);
        SimEvent added;
        lock (_hooks)
        {
            DateTimeOffset time = createdAt ?? Now;
            added = new SimEvent
            {
                Number = ++_nextEvent,
                Seed = _options.Seed,
                EventType = subscription.EventType,
                ResourceId = resourceId,
                ParticipantId = participantId,
                ResourceStatus = resourceStatus,
                CustomBody = body,
                TargetUrl = subscription.TargetUrl,
                Status = status,
                CreatedAt = time,
                UpdatedAt = time,
            };
            _events[subscription.Id].Add(added);
            _journal?.Append(JournalEntry.ForEvent(subscription.Id, added));
        }

        Touch();
        if (status == "PENDING")
            EventAdded?.Invoke(subscription, added);
        return added;
    }

    /// <summary>
    /// Adds many events of the past to a subscription's log: about the submissions of the first study in turn, a second apart,
    /// every tenth FAILED, every hundredth PENDING (but not delivered), the others SUCCEEDED, unless a status is given.
    /// </summary>
    public void AddEvents(SimSubscription subscription, int count, string? status = null)
    {
        IReadOnlyList<SimSubmission> submissions = Submissions(StudyId);
        string study = StudyId;
        lock (_hooks)
        {
            DateTimeOffset start = Now.AddSeconds(-count);
            List<SimEvent> list = _events[subscription.Id];
            list.EnsureCapacity(list.Count + count);
            for (int i = 0; i < count; i++)
            {
                SimSubmission? about = submissions.Count == 0 || subscription.EventType.StartsWith("study.", StringComparison.Ordinal)
                    ? null
                    : submissions[i % submissions.Count];
                DateTimeOffset time = start.AddSeconds(i);
                var added = new SimEvent
                {
                    Number = ++_nextEvent,
                    Seed = _options.Seed,
                    EventType = subscription.EventType,
                    ResourceId = about?.Id ?? study,
                    ParticipantId = about?.ParticipantId,
                    ResourceStatus = about?.Status ?? "ACTIVE",
                    TargetUrl = subscription.TargetUrl,
                    Status = status ?? (i % 100 == 99 ? "PENDING" : i % 10 == 9 ? "FAILED" : "SUCCEEDED"),
                    CreatedAt = time,
                    UpdatedAt = time,
                };
                list.Add(added);
                _journal?.Append(JournalEntry.ForEvent(subscription.Id, added));
            }
        }
    }

    /// <summary>
    /// What an event of the type carries: a submission's event its participant and status, a study's change of status a status, the other
    /// ones neither.
    /// </summary>
    private (string? ParticipantId, string? Status) Documented(
        string eventType, string resourceId, string? participantId, string? resourceStatus)
    {
        switch (eventType)
        {
            case "submission.status.change":
                SimSubmission? submission = FindSubmission(resourceId);
                return (participantId ?? submission?.ParticipantId, resourceStatus is null ? submission?.Status : KnownStatus(resourceStatus));
            case "study.status.change":
                string status = resourceStatus?.Replace('_', ' ').ToUpperInvariant() ?? "ACTIVE";
                return StudyStatuses.Contains(status)
                    ? (null, status)
                    : throw new ArgumentException($"There is no status '{resourceStatus}' of a study; there are {string.Join(", ", StudyStatuses)}.");
            case "study.progress.change" or "study.has_high_return_rate":
                return (null, null);
            default:
                return (participantId, resourceStatus);
        }
    }

    private static readonly string[] StudyStatuses =
        ["UNPUBLISHED", "SCHEDULED", "PUBLISHING", "ACTIVE", "AWAITING REVIEW", "PAUSED", "COMPLETED"];

    internal void AddDelivery(SimDelivery delivery)
    {
        lock (_hooks)
        {
            if (_deliveries.Count >= 10_000)
                _deliveries.Dequeue();
            _deliveries.Enqueue(delivery);
        }

        Touch();
    }

    /// <summary>Changes a submission's status as a participant or researcher would: every enabled subscription gets an event.</summary>
    public IReadOnlyList<SimEvent> ChangeSubmission(string submissionId, string status)
    {
        SetSubmissionStatus(submissionId, status);
        Touch();
        SimSubmission submission = FindSubmission(submissionId)!;
        return [.. Subscriptions.Where(s => s.IsEnabled && s.EventType == "submission.status.change")
            .Select(s => AddEvent(s, submission.Id, submission.ParticipantId, submission.Status))];
    }

    internal void SetEventStatus(SimSubscription subscription, SimEvent item, string status)
    {
        lock (_hooks)
        {
            item.Status = status;
            item.UpdatedAt = Now;
            _journal?.Append(JournalEntry.ForEvent(subscription.Id, item));
        }
    }

    /// <summary>A page of a subscription's log in the configured order, and how many there are in all.</summary>
    internal (List<SimEvent> Page, int Total) EventPage(
        string subscriptionId, int offset, int limit, IReadOnlyCollection<string>? statuses, string? resourceId)
    {
        lock (_hooks)
        {
            if (!_events.TryGetValue(subscriptionId, out List<SimEvent>? list))
                return ([], 0);
            var page = new List<SimEvent>(Math.Min(limit, list.Count));
            bool all = statuses is null && resourceId is null;
            int seen = 0;
            for (int i = all ? offset : 0; i < list.Count; i++)
            {
                SimEvent item = list[Position(i, list.Count)];
                if (!all && !Matches(item, statuses, resourceId))
                    continue;
                if (all || seen >= offset)
                {
                    if (page.Count < limit)
                        page.Add(item);
                    else if (all)
                        break;
                }

                seen++;
            }

            return (page, all ? list.Count : seen);
        }
    }

    private int Position(int index, int count)
    {
        if (_options.EventOrder == SimEventOrder.OldestFirst)
            return index;
        int position = count - 1 - index;
        if (_options.EventOrder == SimEventOrder.NewestFirst)
            return position;
        // A full block of 16 is turned by a multiplication modulo 16, which is a bijection; the last, open block stays in order.
        int block = position & ~15;
        return block + 16 <= count ? block + (((position & 15) * 7 + 5) & 15) : position;
    }

    private static bool Matches(SimEvent item, IReadOnlyCollection<string>? statuses, string? resourceId) =>
        (resourceId is null || item.ResourceId == resourceId)
        && (statuses is null || statuses.Contains(item.Status));

    private void ClearWebhooks()
    {
        lock (_hooks)
        {
            _secrets.Clear();
            _subscriptions.Clear();
            _events.Clear();
            _deliveries.Clear();
            _nextSecret = 0;
            _nextSubscription = 0;
            _nextEvent = 0;
        }
    }
}
