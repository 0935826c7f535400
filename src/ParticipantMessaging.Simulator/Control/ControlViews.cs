using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>What a GET under <c>/_sim/</c> shows. Lists are JSON arrays, names in camel case.</summary>
internal static class ControlViews
{
    public static SimResponse Info(SimulatorHost host) => SimResponse.Json(200, w =>
    {
        SimulatorState state = host.State;
        w.WriteStartObject();
        w.WriteString("baseUri", host.BaseUri.GetLeftPart(UriPartial.Authority));
        w.WriteNumber("seed", host.Options.Seed);
        w.WriteString("researcherId", state.ResearcherId);
        w.WriteString("workspaceId", state.WorkspaceId);
        w.WriteString("studyId", state.StudyId);
        w.WriteNumber("participants", state.Participants.Count);
        w.WriteNumber("members", state.Members.Count);
        w.WriteNumber("messages", state.SentCount);
        w.WriteNumber("reached", state.ReachedCount);
        w.WriteNumber("unread", state.Unread.Count);
        w.WriteNumber("faults", host.Faults.All.Count);
        w.WriteNumber("requests", state.Requests.Count);
        w.WriteNumber("version", state.Version);
        w.WriteString("projectName", host.Options.ProjectName);
        w.WriteTime("startedAt", host.StartedAt);
        w.WriteString("stateFile", Path.GetFileName(host.Options.StateFile));
        w.WriteNumber("restored", state.Restored);
        w.WriteString("people", state.PeopleSummary);
        w.WriteString("rate", host.Options.Rate?.ToString());
        w.WriteEndObject();
    });

    public static SimResponse People(IReadOnlyList<SimParticipant> people, IQueryCollection query)
    {
        string search = query["search"].ToString();
        return List(people.Where(p => search.Length == 0 || p.Id.Contains(search, StringComparison.OrdinalIgnoreCase)
            || p.FirstName.Contains(search, StringComparison.OrdinalIgnoreCase)), query, (w, p) =>
            {
                w.WriteStartObject();
                w.WriteString("id", p.Id);
                w.WriteString("provider", p.Provider.ToString());
                w.WriteString("firstName", p.FirstName);
                w.WriteBoolean("active", p.Active);
                w.WriteNumber("received", p.MailboxCount);
                w.WriteEndObject();
            });
    }

    public static SimResponse Studies(SimulatorState state) => List(state.Studies, null, (w, s) =>
    {
        w.WriteStartObject();
        w.WriteString("id", s.Id);
        w.WriteString("name", s.Name);
        w.WriteString("workspaceId", s.WorkspaceId);
        w.WriteNumber("submissions", state.Submissions(s.Id).Count);
        w.WriteEndObject();
    });

    public static SimResponse Groups(SimulatorState state) => List(state.Groups, null, (w, g) =>
    {
        w.WriteStartObject();
        w.WriteString("id", g.Id);
        w.WriteString("name", g.Name);
        w.WriteStartArray("participantIds");
        foreach (string id in g.ParticipantIds)
            w.WriteStringValue(id);
        w.WriteEndArray();
        w.WriteEndObject();
    });

    /// <summary>The submissions of a study (the first one when none is named), or of a participant in all studies.</summary>
    public static SimResponse Submissions(SimulatorState state, string study, string participant) =>
        List(participant.Length > 0
            ? [.. state.Studies.SelectMany(s => state.Submissions(s.Id)).Where(s => s.ParticipantId == participant)]
            : state.Submissions(study.Length == 0 ? state.StudyId : study), null, (w, s) =>
        {
            w.WriteStartObject();
            w.WriteString("id", s.Id);
            w.WriteString("studyId", s.StudyId);
            w.WriteString("participantId", s.ParticipantId);
            w.WriteString("status", s.Status);
            w.WriteEndObject();
        });

    /// <summary>Every mailbox that is not empty (or the one that is asked for): id, name, messages.</summary>
    public static SimResponse Mailboxes(SimulatorState state, IQueryCollection query)
    {
        string id = query["id"].ToString();
        bool thread = query.ContainsKey("thread");
        IEnumerable<SimParticipant> people = id.Length > 0
            ? state.Find(id) is { } one ? [one] : []
            : state.Participants.Concat(state.Members).Where(p => p.MailboxCount > 0);
        return List(people, null, (w, p) =>
        {
            w.WriteStartObject();
            w.WriteString("id", p.Id);
            w.WriteString("provider", p.Provider.ToString());
            w.WriteString("firstName", p.FirstName);
            w.WriteStartArray("messages");
            foreach (SimMessage message in thread ? p.Thread : p.Mailbox)
                WriteMessage(w, message);
            w.WriteEndArray();
            if (thread)
                WritePerson(w, state, p);
            w.WriteEndObject();
        });
    }

    /// <summary>What the page shows and changes of one person: threads and submissions, or membership and mail address.</summary>
    private static void WritePerson(Utf8JsonWriter w, SimulatorState state, SimParticipant person)
    {
        if (person.Provider == SimProvider.OpenHumans)
        {
            w.WriteBoolean("active", person.Active);
            w.WriteBoolean("hasEmail", person.HasEmail);
            w.WriteBoolean("mailRefused", person.MailRefused);
            return;
        }

        w.WriteStartArray("threads");
        foreach (SimConversation thread in state.Threads(person.Id))
        {
            w.WriteStartObject();
            w.WriteString("id", thread.Id);
            w.WriteString("subject", thread.Subject);
            w.WriteString("topic", thread.Topic);
            w.WriteString("studyId", thread.StudyId);
            w.WriteBoolean("byBroadcast", thread.BroadcastId is not null);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        HashSet<string> unread = [.. state.Unread.Where(m => m.ParticipantId == person.Id).Select(m => m.Id)];
        w.WriteStartArray("unread");
        foreach (string id in unread)
            w.WriteStringValue(id);
        w.WriteEndArray();
        w.WriteStartArray("submissions");
        foreach (SimStudy study in state.Studies)
        {
            foreach (SimSubmission submission in state.Submissions(study.Id).Where(s => s.ParticipantId == person.Id))
            {
                w.WriteStartObject();
                w.WriteString("id", submission.Id);
                w.WriteString("studyId", study.Id);
                w.WriteString("study", study.Name);
                w.WriteString("status", submission.Status);
                w.WriteEndObject();
            }
        }

        w.WriteEndArray();
    }

    public static SimResponse Messages(IReadOnlyList<SimMessage> messages, IQueryCollection query) =>
        List(messages, query, WriteMessage);

    public static void WriteMessage(Utf8JsonWriter w, SimMessage m)
    {
        w.WriteStartObject();
        w.WriteString("id", m.Id);
        w.WriteString("provider", m.Provider.ToString());
        w.WriteString("participantId", m.ParticipantId);
        w.WriteBoolean("incoming", m.Incoming);
        w.WriteString("subject", m.Subject);
        w.WriteString("body", m.Body);
        w.WriteString("studyId", m.StudyId);
        w.WriteString("groupId", m.GroupId);
        w.WriteString("category", m.Category);
        w.WriteString("conversationId", m.ConversationId);
        w.WriteString("via", m.Via);
        w.WriteTime("sentAt", m.SentAt);
        w.WriteNumber("requestNumber", m.RequestNumber);
        w.WriteEndObject();
    }

    /// <summary>
    /// The request log; <c>method</c>, <c>path</c> (prefix), <c>after</c> (number), <c>faults</c>, <c>sends</c> and <c>last</c> (how many)
    /// narrow it. With <c>brief</c> long bodies are cut, and sends say to whom they went.
    /// </summary>
    public static SimResponse Requests(SimulatorState state, IQueryCollection query)
    {
        IEnumerable<SimRequestRecord> found = state.Requests.All;
        if (query["method"].ToString() is { Length: > 0 } method)
            found = found.Where(r => r.Method.Equals(method, StringComparison.OrdinalIgnoreCase));
        if (query["path"].ToString() is { Length: > 0 } path)
            found = found.Where(r => r.Path.StartsWith(path, StringComparison.Ordinal));
        if (long.TryParse(query["after"].ToString(), out long after))
            found = found.Where(r => r.Number > after);
        if (query.ContainsKey("faults"))
            found = found.Where(r => r.Fault is not null);
        if (query.ContainsKey("sends"))
            found = found.Where(r => r.Method == "POST");
        if (int.TryParse(query["last"].ToString(), out int last))
            found = found.TakeLast(last);
        bool brief = query.ContainsKey("brief");
        return List(found, query, (w, r) => WriteRequest(w, state, r, brief));
    }

    private static void WriteRequest(Utf8JsonWriter w, SimulatorState state, SimRequestRecord r, bool brief)
    {
        w.WriteStartObject();
        w.WriteNumber("number", r.Number);
        w.WriteTime("time", r.Time);
        w.WriteString("method", r.Method);
        w.WriteString("path", r.Path);
        w.WriteString("query", r.Query);
        w.WriteString("tokenIn", r.TokenIn);
        w.WriteString("scheme", r.Scheme);
        w.WriteString("userAgent", r.UserAgent);
        w.WriteString("contentType", r.ContentType);
        w.WriteString("body", brief ? RequestPreview.Brief(r.BodyBytes) : r.Body);
        if (brief)
        {
            (string? to, string? text) = RequestPreview.Of(state, r);
            w.WriteString("to", to);
            w.WriteString("text", text);
        }

        w.WriteNumber("status", r.Status);
        w.WriteNumber("stored", r.Stored);
        w.WriteString("fault", r.Fault);
        w.WriteNumber("durationMs", Math.Round(r.DurationMs, 2));
        w.WriteEndObject();
    }

    public static SimResponse BulkCalls(SimulatorState state) => List(state.BulkCalls, null, (w, b) =>
    {
        w.WriteStartObject();
        w.WriteString("kind", b.Kind);
        w.WriteNumber("recipients", b.Recipients);
        w.WriteString("body", b.Body);
        w.WriteString("studyId", b.StudyId);
        w.WriteNumber("requestNumber", b.RequestNumber);
        w.WriteTime("time", b.Time);
        w.WriteEndObject();
    });

    /// <summary>Tries to deliver, newest last; <c>last</c> narrows.</summary>
    public static SimResponse Deliveries(SimulatorState state, IQueryCollection query)
    {
        IEnumerable<SimDelivery> found = state.Deliveries;
        if (int.TryParse(query["last"].ToString(), out int last))
            found = found.TakeLast(last);
        return List(found, query, (w, d) =>
        {
            w.WriteStartObject();
            w.WriteTime("time", d.Time);
            w.WriteString("subscriptionId", d.SubscriptionId);
            w.WriteString("eventId", d.EventId);
            w.WriteString("eventType", d.EventType);
            w.WriteString("targetUrl", d.TargetUrl);
            w.WriteNumber("attempt", d.Attempt);
            w.WriteNumber("status", d.Status);
            w.WriteString("error", d.Error);
            w.WriteString("body", d.Body);
            w.WriteEndObject();
        });
    }

    /// <summary>The event log of a subscription (<c>subscription</c>, else the first), oldest first.</summary>
    public static SimResponse Events(SimulatorState state, IQueryCollection query)
    {
        string id = query["subscription"].ToString();
        if (id.Length == 0)
            id = state.Subscriptions.Count > 0 ? state.Subscriptions[0].Id : "";
        IEnumerable<SimEvent> found = state.Events(id);
        if (int.TryParse(query["last"].ToString(), out int last))
            found = found.TakeLast(last);
        return List(found, query, (w, e) =>
        {
            w.WriteStartObject();
            w.WriteString("id", e.Id);
            w.WriteString("eventType", e.EventType);
            w.WriteString("resourceId", e.ResourceId);
            w.WriteString("participantId", e.ParticipantId);
            w.WriteString("status", e.Status);
            w.WriteString("targetUrl", e.TargetUrl);
            w.WriteTime("createdAt", e.CreatedAt);
            w.WriteTime("updatedAt", e.UpdatedAt);
            w.WriteEndObject();
        });
    }

    public static SimResponse Subscriptions(SimulatorState state) => List(state.Subscriptions, null, (w, s) =>
    {
        w.WriteStartObject();
        w.WriteString("id", s.Id);
        w.WriteString("workspaceId", s.WorkspaceId);
        w.WriteString("eventType", s.EventType);
        w.WriteString("targetUrl", s.TargetUrl);
        w.WriteBoolean("isEnabled", s.IsEnabled);
        w.WriteTime("failingSince", s.FailingSince);
        w.WriteNumber("events", state.Events(s.Id).Count);
        w.WriteEndObject();
    });

    public static SimResponse WorkerFailures(SimulatorState state) => List(state.WorkerFailures, null, (w, f) =>
    {
        w.WriteStartObject();
        w.WriteNumber("requestNumber", f.RequestNumber);
        w.WriteString("error", f.Error);
        w.WriteString("memberId", f.MemberId);
        w.WriteNumber("unmailed", f.Unmailed);
        w.WriteEndObject();
    });

    public static SimResponse Faults(FaultList faults) => List(faults.All, null, WriteFault);

    public static void WriteFault(Utf8JsonWriter w, FaultRule rule) =>
        JsonSerializer.Serialize(w, rule, ControlJson.Default.FaultRule);

    internal static SimResponse List<T>(IEnumerable<T> items, IQueryCollection? query, Action<Utf8JsonWriter, T> write)
    {
        if (query is not null && int.TryParse(query["offset"].ToString(), out int offset))
            items = items.Skip(offset);
        if (query is not null && int.TryParse(query["limit"].ToString(), out int limit))
            items = items.Take(limit);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartArray();
            foreach (T item in items)
                write(w, item);
            w.WriteEndArray();
        });
    }
}
