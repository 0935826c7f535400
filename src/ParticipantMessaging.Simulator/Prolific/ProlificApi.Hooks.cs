using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private SimResponse Hooks(SimRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [_, _, _, "event-types"]):
                return ListEventTypes(request);
            case ("GET", [_, _, _, "secrets"]):
                return ListSecrets(request);
            case ("POST", [_, _, _, "secrets"]):
                return CreateSecret(request);
            case ("GET", [_, _, _, "subscriptions"]):
                return ListSubscriptions(request);
            case ("POST", [_, _, _, "subscriptions"]):
                return CreateSubscription(request);
            case (_, [_, _, _, "event-types" or "secrets" or "subscriptions"]):
                return WrongMethod(request);
            default:
                break;
        }

        if (path is not [_, _, _, "subscriptions", string id, ..] || state.FindSubscription(id) is not { } subscription)
            return NotFound(path);
        return (request.Method, path) switch
        {
            ("GET", [_, _, _, _, _]) => SimResponse.Json(200, w => WriteSubscription(w, subscription)),
            ("POST", [_, _, _, _, _]) => Confirm(request, subscription),
            ("PATCH", [_, _, _, _, _]) => Change(request, subscription),
            ("DELETE", [_, _, _, _, _]) => Delete(subscription),
            ("GET", [_, _, _, _, _, "events"]) => ListEvents(request, subscription),
            (_, [_, _, _, _, _]) or (_, [_, _, _, _, _, "events"]) => WrongMethod(request),
            _ => NotFound(path),
        };
    }

    private SimResponse ListEventTypes(SimRequest request) => List(request, SimulatorState.EventTypes, static (w, type) =>
    {
        w.WriteStartObject();
        w.WriteString("event_type", type.EventType);
        w.WriteString("description", type.Description);
        w.WriteEndObject();
    });

    private SimResponse ListSecrets(SimRequest request)
    {
        if (request.QueryValue("workspace_id") is not { Length: > 0 } workspaceId)
            return Error(request.Segments, 400, "This field is required.", "workspace_id");
        if (state.Workspaces.All(w => w.Id != workspaceId))
            return NotFound(request.Segments);
        SimSecret[] found = state.FindSecret(workspaceId) is { } secret ? [secret] : [];
        return List(request, found, WriteSecret);
    }

    private SimResponse CreateSecret(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        string? workspaceId = Required(request, document.RootElement, "workspace_id", ref refusal);
        if (refusal is not null)
            return refusal;
        if (state.Workspaces.All(w => w.Id != workspaceId))
            return NotFound(request.Segments);
        SimSecret secret = state.CreateSecret(workspaceId!);
        return SimResponse.Json(201, w => WriteSecret(w, secret));
    }

    private static void WriteSecret(Utf8JsonWriter w, SimSecret secret)
    {
        w.WriteStartObject();
        w.WriteString("id", secret.Id);
        w.WriteString("value", secret.Value);
        w.WriteString("workspace_id", secret.WorkspaceId);
        w.WriteEndObject();
    }

    private SimResponse ListSubscriptions(SimRequest request)
    {
        bool enabled = true;
        if (request.QueryValue("is_enabled") is { } text)
        {
            if (JsonText.Flag(text) is not { } flag)
                return Error(request.Segments, 400, "Must be a valid boolean.", "is_enabled");
            enabled = flag;
        }

        string? workspaceId = request.QueryValue("workspace_id");
        SimSubscription[] found = [.. state.Subscriptions.Where(s =>
            s.IsEnabled == enabled && (workspaceId is null || s.WorkspaceId == workspaceId))];
        return List(request, found, WriteSubscription, ListManner.Pages | ListManner.Count);
    }

    private void WriteSubscription(Utf8JsonWriter w, SimSubscription subscription)
    {
        w.WriteStartObject();
        w.WriteString("id", subscription.Id);
        w.WriteString("event_type", subscription.EventType);
        w.WriteString("target_url", subscription.TargetUrl);
        w.WriteBoolean("is_enabled", subscription.IsEnabled);
        w.WriteString("workspace_id", subscription.WorkspaceId);
        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private SimResponse CreateSubscription(SimRequest request)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        string? workspaceId = Required(request, document.RootElement, "workspace_id", ref refusal);
        string? eventType = Required(request, document.RootElement, "event_type", ref refusal);
        string? targetUrl = Required(request, document.RootElement, "target_url", ref refusal);
        if (refusal is not null)
            return refusal;
        if (state.Workspaces.All(w => w.Id != workspaceId))
            return NotFound(request.Segments);
        if (SimulatorState.EventTypes.All(t => t.EventType != eventType))
            return Error(request.Segments, 400, $"\"{eventType}\" is not a valid choice.", "event_type");
        if (!TargetIsFine(targetUrl!))
            return Error(request.Segments, 400, "Enter a valid URL.", "target_url");
        if (state.FindSecret(workspaceId!) is null)
            return Error(request.Segments, 400, "Subscriptions can only be created for workspaces with a secret.");

        SimSubscription subscription = state.AddSubscription(eventType!, targetUrl!, isEnabled: false, workspaceId);
        return SimResponse.Json(201, w =>
        {
            bool list = options.ListSubscriptionAnswer || options.ListAllSubscriptionsAnswer;
            if (list)
            {
                w.WriteStartObject();
                w.WriteStartArray("results");
            }

            foreach (SimSubscription old in options.ListAllSubscriptionsAnswer ? state.Subscriptions : [])
            {
                if (old.Id != subscription.Id)
                    WriteSubscription(w, old);
            }

            WriteSubscription(w, subscription);
            if (list)
            {
                w.WriteEndArray();
                w.WriteEndObject();
            }
        }, 0, ("X-Hook-Secret", subscription.ConfirmationToken));
    }

    private bool TargetIsFine(string targetUrl) =>
        Uri.TryCreate(targetUrl, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttps && !uri.IsLoopback
            || options.AllowHttpTargets && uri.IsLoopback && uri.Scheme is "http" or "https");

    private SimResponse Confirm(SimRequest request, SimSubscription subscription)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        string? secret = Required(request, document.RootElement, "secret", ref refusal);
        if (refusal is not null)
            return refusal;
        if (secret != subscription.ConfirmationToken)
            return Error(request.Segments, 400, "secret mismatch");
        state.ChangeSubscription(subscription, s => s.IsEnabled = true);
        return SimResponse.Json(200, w => WriteSubscription(w, subscription));
    }

    private SimResponse Change(SimRequest request, SimSubscription subscription)
    {
        using JsonDocument? document = Body(request, out SimResponse? refusal);
        if (document is null)
            return refusal!;
        JsonElement root = document.RootElement;
        string? eventType = root.Text("event_type");
        string? targetUrl = root.Text("target_url");
        if (eventType is not null && SimulatorState.EventTypes.All(t => t.EventType != eventType))
            return Error(request.Segments, 400, $"\"{eventType}\" is not a valid choice.", "event_type");
        if (targetUrl is not null && !TargetIsFine(targetUrl))
            return Error(request.Segments, 400, "Enter a valid URL.", "target_url");
        bool? enabled = root.TryGetProperty("is_enabled", out JsonElement flag)
            ? flag.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
        state.ChangeSubscription(subscription, s =>
        {
            s.EventType = eventType ?? s.EventType;
            s.TargetUrl = targetUrl ?? s.TargetUrl;
            s.IsEnabled = enabled ?? s.IsEnabled;
            if (enabled == true)
                s.FailingSince = null;
        });
        return SimResponse.Json(200, w => WriteSubscription(w, subscription));
    }

    private SimResponse Delete(SimSubscription subscription)
    {
        state.RemoveSubscription(subscription);
        return SimResponse.NoContent();
    }

    private SimResponse ListEvents(SimRequest request, SimSubscription subscription)
    {
        int offset = 0;
        int limit = 100;
        if (request.QueryValue("offset") is { } o && (!int.TryParse(o, out offset) || offset < 0))
            return Error(request.Segments, 400, "Ensure this value is greater than or equal to 0.", "offset");
        if (request.QueryValue("limit") is { } l && (!int.TryParse(l, out limit) || limit is < 1 or > 1_000))
            return Error(request.Segments, 400, "Ensure this value is between 1 and 1000.", "limit");

        string[]? statuses = null;
        if (request.QueryValue("status") is { Length: > 0 } status && !TryStatuses(status, out statuses))
            return Error(request.Segments, 400, $"\"{status}\" is not a valid choice.", "status");

        string? resourceId = request.QueryValue("resource_id");
        (List<SimEvent> page, int total) = state.EventPage(
            subscription.Id, options.IgnoreOffset ? 0 : offset, Cut(limit), statuses, resourceId);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach (SimEvent item in page)
                WriteEvent(w, item);
            w.WriteEndArray();
            EndList(w, request, total, tellsCount: true);
        });
    }

    /// <summary>One status, or a JSON array of them as text.</summary>
    private static bool TryStatuses(string text, out string[]? statuses)
    {
        statuses = [text];
        if (text.StartsWith('['))
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                statuses = [.. document.RootElement.EnumerateArray().Select(s => s.ToString())];
            }
            catch (JsonException)
            {
                return false;
            }
        }

        return statuses.All(s => s is "PENDING" or "SUCCEEDED" or "FAILED");
    }

    private void WriteEvent(Utf8JsonWriter w, SimEvent item)
    {
        w.WriteStartObject();
        w.WriteString("id", item.Id);
        w.WriteTime("datetime_created", item.CreatedAt);
        w.WriteTime("datetime_updated", item.UpdatedAt);
        w.WriteString("event_type", item.EventType);
        w.WriteString("resource_id", item.ResourceId);
        w.WriteString("status", item.Status);
        w.WriteString("target_url", item.TargetUrl);
        w.WritePropertyName("payload");
        if (item.CustomBody is { } body)
            w.WriteRawValue(body, skipInputValidation: true);
        else
            WebhookBody.WriteTo(w, item);
        WriteUnknownFields(w);
        w.WriteEndObject();
    }
}
