using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

public class WebhookReceiverTests
{
    [Fact]
    public async Task A_signed_event_is_emitted_once_whatever_is_repeated()
    {
        await using var fixture = ReceiverFixture.Start();
        var random = new Random(3);
        string[] ids = Enumerable.Range(0, 60).Select(i => $"event-{i}").ToArray();
        string[] posts = [.. ids, .. ids.Take(20)];
        random.Shuffle(posts);

        HttpStatusCode[] answers = await Task.WhenAll(posts.Select(id => fixture.PostAsync(id)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        Assert.Equal(ids.Order(), fixture.Taken.Select(taken => taken.Id).Order());
        Assert.Equal(20, fixture.Receiver.Repeats);
        Assert.All(fixture.Taken, taken => Assert.True(taken.IsVerified));
        Assert.Equal("lab", fixture.Taken[0].Account);
        Assert.Equal(ReceiverFixture.BodyOf(fixture.Taken[0].Id), fixture.Taken[0].Payload!.ToString());
    }

    [Fact]
    public async Task Forged_unsigned_and_late_requests_are_refused_and_emit_nothing()
    {
        await using var fixture = ReceiverFixture.Start(maxAge: TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.PostAsync("1", key: new WebhookKey("forged")));
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.PostAsync("2", timestamp: ReceiverFixture.Now(600)));
        using (var unsigned = new HttpRequestMessage(HttpMethod.Post, fixture.Receiver.Uri) { Content = new StringContent("{}") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await fixture.SendAsync(unsigned));
        }

        using (HttpRequestMessage noTime = ReceiverFixture.Signed(fixture.Receiver.Uri, "3"))
        {
            noTime.Headers.Remove(WebhookHeaderNames.RequestTimestamp);
            Assert.Equal(HttpStatusCode.Unauthorized, await fixture.SendAsync(noTime));
        }

        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("4"));
        Assert.Equal(["4"], fixture.Taken.Select(taken => taken.Id));
        Assert.Equal(4, fixture.Receiver.Refused);
    }

    [Fact]
    public async Task Other_paths_methods_and_bodies_get_their_own_answers()
    {
        // On a clock that stands still: however long 2 MB take, nobody hangs up before the answer is read.
        await using var fixture = ReceiverFixture.Start(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var get = new HttpRequestMessage(HttpMethod.Get, fixture.Receiver.Uri);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await fixture.SendAsync(get));
        using HttpRequestMessage elsewhere = ReceiverFixture.Signed(new Uri(fixture.Receiver.Uri, "/other/"), "1");
        Assert.Equal(HttpStatusCode.NotFound, await fixture.SendAsync(elsewhere));
        using HttpRequestMessage below = ReceiverFixture.Signed(new Uri(fixture.Receiver.Uri, "/Hooks/study?x=1"), "2");
        Assert.Equal(HttpStatusCode.OK, await fixture.SendAsync(below));
        Assert.Equal(HttpStatusCode.BadRequest, await fixture.PostAsync("3", "not json"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await fixture.PostAsync("4", "{\"a\":\"" + new string('x', 2_000_000) + "\"}"));

        using HttpRequestMessage chunked = ReceiverFixture.Signed(fixture.Receiver.Uri, "5", "{\"event_type\": \"caf\u00e9\"}");
        chunked.Headers.TransferEncodingChunked = true;
        chunked.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.OK, await fixture.SendAsync(chunked));
        Assert.Equal("caf\u00e9", fixture.Taken[^1].EventType);
    }

    [Fact]
    public async Task What_the_reader_refuses_is_answered_503_and_gets_another_chance()
    {
        await using var fixture = ReceiverFixture.Start(read: false);
        int seen = 0;
        fixture.Read(_ => ++seen > 1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await fixture.PostAsync("1"));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.Single(fixture.Taken);
    }

    [Fact]
    public async Task Nothing_is_answered_before_it_is_taken_and_a_full_queue_says_so()
    {
        await using var fixture = ReceiverFixture.Start(queueLength: 2, read: false);
        Task<HttpStatusCode> first = fixture.PostAsync("1");
        Task<HttpStatusCode> repeat = fixture.PostAsync("1");
        Task<HttpStatusCode> second = fixture.PostAsync("2");
        await TestWait.UntilAsync(() => fixture.Receiver.WaitingEvents == 2 && fixture.Receiver.Repeats == 1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await fixture.PostAsync("3"));
        Assert.False(first.IsCompleted || repeat.IsCompleted || second.IsCompleted);

        fixture.Read();
        Assert.All(await Task.WhenAll(first, repeat, second), answer => Assert.Equal(HttpStatusCode.OK, answer));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("3"));
        Assert.Equal(3, fixture.Taken.Count);
    }

    [Fact]
    public async Task An_event_that_is_taken_too_late_is_a_repeat_when_it_comes_again()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = ReceiverFixture.Start(read: false, time: clock);
        Task<HttpStatusCode> first = fixture.PostAsync("1");
        await TestWait.UntilAsync(() => fixture.Receiver.RememberedIds == 1);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await first);
        fixture.Read();
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.Single(fixture.Taken);
    }

    [Fact]
    public async Task After_the_wanted_number_of_distinct_events_reading_ends()
    {
        await using var fixture = ReceiverFixture.Start(maxEvents: 2);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1"));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("2"));
        await fixture.Reading;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await fixture.PostAsync("3"));
        Assert.Equal(["1", "2"], fixture.Taken.Select(taken => taken.Id));
    }

    [Fact]
    public async Task Stopping_refuses_what_was_not_taken()
    {
        await using var fixture = ReceiverFixture.Start(read: false);
        Task<HttpStatusCode> waiting = fixture.PostAsync("1");
        await TestWait.UntilAsync(() => fixture.Receiver.WaitingEvents == 1);
        await fixture.Receiver.DisposeAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await waiting);
    }

    [Fact]
    public async Task Forwarding_posts_the_very_bytes_and_reflects_failure()
    {
        await using var target = ReceiverFixture.Start();
        await using var fixture = ReceiverFixture.Start(forwardTo: target.Receiver.Uri);
        string body = "{\"event_type\" :\"x\",\r\n \"note\":\"caf\u00e9\"}\n";
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1", body));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1", body));
        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(target.Taken).Payload!.Utf8.ToArray());
        Assert.Equal("1", target.Taken[0].Id);

        await target.Receiver.DisposeAsync();
        Assert.Equal(HttpStatusCode.BadGateway, await fixture.PostAsync("2"));
        Assert.Single(fixture.Taken);
        await foreach (ReceiverNotice notice in fixture.Receiver.ReadNoticesAsync(CancellationToken.None))
        {
            Assert.Equal(MessagingErrorReason.ConnectionFailed, notice.Error!.Reason);
            Assert.Equal(502, notice.HttpStatus);
            break;
        }
    }

    [Theory]
    [InlineData("http://+:8080/")]
    [InlineData("http://0.0.0.0:8080/")]
    [InlineData("https://localhost:8080/")]
    [InlineData("ftp://localhost/")]
    [InlineData("localhost:8080")]
    [InlineData("http://localhost:8080/?a=1")]
    public void Addresses_that_let_others_in_or_are_none_are_refused(string prefix)
    {
        var options = new WebhookReceiverOptions { Prefix = prefix, Verifier = new WebhookVerifier([ReceiverFixture.Key]) };
        Assert.Equal(MessagingErrorReason.InvalidRequest, Assert.Throws<MessagingException>(() => WebhookReceiver.Start(options)).Reason);
    }

    [Fact]
    public async Task A_port_in_use_is_said_plainly_and_localhost_means_both_protocols()
    {
        await using var fixture = ReceiverFixture.Start();
        var options = new WebhookReceiverOptions { Prefix = fixture.Receiver.Uri.AbsoluteUri, Verifier = new WebhookVerifier([ReceiverFixture.Key]) };
        Assert.Contains("already listens", Assert.Throws<MessagingException>(() => WebhookReceiver.Start(options)).Message, StringComparison.Ordinal);

        await using var local = WebhookReceiver.Start(new WebhookReceiverOptions { Prefix = "http://localhost:0/a", Verifier = options.Verifier });
        using var request = new HttpRequestMessage(HttpMethod.Get, local.Uri);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await fixture.SendAsync(request));
    }
}
