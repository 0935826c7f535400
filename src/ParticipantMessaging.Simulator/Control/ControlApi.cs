using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>The control API under <c>/_sim/</c> (docs/simulator.md): what <see cref="SimulatorHost"/> offers in-process, as JSON.</summary>
internal static class ControlApi
{
    public static async Task HandleAsync(HttpContext context, SimulatorHost host)
    {
        SimResponse response;
        try
        {
            response = await AnswerAsync(context, host);
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            response = SimResponse.Json(400, w =>
            {
                w.WriteStartObject();
                w.WriteString("error", e.Message);
                w.WriteEndObject();
            });
        }

        await RequestPipeline.WriteAsync(context, response);
    }

    private static async Task<SimResponse> AnswerAsync(HttpContext context, SimulatorHost host)
    {
        string path = (context.Request.Path.Value ?? "/").TrimEnd('/');
        IQueryCollection query = context.Request.Query;
        SimulatorState state = host.State;
        switch (context.Request.Method, path)
        {
            case ("GET", "/_sim/info"):
                return ControlViews.Info(host);
            case ("GET", "/_sim/participants"):
                return ControlViews.People(state.Participants, query);
            case ("GET", "/_sim/members"):
                return ControlViews.People(state.Members, query);
            case ("GET", "/_sim/studies"):
                return ControlViews.Studies(state);
            case ("GET", "/_sim/groups"):
                return ControlViews.Groups(state);
            case ("GET", "/_sim/submissions"):
                return ControlViews.Submissions(state, query["study"].ToString());
            case ("GET", "/_sim/mailboxes"):
                return ControlViews.Mailboxes(state, query);
            case ("GET", "/_sim/messages"):
                return ControlViews.Messages(state.SentMessages, query);
            case ("GET", "/_sim/requests"):
                return ControlViews.Requests(state, query);
            case ("DELETE", "/_sim/requests"):
                state.Requests.Clear();
                return SimResponse.NoContent();
            case ("GET", "/_sim/bulk-calls"):
                return ControlViews.BulkCalls(state);
            case ("GET", "/_sim/deliveries"):
                return ControlViews.Deliveries(state, query);
            case ("GET", "/_sim/events"):
                return ControlViews.Events(state, query);
            case ("GET", "/_sim/subscriptions"):
                return ControlViews.Subscriptions(state);
            case ("GET", "/_sim/worker-failures"):
                return ControlViews.WorkerFailures(state);
            case ("GET", "/_sim/faults"):
                return ControlViews.Faults(host.Faults);
            case ("DELETE", "/_sim/faults"):
                host.Faults.Clear();
                return SimResponse.NoContent();
            case ("DELETE", _) when path.StartsWith("/_sim/faults/", StringComparison.Ordinal):
                return host.Faults.Remove(path["/_sim/faults/".Length..]) ? SimResponse.NoContent() : NotFound();
            case ("POST", "/_sim/reset"):
                host.Faults.Clear();
                state.Reset();
                return SimResponse.NoContent();
            case ("POST", "/_sim/clear-messages"):
                state.ClearMessages();
                return SimResponse.NoContent();
            default:
                break;
        }

        if (context.Request.Method == "POST" && path.StartsWith("/_sim/", StringComparison.Ordinal))
        {
            using JsonDocument body = await ReadAsync(context);
            SimResponse? done = path == "/_sim/deliveries"
                ? await ControlActions.RepeatAsync(host, body.RootElement)
                : ControlActions.Do(host, path["/_sim/".Length..], body.RootElement);
            state.Touch();
            if (done is not null)
                return done;
        }

        return NotFound();
    }

    private static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.Length == 0 ? JsonDocument.Parse("{}") : JsonDocument.Parse(buffer.ToArray());
    }

    internal static SimResponse NotFound() => SimResponse.Json(404, w =>
    {
        w.WriteStartObject();
        w.WriteString("error", "There is nothing at this address.");
        w.WriteEndObject();
    });
}
