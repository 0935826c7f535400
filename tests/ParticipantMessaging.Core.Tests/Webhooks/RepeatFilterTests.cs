using System.Net;
using System.Text;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>What is a repeat, what a replay, and what an event of its own: the id of an event is not signed.</summary>
public class RepeatFilterTests
{
    private static readonly byte[] _body = Encoding.UTF8.GetBytes("""{"event_type":"study.progress.change","resource_id":"r"}""");

    [Fact]
    public async Task A_recorded_request_under_another_id_is_no_further_event_and_is_warned_of_once()
    {
        await using var fixture = ReceiverFixture.Start();
        string body = ReceiverFixture.BodyOf("1"), time = ReceiverFixture.Now();
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1", body, time));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("forged a", body, time));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("forged b", body, time));
        Assert.Equal("1", Assert.Single(fixture.Taken).Id);

        IReadOnlyList<ReceiverNotice> notices = await fixture.NoticesAsync(2);
        Assert.Equal([true, false], notices.Select(notice => notice.IsWarning));
        Assert.Contains("'forged a' is the very request of event '1'", notices[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_not_dropped_because_its_id_was_used_by_a_forger_before()
    {
        await using var fixture = ReceiverFixture.Start();
        string earlier = ReceiverFixture.BodyOf("earlier"), time = ReceiverFixture.Now(1);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("earlier", earlier, time));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("to come", earlier, time));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("to come"));

        // Also when its body is that of the event that was replayed, signed at another time.
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("alike", earlier, time));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("alike", earlier, ReceiverFixture.Now()));
        Assert.Equal(["earlier", "to come", "alike"], fixture.Taken.Select(taken => taken.Id));
    }

    [Fact]
    public async Task An_event_is_not_dropped_because_its_id_was_used_by_a_forger_while_nothing_was_known()
    {
        // A receiver that was just started takes a recorded request for an event: it cannot know better. The genuine one must still come through.
        await using var fixture = ReceiverFixture.Start();
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("to come", ReceiverFixture.BodyOf("recorded before"), ReceiverFixture.Now(1)));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("to come"));
        Assert.Equal(["recorded before", "to come"], fixture.Taken.Select(taken => taken.ResourceId));
    }

    [Fact]
    public async Task Bodies_that_are_alike_are_events_of_their_own_when_they_were_signed_at_other_times()
    {
        await using var fixture = ReceiverFixture.Start();
        string body = Encoding.UTF8.GetString(_body);
        // Later ones later: a second that ends in between must not make two of them one.
        for (int i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync($"{i}", body, ReceiverFixture.Now(2 - i)));
        Assert.Equal(3, fixture.Taken.Count);

        // A retry that was signed anew.
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("0", body, ReceiverFixture.Now(9)));
        Assert.Equal(3, fixture.Taken.Count);
    }

    [Fact]
    public async Task A_retry_that_was_signed_anew_cannot_be_replayed_either()
    {
        await using var fixture = ReceiverFixture.Start();
        string body = ReceiverFixture.BodyOf("1"), again = ReceiverFixture.Now(5);
        await fixture.PostAsync("1", body, ReceiverFixture.Now());
        await fixture.PostAsync("1", body, again);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("forged", body, again));
        Assert.Single(fixture.Taken);
    }

    [Fact]
    public async Task The_memory_of_repeats_is_bounded_and_forgets_what_failed()
    {
        var filter = new RepeatFilter(100);
        for (int i = 0; i < 1000; i++) filter.TryClaim($"{i}", $"{i}", _body, out _)!.Settle(true);
        Assert.Equal(100, filter.Count);
        Assert.Null(filter.TryClaim("999", "1001", _body, out RepeatFilter.Known known));
        Assert.True(await known.Outcome);
        Assert.Null(known.ReplayOf);
        RepeatFilter.Claim claim = filter.TryClaim("0", "0", _body, out _)!;
        claim.Settle(false);
        claim.Settle(true);
        Assert.NotNull(filter.TryClaim("0", "0", _body, out _));
    }

    [Fact]
    public void Events_without_an_id_are_known_by_what_was_signed()
    {
        var filter = new RepeatFilter(100);
        Assert.NotNull(filter.TryClaim("", "1", _body, out _));
        Assert.Null(filter.TryClaim("", "1", _body, out RepeatFilter.Known known));
        Assert.Null(known.ReplayOf);
        Assert.NotNull(filter.TryClaim("", "2", _body, out _));
    }
}
