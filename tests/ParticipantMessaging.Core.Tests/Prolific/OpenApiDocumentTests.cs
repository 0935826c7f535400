using System.Text;
using System.Text.Json;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Prolific;

/// <summary>The module's requests and the simulator's answers against Prolific's own document.</summary>
public sealed class OpenApiDocumentTests
{
    // What the document lacks, or the live service does otherwise (provider facts, sections 1.4, 2.7, 2.9, 3.3 and 9).
    private static readonly string[] KnownRequests =
    [
        "GET /api/v1/participant-groups/: parameter workspace_id", "GET /api/v1/participant-groups/: parameter filter is missing",
        "GET /api/v1/participant-groups/: parameter limit", "GET /api/v1/participant-groups/: parameter offset",
        "GET /api/v1/workspaces/: parameter limit", "GET /api/v1/workspaces/: parameter offset",
        "GET /api/v1/hooks/subscriptions/: parameter limit", "GET /api/v1/hooks/subscriptions/: parameter offset",
        "GET /api/v1/studies/$/submissions/: parameter limit", "GET /api/v1/studies/$/submissions/: parameter offset",
        "GET /api/v1/conversations/: not in the document", "POST /api/v1/conversations/: not in the document",
        "GET /api/v1/conversations/$/messages/: not in the document", "GET /api/v1/broadcasts/: not in the document",
    ];

    [DocumentFact]
    public async Task Every_request_of_the_module_is_one_that_the_document_knows()
    {
        await using SimService service = await SimService.StartAsync(new SimulatorOptions { Participants = 30, Unread = 3, Events = 5 });
        SimulatorState state = service.State;
        string[] people = [.. state.Participants.Select(p => p.Id)];
        ProlificClient client = service.Prolific;

        await client.GetMeAsync();
        await AllAsync(client.GetWorkspacesAsync());
        await AllAsync(client.GetUnreadMessagesAsync());
        await AllAsync(client.GetMessagesAsync(people[0], null));
        await AllAsync(client.GetMessagesAsync(null, DateTimeOffset.UtcNow.AddDays(-3), people[..2]));
        await client.SendMessageAsync(people[0], "Hi", state.StudyId);
        await client.SendMessageAsync(people[0], "Hi", state.StudyId, state.Unread[0].ConversationId);
        await client.SendBulkMessageAsync(people[..3], "Hi", state.StudyId);
        await client.SendGroupMessageAsync(state.Groups[0].Id, "Hi");
        await client.SendGroupMessageAsync(state.Groups[0].Id, "Hi", state.StudyId);
        await AllAsync(client.GetStudySubmissionsAsync(state.StudyId, "-started_at"));
        await client.CountSubmissionsAsync(state.StudyId);
        await AllAsync(client.FindSubmissionsAsync(state.StudyId, "AWAITING_REVIEW"));
        await client.GetSubmissionAsync(state.Submissions(state.StudyId)[0].Id);
        await AllAsync(client.GetParticipantGroupsAsync(state.WorkspaceId));
        await client.GetParticipantGroupAsync(state.Groups[0].Id);
        await AllAsync(client.GetGroupMembersAsync(state.Groups[0].Id));
        await AllAsync(client.GetWebhookEventTypesAsync());
        await AllAsync(client.GetWebhookSecretsAsync(state.WorkspaceId));
        await client.CreateWebhookSecretAsync(state.WorkspaceId);
        await AllAsync(client.GetWebhookSubscriptionsAsync(state.WorkspaceId));
        CreatedSubscription created = await client.CreateWebhookSubscriptionAsync(state.WorkspaceId, "study.status.change", "https://lab.example/hook");
        string subscription = created.Subscription.Id;
        await client.ConfirmWebhookSubscriptionAsync(subscription, state.FindSubscription(subscription)!.ConfirmationToken);
        await client.GetWebhookSubscriptionAsync(subscription);
        await client.UpdateWebhookSubscriptionAsync(subscription, "study.progress.change", "https://lab.example/other", isEnabled: false);
        await AllAsync(client.GetWebhookEventsAsync(state.Subscriptions[0].Id));
        await client.CountWebhookEventsAsync(state.Subscriptions[0].Id, new WebhookEventQuery { Statuses = ["FAILED", "PENDING"], ResourceId = state.StudyId });
        await client.DeleteWebhookSubscriptionAsync(subscription);
        await AllAsync(client.GetConversationsAsync());
        await AllAsync(client.GetConversationMessagesAsync(state.Conversations[0].Id));
        await AllAsync(client.GetBroadcastsAsync());
        await client.CreateConversationAsync(people[0], "Hi", "feedback", state.StudyId, "Hi");

        var document = OpenApiDocument.Load();
        Assert.Equal(24, state.Requests.All.Select(r => (r.Method, document.TemplateOf(r.Method, r.Path))).Where(static o => o.Item2 is not null).Distinct().Count());
        string[] found = [.. state.Requests.All.SelectMany(r => document.CheckRequest(r.Method, r.Path, r.Query, r.Body)).Select(Plain).Distinct()];
        Assert.Empty(found.Except(KnownRequests));
    }

    [DocumentFact]
    public async Task Every_answer_of_the_simulator_is_one_that_the_document_knows()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(
            new SimulatorOptions { Participants = 30, Unread = 3, Events = 120, DocumentedSpelling = true, ListSubscriptionAnswer = true });
        SimulatorState state = sim.State;
        state.AddSent(state.Participants[0].Id, "Hi", state.StudyId);
        var document = OpenApiDocument.Load();
        using var http = new HttpClient { BaseAddress = sim.BaseUri };
        http.DefaultRequestHeaders.Authorization = new("Token", SimulatorOptions.DefaultProlificToken);
        var problems = new List<string>();
        var called = new HashSet<(string, string)>();
        int calls = 0;

        async Task<JsonElement> CallAsync(string method, string path, object? body = null, int status = 200, string? text = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            text ??= body is null ? null : JsonSerializer.Serialize(body);
            if (text is not null)
                request.Content = new StringContent(text, Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await http.SendAsync(request);
            string answer = await response.Content.ReadAsStringAsync();
            Assert.True(status == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {answer}");
            problems.AddRange(document.CheckAnswer(method, path.Split('?')[0], status, answer));
            called.Add((method, document.TemplateOf(method, path.Split('?')[0])!));
            calls++;
            return answer.Length == 0 ? default : JsonDocument.Parse(answer).RootElement;
        }

        string person = state.Participants[0].Id;
        string group = state.Groups[0].Id;
        await CallAsync("GET", "/api/v1/users/me/");
        await CallAsync("GET", "/api/v1/workspaces/");
        await CallAsync("GET", $"/api/v1/messages/?user_id={person}");
        await CallAsync("GET", "/api/v1/messages/", status: 400);
        await CallAsync("GET", "/api/v1/messages/unread/");
        await CallAsync("POST", "/api/v1/messages/", new { recipient_id = person, body = "Hi", study_id = state.StudyId }, 204);
        await CallAsync("POST", "/api/v1/messages/", new { recipient_id = "nobody", body = "Hi", study_id = state.StudyId }, 400);
        await CallAsync("POST", "/api/v1/messages/bulk/", new { ids = new[] { person }, body = "Hi", study_id = state.StudyId }, 204);
        await CallAsync("POST", "/api/v1/messages/bulk/", new { body = "Hi", study_id = state.StudyId }, 400);
        await CallAsync("POST", "/api/v1/messages/participant-group/", new { participant_group_id = group, body = "Hi" }, 204);
        await CallAsync("POST", "/api/v1/messages/participant-group/", status: 400, text: "{");
        await CallAsync("GET", $"/api/v1/participant-groups/?workspace_id={state.WorkspaceId}&active=true");
        await CallAsync("GET", "/api/v1/participant-groups/", status: 400);
        await CallAsync("GET", $"/api/v1/participant-groups/{group}/");
        await CallAsync("GET", $"/api/v1/participant-groups/{group}/participants/");
        await CallAsync("POST", $"/api/v1/participant-groups/{group}/participants/", new { participant_ids = new[] { person } });
        await CallAsync("DELETE", $"/api/v1/participant-groups/{group}/participants/", new { participant_ids = new[] { person } });
        await CallAsync("GET", $"/api/v1/studies/{state.StudyId}/submissions/?ordering=-participant_id");
        await CallAsync("GET", $"/api/v1/studies/{state.StudyId}/submissions/?ordering=what", status: 400);
        await CallAsync("GET", $"/api/v1/studies/{state.StudyId}/submissions/counts/");
        await CallAsync("GET", $"/api/v1/submissions/?study={state.StudyId}&status=approved&ordering=-started_at");
        await CallAsync("GET", "/api/v1/submissions/", status: 400);
        await CallAsync("GET", $"/api/v1/submissions/{state.Submissions(state.StudyId)[0].Id}/");
        await CallAsync("GET", "/api/v1/hooks/event-types/");
        await CallAsync("GET", $"/api/v1/hooks/secrets/?workspace_id={state.WorkspaceId}");
        await CallAsync("POST", "/api/v1/hooks/secrets/", new { workspace_id = state.WorkspaceId }, 201);
        await CallAsync("GET", "/api/v1/hooks/subscriptions/?is_enabled=true");
        JsonElement created = await CallAsync("POST", "/api/v1/hooks/subscriptions/",
            new { workspace_id = state.WorkspaceId, event_type = "study.status.change", target_url = "https://lab.example/hook" }, 201);
        string id = created.GetProperty("results")[0].GetProperty("id").GetString()!;
        await CallAsync("POST", "/api/v1/hooks/subscriptions/", new { workspace_id = state.WorkspaceId }, 400);
        await CallAsync("POST", $"/api/v1/hooks/subscriptions/{id}/", new { secret = "wrong" }, 400);
        await CallAsync("POST", $"/api/v1/hooks/subscriptions/{id}/", new { secret = state.FindSubscription(id)!.ConfirmationToken });
        await CallAsync("GET", $"/api/v1/hooks/subscriptions/{id}/");
        await CallAsync("PATCH", $"/api/v1/hooks/subscriptions/{id}/", new { is_enabled = false });
        await CallAsync("GET", $"/api/v1/hooks/subscriptions/{state.Subscriptions[0].Id}/events/?limit=50&status=FAILED");
        await CallAsync("GET", $"/api/v1/hooks/subscriptions/{state.Subscriptions[0].Id}/events/?limit=0", status: 400);
        await CallAsync("DELETE", $"/api/v1/hooks/subscriptions/{id}/", status: 204);

        Assert.Equal(36, calls);
        Assert.Empty(problems.Select(Plain));

        // Nothing of the document is served without having been looked at. Of a study there is no more than docs/simulator.md says.
        var served = new List<string>();
        foreach ((string method, string template) in document.Operations.Where(o => !called.Contains(o)))
        {
            string path = template.Replace("{workspace_id}", state.WorkspaceId, StringComparison.Ordinal).Replace("{study_id}", state.StudyId, StringComparison.Ordinal)
                .Replace("{id}", template.Contains("/participant-groups/", StringComparison.Ordinal) ? group
                    : template.Contains("/submissions/", StringComparison.Ordinal) ? state.Submissions(state.StudyId)[0].Id : state.StudyId, StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method is "POST" or "PATCH" or "PUT")
                request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await http.SendAsync(request);
            if ((int)response.StatusCode is not (404 or 405))
                served.Add($"{method} {template}");
        }

        Assert.Equal(["GET /api/v1/studies/{id}/"], served);
    }

    private static string Plain(string problem) => System.Text.RegularExpressions.Regex.Replace(problem, "/[0-9a-f]{24,64}(?=/)", "/$$");

    private static async Task AllAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T item in items)
            Assert.NotNull(item);
    }
}
