using System.Text;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

public class SenderAndHealthTests
{
    private static readonly DateTimeOffset _day = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_replayed_event_is_signed_keeps_its_bytes_its_id_and_its_time()
    {
        await using var target = ReceiverFixture.Start(maxAge: TimeSpan.FromMinutes(1));
        using var sender = new WebhookSender(target.Receiver.Uri, ReceiverFixture.Key);
        string body = "{ \"event_type\":\"submission.status.change\" , \"status\":\"AWAITING REVIEW\",\"note\":\"caf\\u00e9\" }";
        WebhookDelivery delivery = await sender.SendAsync(
            new WebhookEvent { Id = "abc", EventType = "submission.status.change", CreatedAt = _day, Payload = new WebhookPayload(body) },
            CancellationToken.None);
        Assert.Equal((true, 200, "abc", true), (delivery.Ok, delivery.HttpStatus ?? 0, delivery.EventId, delivery.IsSigned));
        WebhookEvent taken = Assert.Single(target.Taken);
        Assert.Equal(body, Encoding.UTF8.GetString(taken.Payload!.Utf8.Span));
        Assert.Equal(("abc", _day), (taken.Id, taken.CreatedAt!.Value));
    }

    [Fact]
    public async Task Events_whose_bodies_are_alike_are_all_taken_when_they_are_replayed_in_one_second()
    {
        await using var target = ReceiverFixture.Start(maxAge: TimeSpan.FromMinutes(10));
        using var sender = new WebhookSender(target.Receiver.Uri, ReceiverFixture.Key, timeProvider: new FakeTimeProvider(DateTimeOffset.UtcNow));
        for (int i = 0; i < 20; i++)
        {
            var item = new WebhookEvent { Id = $"{i}", Payload = new WebhookPayload("""{"event_type":"study.progress.change"}""") };
            Assert.True((await sender.SendAsync(item, CancellationToken.None)).Ok);
        }

        Assert.Equal(20, target.Taken.Count);
    }

    [Fact]
    public async Task Failures_are_results()
    {
        await using var target = ReceiverFixture.Start();
        using var unsigned = new WebhookSender(target.Receiver.Uri, null);
        WebhookEvent item = WebhookSender.FromJson("""{"event_type":"x"}""");
        Assert.Equal(24, item.Id.Length);
        WebhookDelivery refused = await unsigned.SendAsync(item, CancellationToken.None);
        Assert.Equal((false, 401, false), (refused.Ok, refused.HttpStatus ?? 0, refused.IsSigned));

        using var closed = new ClosedPort();
        using var astray = new WebhookSender(closed.Uri, null);
        WebhookDelivery gone = await astray.SendAsync(item, CancellationToken.None);
        Assert.Equal((false, null), (gone.Ok, gone.HttpStatus));
        Assert.Contains("could not be reached", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_given_up()
    {
        var clock = new FakeTimeProvider();
        await using var target = ReceiverFixture.Start(read: false);
        using var sender = new WebhookSender(target.Receiver.Uri, ReceiverFixture.Key, TimeSpan.FromSeconds(20), clock);
        Task<WebhookDelivery> delivery = sender.SendAsync(WebhookSender.FromJson("{}"), CancellationToken.None);
        await TestWait.UntilAsync(() => target.Receiver.RememberedIds == 1);
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Contains("20 seconds", (await delivery).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.org/hook")]
    [InlineData("ftp://localhost/")]
    [InlineData("https://user:pw@example.org/")]
    public void Events_are_not_posted_in_clear_to_others(string uri)
        => Assert.Equal(MessagingErrorReason.InvalidRequest, Assert.Throws<MessagingException>(() => new WebhookSender(new Uri(uri), null)).Reason);

    [Fact]
    public async Task An_event_without_a_body_and_text_that_is_no_object_are_refused()
    {
        using var sender = new WebhookSender(new Uri("http://localhost:1/"), null);
        await Assert.ThrowsAsync<MessagingException>(() => sender.SendAsync(new WebhookEvent { Id = "1" }, CancellationToken.None));
        Assert.Throws<MessagingException>(() => WebhookSender.FromJson("[]"));
    }

    [Fact]
    public void Only_targets_whose_events_all_fail_are_named_with_the_day()
    {
        WebhookEvent[] log =
        [
            Logged("a", "SUCCEEDED", 0), Logged("a", "FAILED", 1), Logged("a", "FAILED", 20), Logged("a", "PENDING", 30),
            Logged("b", "FAILED", 1), Logged("b", "SUCCEEDED", 2),
            Logged("c", "FAILED", 5, "https://example.org/c?token=hidden"),
        ];
        IReadOnlyList<SubscriptionHealth> failing = SubscriptionHealth.Assess(log);
        Assert.Equal(["a", "c"], failing.Select(one => one.EventType));
        Assert.Equal((2, _day.AddHours(1), _day.AddHours(1).AddDays(5)), (failing[0].Failures, failing[0].FailingSince, failing[0].DisabledOn));
        Assert.Contains($"will disable the subscription on {_day.AddHours(1).AddDays(5).ToLocalTime():yyyy-MM-dd}", failing[0].Describe(_day.AddDays(1)), StringComparison.Ordinal);
        Assert.Contains("may have disabled", failing[0].Describe(_day.AddDays(9)), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failing[1].Describe(_day), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_that_got_through_late_ends_the_row_of_failures()
    {
        WebhookEvent late = new() { EventType = "a", TargetUrl = "t", Status = "SUCCEEDED", CreatedAt = _day, UpdatedAt = _day.AddHours(10) };
        Assert.Empty(SubscriptionHealth.Assess([late, Logged("a", "FAILED", 5, "t")]));
        Assert.Single(SubscriptionHealth.Assess([late, Logged("a", "FAILED", 11, "t")]));
    }

    [Fact]
    public void A_time_that_cannot_be_is_no_failure_of_ours()
    {
        WebhookEvent last = new() { EventType = "a", TargetUrl = "t", Status = "FAILED", CreatedAt = DateTimeOffset.MaxValue };
        SubscriptionHealth failing = Assert.Single(SubscriptionHealth.Assess([last]));
        Assert.Contains("failed (since 9999-12-31", failing.Describe(_day), StringComparison.Ordinal);
    }

    private static WebhookEvent Logged(string type, string status, int hour, string target = "https://example.org/hook")
        => new() { Id = $"{type}{hour}", EventType = type, TargetUrl = target, Status = status, CreatedAt = _day.AddHours(hour), UpdatedAt = _day.AddHours(hour) };
}
