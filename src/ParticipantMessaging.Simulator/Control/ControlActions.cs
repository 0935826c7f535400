using System.Globalization;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>What a POST under <c>/_sim/</c> does. Names are those of the members they stand for, in camel case.</summary>
internal static class ControlActions
{
    /// <summary>Null when there is no such action.</summary>
    public static SimResponse? Do(SimulatorHost host, string action, JsonElement body)
    {
        SimulatorState state = host.State;
        switch (action)
        {
            case "faults":
                FaultRule rule = host.Faults.Add(
                    body.Deserialize(ControlJson.Default.FaultRule) ?? throw new ArgumentException("The body is no fault."));
                return SimResponse.Json(201, w => ControlViews.WriteFault(w, rule));
            case "participants":
                return Added(state.AddParticipant(body.Text("id"), body.Text("firstName")).Id);
            case "members":
                return Added(state.AddMember(body.Text("id"), body.Text("firstName"), Flag(body, "active") ?? true,
                    Flag(body, "hasEmail") ?? true, Flag(body, "mailRefused") ?? false).Id);
            case "members/change":
                return ChangeMember(state, Need(body, "id"), body);
            case "studies":
                return Added(state.AddStudy(body.Text("name"), body.Text("id")).Id);
            case "groups":
                return Added(state.AddGroup(body.Text("name") ?? "Group", Texts(body, "participantIds"), body.Text("id")).Id);
            case "groups/change":
                state.SetDeleted(Need(body, "id"), Flag(body, "isDeleted") ?? true);
                return SimResponse.NoContent();
            case "submissions":
                string studyId = body.Text("studyId") ?? state.StudyId;
                string status = body.Text("status") ?? "AWAITING REVIEW";
                string[] ids = [.. Texts(body, "participantIds").Select(id => state.AddSubmission(studyId, id, status).Id)];
                return ids.Length > 0
                    ? AddedMany(ids)
                    : Added(state.AddSubmission(studyId, Need(body, "participantId"), status, id: body.Text("id")).Id);
            case "unread":
                if (Number(body, "count") is { } unread)
                {
                    state.AddUnread(unread);
                    return SimResponse.NoContent();
                }

                return Added(state.AddUnread(body.Text("senderId") ?? state.Participants[0].Id, Need(body, "body"),
                    body.Text("studyId"), body.Text("category"), Time(body, "sentAt"), body.Text("conversationId")).Id);
            case "read":
                return state.MarkRead(Need(body, "id")) ? SimResponse.NoContent() : throw new ArgumentException("There is no such unread message.");
            case "conversations":
                string about = Need(body, "participantId");
                if (state.FindParticipant(about) is null)
                    throw new ArgumentException($"There is no participant '{about}'.");
                return Added(state.AddConversation(about, Need(body, "subject"), body.Text("topic") ?? "other", body.Text("studyId")).Id);
            case "secrets":
                return Added(state.SetSecret(body.Text("workspaceId") ?? state.WorkspaceId, Need(body, "value")).Id);
            case "subscriptions":
                return Added(state.AddSubscription(body.Text("eventType") ?? "submission.status.change", Need(body, "targetUrl"),
                    Flag(body, "isEnabled") ?? true, body.Text("workspaceId")).Id);
            case "events":
                return AddEvents(state, body);
            case "status-change":
                return AddedMany([.. state.ChangeSubmission(body.Text("submissionId") ?? state.Submissions(state.StudyId)[0].Id,
                    Need(body, "status")).Select(e => e.Id)]);
            case "options":
                return SetOptions(host.Options, body);
            default:
                return null;
        }
    }

    private static SimResponse ChangeMember(SimulatorState state, string id, JsonElement body)
    {
        SimParticipant member = state.FindMember(id) ?? throw new ArgumentException($"There is no member '{id}'.");
        if (Flag(body, "active") is { } active)
            state.SetActive(id, active);
        if (Flag(body, "hasEmail") is not null || Flag(body, "mailRefused") is not null)
            state.SetMail(id, Flag(body, "hasEmail") ?? member.HasEmail, Flag(body, "mailRefused") ?? member.MailRefused);
        if (Flag(body, "rewrite") == true)
            state.Rewrite(id);
        return SimResponse.NoContent();
    }

    /// <summary>Delivers events again: <c>subscriptionId</c>, <c>eventIds</c>, <c>shuffle</c>, <c>parallel</c>, <c>times</c>, <c>cutOff</c>.</summary>
    public static async Task<SimResponse> RepeatAsync(SimulatorHost host, JsonElement body)
    {
        SimSubscription subscription = Subscription(host.State, body);
        string[] ids = Texts(body, "eventIds");
        int accepted = 0;
        if (Flag(body, "cutOff") == true)
        {
            foreach (SimEvent item in host.State.Events(subscription.Id).Where(e => ids.Length == 0 || ids.Contains(e.Id)))
                await host.CutOffDeliveryAsync(subscription, item);
        }

        for (int i = 0; i < (Number(body, "times") ?? 1); i++)
        {
            accepted += await host.RepeatDeliveriesAsync(
                subscription, ids.Length == 0 ? null : ids, Flag(body, "shuffle") ?? false, Number(body, "parallel") ?? 1);
        }

        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("accepted", accepted);
            w.WriteEndObject();
        });
    }

    private static SimSubscription Subscription(SimulatorState state, JsonElement body) => body.Text("subscriptionId") is { } id
        ? state.FindSubscription(id) ?? throw new ArgumentException($"There is no subscription '{id}'.")
        : state.Subscriptions.Count > 0
            ? state.Subscriptions[0]
            : throw new ArgumentException("There is no subscription; add one first.");

    private static SimResponse AddEvents(SimulatorState state, JsonElement body)
    {
        SimSubscription subscription = Subscription(state, body);
        if (Number(body, "history") is { } history)
        {
            state.AddEvents(subscription, history, body.Text("status"));
            return SimResponse.NoContent();
        }

        string? participantId = body.Text("participantId");
        string? resourceId = body.Text("resourceId");

        // About the submissions in turn: two events of one submission and status, delivered in one second, would be one and the same request.
        SimSubmission[] submissions = subscription.EventType.StartsWith("submission.", StringComparison.Ordinal) && resourceId is null
            ? [.. state.Submissions(state.StudyId).Where(s => participantId is null || s.ParticipantId == participantId)]
            : [];
        int first = state.Events(subscription.Id).Count;
        string[] added = new string[Number(body, "count") ?? 1];
        for (int i = 0; i < added.Length; i++)
        {
            SimSubmission? about = submissions.Length == 0 ? null : submissions[(first + i) % submissions.Length];
            added[i] = state.AddEvent(subscription, about?.Id ?? resourceId ?? state.StudyId, about?.ParticipantId ?? participantId, body.Text("resourceStatus"),
                body.Text("status") ?? "PENDING", Time(body, "createdAt"), body.Text("body")).Id;
        }

        return AddedMany(added);
    }

    private static SimResponse SetOptions(SimulatorOptions options, JsonElement body)
    {
        options.LatencyMinMs = Number(body, "latencyMinMs") ?? options.LatencyMinMs;
        options.LatencyMaxMs = Number(body, "latencyMaxMs") ?? options.LatencyMaxMs;
        options.BulkLimit = Number(body, "bulkLimit") ?? options.BulkLimit;
        options.BodyLimit = Number(body, "bodyLimit") ?? options.BodyLimit;
        options.DocumentedSpelling = Flag(body, "documentedSpelling") ?? options.DocumentedSpelling;
        options.NullResults = Flag(body, "nullResults") ?? options.NullResults;
        options.UnknownFields = Flag(body, "unknownFields") ?? options.UnknownFields;
        options.ListSubscriptionAnswer = Flag(body, "listSubscriptionAnswer") ?? options.ListSubscriptionAnswer;
        options.SanitiseBodies = Flag(body, "sanitiseBodies") ?? options.SanitiseBodies;
        options.Broadcasts = Flag(body, "broadcasts") ?? options.Broadcasts;
        options.Conversations = Flag(body, "conversations") ?? options.Conversations;
        options.CheckStudies = Flag(body, "checkStudies") ?? options.CheckStudies;
        options.PartialBulk = Flag(body, "partialBulk") ?? options.PartialBulk;
        options.AllowHttpTargets = Flag(body, "allowHttpTargets") ?? options.AllowHttpTargets;
        options.DeliverWebhooks = Flag(body, "deliverWebhooks") ?? options.DeliverWebhooks;
        options.ListAllSubscriptionsAnswer = Flag(body, "listAllSubscriptionsAnswer") ?? options.ListAllSubscriptionsAnswer;
        options.ChangingAnswers = Flag(body, "changingAnswers") ?? options.ChangingAnswers;
        options.NoParticipantCount = Flag(body, "noParticipantCount") ?? options.NoParticipantCount;
        options.RateBurst = Number(body, "rateBurst") ?? options.RateBurst;
        options.RateRetryAfter = Flag(body, "rateRetryAfter") ?? options.RateRetryAfter;
        if (body.Text("rate") is { } rate)
            options.Rate = rate.Length == 0 ? null : SimRate.Parse(rate);
        if (body.Text("clock") is { } clock)
            options.ClockOffset = SimDuration.Parse(clock);
        options.ProjectName = body.Text("projectName") ?? options.ProjectName;
        options.MembersLeave = Number(body, "membersLeave") ?? options.MembersLeave;
        options.BrokerDown = Flag(body, "brokerDown") ?? options.BrokerDown;
        options.WorkerStopsAfter = Has(body, "workerStopsAfter") ? Number(body, "workerStopsAfter") : options.WorkerStopsAfter;
        options.PageSize = Number(body, "pageSize") ?? options.PageSize;
        options.ListLinks = Flag(body, "listLinks") ?? options.ListLinks;
        options.IgnoreOffset = Flag(body, "ignoreOffset") ?? options.IgnoreOffset;
        if (body.Text("listCounts") is { } counts)
            options.ListCounts = Enum.Parse<SimListCounts>(counts, ignoreCase: true);
        if (body.Text("memberOrder") is { } members)
            options.MemberOrder = Enum.Parse<SimMemberOrder>(members, ignoreCase: true);
        if (body.Text("errorShape") is { } shape)
            options.ErrorShape = Enum.Parse<ProlificErrorShape>(shape, ignoreCase: true);
        if (body.Text("eventOrder") is { } order)
            options.EventOrder = Enum.Parse<SimEventOrder>(order, ignoreCase: true);
        return SimResponse.NoContent();
    }

    private static SimResponse Added(string id) => SimResponse.Json(201, w =>
    {
        w.WriteStartObject();
        w.WriteString("id", id);
        w.WriteEndObject();
    });

    private static SimResponse AddedMany(string[] ids) => SimResponse.Json(201, w =>
    {
        w.WriteStartObject();
        w.WriteString("id", ids.Length > 0 ? ids[0] : null);
        w.WriteStartArray("ids");
        foreach (string id in ids)
            w.WriteStringValue(id);
        w.WriteEndArray();
        w.WriteEndObject();
    });

    private static string Need(JsonElement body, string name) =>
        body.Text(name) ?? throw new ArgumentException($"'{name}' is missing.");

    private static bool Has(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out _);

    private static bool? Flag(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out JsonElement value)
        && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : null;

    private static int? Number(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
            ? value.GetInt32()
            : null;

    private static DateTimeOffset? Time(JsonElement body, string name) => body.Text(name) is { } text
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
        : null;

    private static string[] Texts(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(i => i.GetString()!)]
            : [];
}
