using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>The control API under <c>/_sim/</c> (docs/simulator.md): what <see cref="SimulatorHost"/> offers in-process, as JSON.</summary>
internal static class ControlApi
{
    public static async Task HandleAsync(HttpContext context, SimulatorHost host)
    {
        string path = context.Request.Path.Value ?? "/";
        SimResponse response;
        try
        {
            if (IsForeign(context, host.Options))
            {
                response = SimResponse.Text(403, "text/plain", "This address is for pages and programs of this machine only.");
                await RequestPipeline.WriteAsync(context, response);
                return;
            }

            if (path == "/_sim/stream")
            {
                await PageViews.StreamAsync(context, host);
                return;
            }

            if (context.Request.Method is not "GET")
                host.State.Touch();
            response = (context.Request.Method == "GET" ? PageFiles.Find(path) : null) ?? await AnswerAsync(context, host);
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

    /// <summary>Another site's page in the user's browser must not steer or read the simulator (nor by a name that it points here).</summary>
    private static bool IsForeign(HttpContext context, SimulatorOptions options)
    {
        HostString host = context.Request.Host;
        if (!options.AllowRemote && host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
            return true;
        string? origin = context.Request.Headers.Origin;
        return origin is not null && !string.Equals(origin, $"http://{host.Value}", StringComparison.OrdinalIgnoreCase);
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
            case ("GET", "/_sim/people"):
                return PageViews.People(state, query);
            case ("GET", "/_sim/campaigns"):
                return PageViews.Campaigns(state, query);
            case ("GET", "/_sim/participants"):
                return ControlViews.People(state.Participants, query);
            case ("GET", "/_sim/members"):
                return ControlViews.People(state.Members, query);
            case ("GET", "/_sim/studies"):
                return ControlViews.Studies(state);
            case ("GET", "/_sim/groups"):
                return ControlViews.Groups(state);
            case ("GET", "/_sim/submissions"):
                return ControlViews.Submissions(state, query["study"].ToString(), query["participant"].ToString());
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

        if ((context.Request.Method, path) is ("POST", "/_sim/people"))
            return await LoadPeopleAsync(context, state);
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

    /// <summary>The body is a researcher's list, as CSV.</summary>
    private static async Task<SimResponse> LoadPeopleAsync(HttpContext context, SimulatorState state)
    {
        using var csv = new MemoryStream();
        await context.Request.Body.CopyToAsync(csv, context.RequestAborted);
        string column = context.Request.Query["idColumn"].ToString();
        string summary = state.AddPeople(csv.ToArray(), column.Length == 0 ? null : column);
        return SimResponse.Json(201, w =>
        {
            w.WriteStartObject();
            w.WriteString("summary", summary);
            w.WriteEndObject();
        });
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
