using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>What only the page asks for: people of both services in one list, campaigns, and the stream of changes.</summary>
internal static class PageViews
{
    public static SimResponse People(SimulatorState state, IQueryCollection query)
    {
        string search = query["search"].ToString().Trim();
        string provider = query["provider"].ToString();
        bool received = query["received"] == "1";
        if (!int.TryParse(query["limit"].ToString(), out int limit))
            limit = 200;
        SimParticipant[] found = [.. state.Participants.Concat(state.Members).Where(p =>
            (provider.Length == 0 || p.Provider.ToString() == provider)
            && (search.Length == 0 || p.Id.Contains(search, StringComparison.OrdinalIgnoreCase)
                || p.FirstName.Contains(search, StringComparison.OrdinalIgnoreCase))
            && (!received || p.MailboxCount > 0))];
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("total", found.Length);
            w.WriteStartArray("people");
            foreach (SimParticipant person in found.Take(limit))
            {
                string? last = person.Last?.Body;
                w.WriteStartObject();
                w.WriteString("id", person.Id);
                w.WriteString("provider", person.Provider.ToString());
                w.WriteString("firstName", person.FirstName);
                w.WriteNumber("received", person.MailboxCount);
                w.WriteString("last", last is null ? null : VisibleText.Cut(last, 120));
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    /// <summary>Campaigns, the newest first: how many there are, and those from <c>offset</c> on (<c>limit</c>, else 60).</summary>
    public static SimResponse Campaigns(SimulatorState state, IQueryCollection query)
    {
        IReadOnlyList<CampaignBoard.Campaign> all = state.Campaigns.Look();
        if (!int.TryParse(query["limit"].ToString(), out int limit))
            limit = 60;
        _ = int.TryParse(query["offset"].ToString(), out int offset);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("total", all.Count);
            w.WriteStartArray("campaigns");
            foreach (CampaignBoard.Campaign c in all.Skip(offset).Take(limit))
            {
                w.WriteStartObject();
                w.WriteString("provider", c.First.Provider.ToString());
                w.WriteString("studyId", c.First.StudyId);
                w.WriteString("text", c.Text);
                w.WriteString("via", c.First.Via);
                w.WriteNumber("people", c.People.Count);
                w.WriteNumber("messages", c.Messages);
                w.WriteNumber("repeats", c.Messages - c.People.Count);
                w.WriteTime("first", c.First.SentAt);
                w.WriteTime("last", c.Last.SentAt);
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    /// <summary>Server-sent events: one "change" at most every 250 ms while something changes.</summary>
    public static async Task StreamAsync(HttpContext context, SimulatorHost host)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.Stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        long seen = -1;
        int idle = 0;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
            do
            {
                long version = host.State.Version;
                if (version != seen)
                {
                    seen = version;
                    await WriteAsync(context, $"event: change\ndata: {version}\n\n", stop.Token);
                }
                else if (++idle % 60 == 0)
                {
                    await WriteAsync(context, ": still here\n\n", stop.Token);
                }
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The page was closed, or the simulator stops.
        }
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
