using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>The ways in which services are known to make it hard: rates, lists that are cut short, foreign pages, another clock.</summary>
public sealed class RehearsalTests
{
    private const string Unread = "/api/v1/messages/unread/";

    [Fact]
    public async Task A_steady_rate_lets_calls_through_evenly_and_tells_the_others_how_long_to_wait()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Rate = SimRate.Parse("60/minute"), TimeProvider = clock });
        using var client = SimClient.Prolific(sim);
        using var other = SimClient.OpenHumans(sim);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Unread)).Status);
        Answer refused = await client.GetAsync(Unread);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.Status, refused.Header("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/direct-sharing/project/")).Status); // another token
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Unread)).Status);

        sim.Options.RateRetryAfter = false;
        refused = await client.GetAsync(Unread);
        Assert.Equal((HttpStatusCode.TooManyRequests, (string?)null), (refused.Status, refused.Header("Retry-After")));
        Assert.Equal("rate", sim.State.Requests.All[^1].Fault);
    }

    [Fact]
    public async Task A_burst_may_be_ahead_of_the_rate()
    {
        var clock = new FakeTimeProvider();
        await using SimulatorHost sim = await SimulatorHost.StartAsync(
            new SimulatorOptions { Rate = new SimRate(10, TimeSpan.FromSeconds(1)), RateBurst = 5, TimeProvider = clock });
        using var client = SimClient.Prolific(sim);
        var statuses = new List<HttpStatusCode>();
        for (int i = 0; i < 8; i++)
            statuses.Add((await client.GetAsync(Unread)).Status);
        Assert.Equal(5, statuses.Count(s => s == HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("5/second", 5, 1)]
    [InlineData("60/minute", 60, 60)]
    [InlineData("1000 / hour", 1000, 3600)]
    public void Rates_are_read(string text, int calls, int seconds) =>
        Assert.Equal(new SimRate(calls, TimeSpan.FromSeconds(seconds)), SimRate.Parse(text));

    [Theory]
    [InlineData("60")]
    [InlineData("0/minute")]
    [InlineData("5/day")]
    public void Other_rates_are_refused(string text) => Assert.Throws<ArgumentException>(() => SimRate.Parse(text));

    [Theory]
    [InlineData("/api/v1/messages/unread/")]
    [InlineData("/api/v1/messages/?created_after=2026-02-20")]
    [InlineData("/api/v1/participant-groups/$group/participants/")]
    [InlineData("/api/v1/studies/$study/submissions/?limit=200")]
    [InlineData("/api/v1/hooks/subscriptions/$subscription/events/?limit=200")]
    public async Task Every_list_can_be_given_in_pages_that_are_smaller_than_asked_for(string path)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions
        {
            Participants = 250,
            Unread = 250,
            Groups = 1,
            Events = 250,
            PageSize = 100,
            ListCounts = SimListCounts.Always,
            ListLinks = false,
            TimeProvider = clock,
        });
        using var client = SimClient.Prolific(sim);
        path = path.Replace("$group", sim.State.Groups[0].Id, StringComparison.Ordinal)
            .Replace("$study", sim.State.StudyId, StringComparison.Ordinal)
            .Replace("$subscription", sim.State.Subscriptions[0].Id, StringComparison.Ordinal);
        char sign = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';

        Answer first = await client.GetAsync(path);
        Assert.Equal((100, 250), (first.Results.Length, first.Json.GetProperty("meta").GetProperty("count").GetInt32()));
        Assert.False(first.Json.TryGetProperty("_links", out _));
        Assert.Equal(50, (await client.GetAsync($"{path}{sign}offset=200")).Results.Length);

        sim.Options.IgnoreOffset = true;
        sim.Options.ListCounts = SimListCounts.Never;
        sim.Options.ChangingAnswers = true;
        Answer again = await client.GetAsync($"{path}{sign}offset=200");
        Assert.Equal(first.Results[0].GetRawText(), again.Results[0].GetRawText());
        Assert.False(again.Json.TryGetProperty("meta", out _));
        Assert.NotEqual(again.Text, (await client.GetAsync($"{path}{sign}offset=200")).Text);
    }

    [Theory]
    [InlineData(true, 1, 10)]
    [InlineData(false, 1, null)]
    [InlineData(true, 0, 10)]
    public async Task A_list_can_be_cut_short_with_and_without_its_count(bool count, int rows, int? told)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Unread = 10 });
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Kind = FaultKind.CutList, Size = rows, KeepCount = count, PathPrefix = Unread });
        Answer answer = await client.GetAsync(Unread);
        Assert.Equal(rows == 0 ? 5 : rows, answer.Results.Length);
        Assert.Equal(told, answer.Json.TryGetProperty("meta", out JsonElement meta) ? meta.GetProperty("count").GetInt32() : null);
    }

    [Theory]
    [InlineData(FaultKind.HtmlPage, "text/html; charset=utf-8", "<!doctype html>")]
    [InlineData(FaultKind.TextPage, "text/plain; charset=utf-8", "OK")]
    [InlineData(FaultKind.JsonError, "application/json", "{\"error\":")]
    [InlineData(FaultKind.ByteOrderMark, "application/json", "\uFEFF{\"results\":")]
    public async Task A_proxy_answers_200_in_place_of_the_service(FaultKind kind, string type, string beginning)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Kind = kind });
        Answer answer = await client.GetAsync(Unread);
        Assert.Equal((HttpStatusCode.OK, type), (answer.Status, answer.Header("Content-Type")));
        Assert.StartsWith(beginning, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxys_page_and_a_503_with_a_wait_may_come_after_the_message_was_stored()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        string person = sim.State.Participants[0].Id;
        string body = JsonSerializer.Serialize(new { recipient_id = person, body = "Hi", study_id = sim.State.StudyId });
        sim.Faults.Add(new FaultRule { Kind = FaultKind.HtmlPage, AfterStored = true, Count = 1 });
        sim.Faults.Add(new FaultRule { Status = 503, RetryAfterSeconds = 2, AfterStored = true });
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/v1/messages/", body)).Status);
        Answer answer = await client.PostAsync("/api/v1/messages/", body);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (answer.Status, answer.Header("Retry-After")));
        Assert.Equal(2, sim.State.Mailbox(person).Count);
    }

    [Fact]
    public async Task The_services_clock_is_told_with_every_answer_and_may_be_another_one()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { TimeProvider = clock, ClockOffset = TimeSpan.FromMinutes(-90) });
        using var client = SimClient.Prolific(sim);
        sim.Faults.Add(new FaultRule { Status = 429, Nth = 2 });
        Answer[] answers = [await client.GetAsync(Unread), await client.GetAsync(Unread), await client.GetAsync("/api/v1/nothing/")];
        Assert.All(answers, a => Assert.Equal("Mon, 02 Mar 2026 07:30:00 GMT", a.Header("Date")));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 7, 30, 0, TimeSpan.Zero), sim.State.AddSent(sim.State.Participants[0].Id, "Hi").SentAt);
    }

    [Theory]
    [InlineData("+3s", 3_000)]
    [InlineData("-2m", -120_000)]
    [InlineData("250ms", 250)]
    [InlineData("1.5h", 5_400_000)]
    public void Lengths_of_time_are_read(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), SimDuration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("3 weeks")]
    public void Other_lengths_of_time_are_refused(string text) => Assert.Throws<ArgumentException>(() => SimDuration.Parse(text));

    [Fact]
    public async Task A_created_subscription_may_be_answered_behind_the_old_ones()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Events = 1, ListAllSubscriptionsAnswer = true });
        using var client = SimClient.Prolific(sim);
        Answer created = await client.PostAsync("/api/v1/hooks/subscriptions/", JsonSerializer.Serialize(new
        {
            workspace_id = sim.State.WorkspaceId,
            event_type = "study.status.change",
            target_url = "https://lab.example/new",
        }));
        Assert.Equal(sim.State.Subscriptions.Select(s => s.Id), created.Results.Select(r => r.GetProperty("id").GetString()));
        Assert.Equal(2, created.Results.Length);
    }

    [Fact]
    public async Task All_of_it_can_be_switched_while_it_runs()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Unread = 3 });
        using var client = SimClient.Prolific(sim);
        Answer set = await client.PostAsync("/_sim/options",
            "{\"pageSize\":2,\"listCounts\":\"never\",\"listLinks\":false,\"ignoreOffset\":true,\"rate\":\"7/second\",\"rateRetryAfter\":false,"
            + "\"clock\":\"+3s\",\"projectName\":\"Sleep: 2\",\"membersLeave\":4,\"memberOrder\":\"shuffled\",\"noParticipantCount\":true}");
        Assert.Equal(HttpStatusCode.NoContent, set.Status);
        SimulatorOptions o = sim.Options;
        Assert.Equal((2, SimListCounts.Never, false, true, "7/second", false), (o.PageSize, o.ListCounts, o.ListLinks, o.IgnoreOffset,
            o.Rate!.ToString(), o.RateRetryAfter));
        Assert.Equal((TimeSpan.FromSeconds(3), "Sleep: 2", 4, SimMemberOrder.Shuffled, true), (o.ClockOffset, o.ProjectName, o.MembersLeave,
            o.MemberOrder, o.NoParticipantCount));
        await client.PostAsync("/_sim/options", "{\"rate\":\"\"}");
        Assert.Null(o.Rate);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/_sim/options", "{\"rate\":\"often\"}")).Status);
    }

    [Theory]
    [InlineData("/api/v1/participant-groups/")]
    [InlineData("/api/v1/participant-groups/?workspace_id=$workspace&active=maybe")]
    [InlineData("/api/v1/submissions/?study=$study&status=LOST")]
    [InlineData("/api/v1/submissions/?study=$study&ordering=name")]
    [InlineData("/api/v1/submissions/?study=$study&approved=perhaps")]
    [InlineData("/api/v1/submissions/?study=$study&submitted_from=2026-03-02")]
    [InlineData("/api/v1/studies/$study/submissions/?ordering=study_name")]
    [InlineData("/api/v1/studies/$study/submissions/?ordering=--started_at")]
    [InlineData("/api/v1/hooks/subscriptions/?is_enabled=maybe")]
    public async Task What_the_document_does_not_know_is_400(string path)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        path = path.Replace("$study", sim.State.StudyId, StringComparison.Ordinal)
            .Replace("$workspace", sim.State.WorkspaceId, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync(path)).Status);
    }

    [Theory]
    [InlineData("workspace_id=$workspace", 2)]
    [InlineData("filter[workspace_id]=$workspace&active=true", 1)]
    [InlineData("workspace_id=$workspace&active=false", 1)]
    [InlineData("project_id=1", 0)]
    public async Task Groups_are_listed_by_workspace_in_both_spellings(string query, int found)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        sim.State.SetDeleted(sim.State.Groups[1].Id, true);
        Answer answer = await client.GetAsync("/api/v1/participant-groups/?" + query.Replace("$workspace", sim.State.WorkspaceId, StringComparison.Ordinal));
        Assert.Equal(found, answer.Results.Length);
    }

    [Theory]
    [InlineData("awaiting_review", "AWAITING REVIEW")]
    [InlineData("Timed out", "TIMED-OUT")]
    [InlineData("APPROVED", "APPROVED")]
    public async Task A_changed_status_is_sent_as_it_is_documented(string status, string sent)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Events = 1, SubmissionStatus = "ACTIVE" });
        SimSubmission submission = sim.State.Submissions(sim.State.StudyId)[3];
        SimEvent item = Assert.Single(sim.State.ChangeSubmission(submission.Id, status));
        Assert.Equal((sent, submission.ParticipantId), (item.ResourceStatus, item.ParticipantId));
        Assert.Equal(sent, submission.Status);
        Assert.Throws<ArgumentException>(() => sim.State.ChangeSubmission(submission.Id, "LOST"));
    }

    [Theory]
    [InlineData("study.status.change", "PAUSED", "{\"resource_id\":\"$study\",\"event_type\":\"study.status.change\",\"metadata\":{},\"status\":\"PAUSED\"}")]
    [InlineData("study.progress.change", "PAUSED", "{\"resource_id\":\"$study\",\"event_type\":\"study.progress.change\"}")]
    [InlineData("study.has_high_return_rate", null, "{\"resource_id\":\"$study\",\"event_type\":\"study.has_high_return_rate\",\"metadata\":{}}")]
    public async Task A_studys_event_carries_what_is_documented_and_nothing_else(string type, string? status, string payload)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using var client = SimClient.Prolific(sim);
        SimSubscription subscription = sim.State.AddSubscription(type, "https://lab.example/hook");
        sim.State.AddEvent(subscription, sim.State.StudyId, sim.State.Participants[0].Id, status);
        Answer answer = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/hooks/subscriptions/{subscription.Id}/events/"));
        Assert.Equal(payload.Replace("$study", sim.State.StudyId, StringComparison.Ordinal),
            Assert.Single(answer.Results).GetProperty("payload").GetRawText());
    }

    [Theory]
    [InlineData("/api/v1/messages/", "{\"recipient_id\":\"$1\",\"body\":\"a\\ud800\",\"study_id\":\"$2\"}", HttpStatusCode.BadRequest)]
    [InlineData("/api/direct-sharing/project/message/", "{\"project_member_ids\":{\"\\ud800\":1},\"message\":\"x\"}", HttpStatusCode.InternalServerError)]
    public async Task Half_a_surrogate_pair_is_answered(string path, string body, HttpStatusCode status)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        using SimClient client = path.Contains("v1", StringComparison.Ordinal) ? SimClient.Prolific(sim) : SimClient.OpenHumans(sim);
        Answer answer = await client.PostAsync(path, body.Replace("$1", sim.State.Participants[0].Id, StringComparison.Ordinal)
            .Replace("$2", sim.State.StudyId, StringComparison.Ordinal));
        Assert.Equal(status, answer.Status);
        Assert.Equal(0, sim.State.SentCount);
    }

    [Fact]
    public void What_a_terminal_is_shown_does_not_steer_it() =>
        Assert.Equal("a␛[2Jb ⟨U+202E⟩c␡ é", VisibleText.Line("a\u001b[2Jb\n\u202ec\u007f é"));

    [Fact]
    public void Every_switch_of_the_program_is_in_its_guide()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "ParticipantMessaging.slnx")))
            root = root.Parent;
        string guide = File.ReadAllText(Path.Combine(root!.FullName, "docs", "simulator.md"));
        string[] switches = [.. System.Text.RegularExpressions.Regex.Matches(SimulatorArguments.Usage, "^ +(--[a-z-]+)",
            System.Text.RegularExpressions.RegexOptions.Multiline).Select(m => m.Groups[1].Value)];
        Assert.True(switches.Length > 40);
        Assert.All(switches, s => Assert.Matches($"`{s}[ `]", guide));
    }

    [Fact]
    public async Task A_text_is_never_cut_within_a_character()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { StateFile = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".jsonl") });
        using var client = SimClient.OpenHumans(sim);
        sim.State.AddSent(sim.State.Participants[0].Id, new string('a', 119) + "\U0001F600 and so on");
        Answer people = await client.GetAsync("/_sim/people");
        Assert.Equal(HttpStatusCode.OK, people.Status);
        Assert.Equal(new string('a', 119), people.Json.GetProperty("people")[0].GetProperty("last").GetString());
        await client.PostAsync("/api/direct-sharing/project/message/", "{\"all_members\":true,\"message\":\"a\\ud800\"}");
        Assert.Equal("a\uFFFD", (await client.GetAsync("/_sim/bulk-calls")).Json[0].GetProperty("body").GetString());
        Answer requests = await client.GetAsync("/_sim/requests?brief");
        Assert.Equal(("all members", "a\uFFFD"), (requests.Json[0].GetProperty("to").GetString(), requests.Json[0].GetProperty("text").GetString()));
        await sim.DisposeAsync();
        File.Delete(sim.Options.StateFile!);
    }
}
