using System.Net;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Http;

public sealed class RetryTests : IDisposable
{
    private const string Me = """{"id":"60a42f4c693c29420793cb73","email":"a@b.c"}""";

    private readonly StubService _service = new();

    private ProlificClient Client => field ??= new ProlificClient(StubService.Connection(), _service.Http);

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_read_is_tried_three_more_times_with_doubling_steps(int status)
    {
        _service.Then((HttpStatusCode)status).Then((HttpStatusCode)status).Then((HttpStatusCode)status).Then(HttpStatusCode.OK, Me);

        ProlificUser me = await Client.GetMeAsync();

        Assert.Equal("60a42f4c693c29420793cb73", me.Id);
        Assert.Equal(4, _service.Requests.Count);
        Assert.Equal([0.25, 0.5, 1.0], _service.Clock.Waits.Select(w => w.TotalSeconds));
    }

    [Theory]
    [InlineData(500, MessagingErrorReason.ServiceUnavailable)]
    [InlineData(429, MessagingErrorReason.RateLimited)]
    public async Task A_read_fails_after_the_fourth_try(int status, MessagingErrorReason reason)
    {
        for (int i = 0; i < 4; i++) _service.Then((HttpStatusCode)status);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());

        Assert.Equal(reason, error.Reason);
        Assert.Equal((4, status, CallEffect.None), (error.Attempts, error.HttpStatus!.Value, error.Effect));
        Assert.Equal(4, _service.Requests.Count);
    }

    [Fact]
    public async Task A_read_is_repeated_over_broken_connections()
    {
        _service.ThenNoConnection().ThenReset().Then(HttpStatusCode.OK, Me);

        await Client.GetMeAsync();

        Assert.Equal(3, _service.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(302)]
    public async Task Answers_that_repeating_does_not_mend_are_not_repeated(int status)
    {
        _service.Then((HttpStatusCode)status);

        await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());

        Assert.Single(_service.Requests);
        Assert.Empty(_service.Clock.Waits);
    }

    [Fact]
    public async Task A_send_is_tried_six_more_times_on_429()
    {
        for (int i = 0; i < 6; i++) _service.Then(HttpStatusCode.TooManyRequests);
        _service.Then(HttpStatusCode.NoContent);

        SendResponse sent = await Client.SendMessageAsync("p1", "Hello", "s1");

        Assert.Equal((204, 7), (sent.HttpStatus, sent.Attempts));
        Assert.Equal(_service.Clock.GetUtcNow(), sent.AnsweredAt);
        Assert.Equal([0.5, 1, 2, 4, 8, 16], _service.Clock.Waits.Select(w => w.TotalSeconds));
        Assert.All(_service.Requests, r => Assert.Equal("""{"recipient_id":"p1","body":"Hello","study_id":"s1"}""", r.Body));
    }

    [Fact]
    public async Task A_send_is_repeated_when_no_connection_was_made()
    {
        _service.ThenNoConnection().ThenNoConnection().Then(HttpStatusCode.NoContent);

        SendResponse sent = await Client.SendMessageAsync("p1", "Hello", "s1");

        Assert.Equal(3, sent.Attempts);
    }

    [Fact]
    public async Task A_send_that_never_finds_a_connection_had_no_effect()
    {
        for (int i = 0; i < 7; i++) _service.ThenNoConnection();

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.ConnectionFailed, CallEffect.None, 7), (error.Reason, error.Effect, error.Attempts));
    }

    [Fact]
    public async Task A_send_whose_connection_breaks_after_it_left_is_unknown_and_not_repeated()
    {
        _service.ThenReset();

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));
        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData(410)]
    [InlineData(418)]
    [InlineData(444)]
    [InlineData(499)]
    public async Task A_send_that_ends_without_a_word_in_a_status_that_nobody_documents_is_unknown(int status)
    {
        _service.Then((HttpStatusCode)status);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown, status), (error.Reason, error.Effect, error.HttpStatus!.Value));
        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData(400, "")]
    [InlineData(401, "")]
    [InlineData(403, "")]
    [InlineData(404, "")]
    [InlineData(409, "")]
    [InlineData(413, "")]
    [InlineData(422, "")]
    [InlineData(410, "{\"detail\":\"The study is closed.\"}")]
    public async Task A_send_that_is_refused_has_no_effect(int status, string body)
    {
        _service.Then((HttpStatusCode)status, body);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((CallEffect.None, status), (error.Effect, error.HttpStatus!.Value));
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(460)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_send_after_which_the_service_failed_is_unknown_and_not_repeated(int status)
    {
        _service.Then((HttpStatusCode)status, "<html><title>Bad &amp; gone</title></html>");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown, status), (error.Reason, error.Effect, error.HttpStatus!.Value));
        Assert.Equal("Bad & gone", error.ServiceMessage);
        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("7")]
    [InlineData("86400")]
    public async Task A_send_that_meets_a_503_may_have_been_stored_whatever_wait_is_asked_for(string retryAfter)
    {
        _service.Then(HttpStatusCode.ServiceUnavailable, retryAfter: retryAfter);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown, 1), (error.Reason, error.Effect, error.Attempts));
        Assert.Single(_service.Requests);
        Assert.Empty(_service.Clock.Waits);
    }

    [Fact]
    public async Task Before_every_try_the_caller_may_call_it_off()
    {
        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "200");
        List<double> asked = [];
        var guard = new SendGuard(_ =>
        {
            asked.Add(_service.Clock.Waits.Sum(static w => w.TotalSeconds));
            return asked.Count == 1 ? Task.CompletedTask : throw new MessagingException(MessagingErrorReason.LedgerUnavailable, "Taken over.", "Look.");
        });

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1", null, guard));

        // The second question came after the wait, and the request did not leave a second time.
        Assert.Equal((MessagingErrorReason.LedgerUnavailable, CallEffect.None), (error.Reason, error.Effect));
        Assert.Equal([0, 200], asked);
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task Retry_After_is_obeyed_as_seconds_and_as_a_date()
    {
        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "13")
            .Then(HttpStatusCode.TooManyRequests, retryAfter: (_service.Clock.GetUtcNow() + TimeSpan.FromSeconds(43)).ToString("R"))
            .Then(HttpStatusCode.OK, Me);

        await Client.GetMeAsync();

        // 43 seconds after the start, 13 of which are over.
        Assert.Equal([13, 30], _service.Clock.Waits.Select(w => w.TotalSeconds));
    }

    [Fact]
    public async Task A_service_that_has_taken_a_send_is_waited_for_although_it_refuses_for_minutes_and_names_no_wait()
    {
        _service.Then(HttpStatusCode.NoContent);
        for (int refusal = 0; refusal < 12; refusal++) _service.Then(HttpStatusCode.TooManyRequests);
        _service.Then(HttpStatusCode.NoContent);

        await Client.SendMessageAsync("p1", "Hello", "s1");
        await Client.SendMessageAsync("p2", "Hello", "s1");

        Assert.Equal(14, _service.Requests.Count);
        Assert.InRange(_service.Clock.Waits.Sum(static wait => wait.TotalSeconds), 60, 300);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_that_has_taken_a_call_is_waited_for_by_reads_and_changes_too(bool isChange)
    {
        _service.Then(HttpStatusCode.OK, Me);
        if (isChange) _service.Then(HttpStatusCode.NoContent);
        for (int refusal = 0; refusal < 12; refusal++) _service.Then(HttpStatusCode.TooManyRequests);
        _service.Then(isChange ? HttpStatusCode.NoContent : HttpStatusCode.OK, Me);

        await Client.GetMeAsync();
        if (isChange) await Client.DeleteWebhookSubscriptionAsync("6745e0c1f2a3b4c5d6e7f809");
        if (isChange) await Client.DeleteWebhookSubscriptionAsync("6745e0c1f2a3b4c5d6e7f80a");
        else await Client.GetMeAsync();

        Assert.Equal(isChange ? 15 : 14, _service.Requests.Count);
        Assert.InRange(_service.Clock.Waits.Sum(static wait => wait.TotalSeconds), 60, 300);
    }

    [Fact]
    public async Task The_patience_of_reads_ends_too()
    {
        _service.Then(HttpStatusCode.OK, Me);
        _service.Otherwise = static (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.TooManyRequests));

        await Client.GetMeAsync();
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());

        Assert.Equal(MessagingErrorReason.RateLimited, error.Reason);
        Assert.InRange(_service.Clock.Waits.Sum(static wait => wait.TotalSeconds), 300, 600);
    }

    [Fact]
    public async Task What_was_read_makes_no_send_wait_for_minutes()
    {
        _service.Then(HttpStatusCode.OK, Me);
        _service.Otherwise = static (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.TooManyRequests));

        await Client.GetMeAsync();
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p2", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.RateLimited, 7), (error.Reason, error.Attempts));
    }

    [Fact]
    public async Task The_services_clock_is_not_measured_by_what_was_waited_for()
    {
        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "120").Then((_, _) =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Me) };
            response.Headers.Date = _service.Clock.GetUtcNow() + TimeSpan.FromSeconds(7);
            return Task.FromResult(response);
        });

        Assert.InRange((await Client.MeasureClockAsync(default)).TotalSeconds, 6.5, 7.5);
        Assert.Equal(120, _service.Clock.Waits.Sum(static wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task Its_patience_ends()
    {
        _service.Then(HttpStatusCode.NoContent);
        _service.Otherwise = static (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.TooManyRequests));

        await Client.SendMessageAsync("p1", "Hello", "s1");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p2", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.RateLimited, CallEffect.None), (error.Reason, error.Effect));
        Assert.InRange(_service.Clock.Waits.Sum(static wait => wait.TotalSeconds), 300, 600);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task A_clock_that_is_set_meanwhile_changes_no_wait(int hours)
    {
        _service.Clock.Waiting = _ => _service.Clock.Shift = TimeSpan.FromHours(hours);
        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "13").Then(HttpStatusCode.TooManyRequests, retryAfter: "20").Then(HttpStatusCode.OK, Me);

        await Client.GetMeAsync();

        Assert.Equal([13, 20], _service.Clock.Waits.Select(w => w.TotalSeconds));
    }

    [Fact]
    public async Task A_date_to_wait_for_is_the_services()
    {
        DateTimeOffset theirs = _service.Clock.GetUtcNow();
        _service.Clock.Shift = TimeSpan.FromHours(-1);
        _service.Then((_, _) =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new ByteArrayContent([]) };
            response.Headers.Date = theirs;
            response.Headers.TryAddWithoutValidation("Retry-After", (theirs + TimeSpan.FromSeconds(43)).ToString("R"));
            return Task.FromResult(response);
        }).Then(HttpStatusCode.OK, Me);

        await Client.GetMeAsync();

        Assert.Equal([43], _service.Clock.Waits.Select(w => w.TotalSeconds));
    }

    [Fact]
    public async Task A_wait_that_is_too_long_ends_the_call_and_names_it()
    {
        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "7200");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((MessagingErrorReason.RateLimited, CallEffect.None, TimeSpan.FromHours(2)), (error.Reason, error.Effect, error.RetryAfter!.Value));
        Assert.Contains("2 hours", error.Message, StringComparison.Ordinal);

        // As long as it lasts, other calls of the account do not even leave; afterwards they do.
        MessagingException second = await Assert.ThrowsAsync<MessagingException>(() => Client.GetMeAsync());
        Assert.Equal((MessagingErrorReason.RateLimited, 0), (second.Reason, second.Attempts));
        Assert.Single(_service.Requests);
        _service.Clock.Advance(TimeSpan.FromMinutes(116));
        _service.Then(HttpStatusCode.OK, Me);
        await Client.GetMeAsync();
        Assert.Equal([TimeSpan.FromMinutes(4)], _service.Clock.Waits);
    }

    [Fact]
    public async Task A_429_holds_back_the_other_calls_of_the_account_by_whatever_name_but_not_those_of_another_token()
    {
        var clock = new FakeTimeProvider();
        var http = new ServiceHttp(new ServiceHttpOptions { Handler = _service, TimeProvider = clock });
        var waits = new List<ServiceWait>();
        var waiting = new TaskCompletionSource();
        void Note(ServiceWait wait)
        {
            lock (waits)
            {
                waits.Add(wait);
                if (waits.Count == 2) waiting.TrySetResult();
            }
        }

        _service.Then(HttpStatusCode.TooManyRequests, retryAfter: "60");
        var first = new ProlificClient(StubService.Connection(), http) { OnWait = Note };
        var second = new ProlificClient(StubService.Connection(account: "another name"), http) { OnWait = Note };
        Task<ProlificUser> one = first.GetMeAsync();
        Task<ProlificUser> two = second.GetMeAsync();
        Assert.Same(waiting.Task, await Task.WhenAny(waiting.Task, one, two));
        Assert.Single(_service.Requests);

        _service.Then(HttpStatusCode.OK, Me);
        await new ProlificClient(StubService.Connection(token: "another-token"), http).GetMeAsync();
        Assert.Equal(2, _service.Requests.Count);

        _service.Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Me) });
        clock.Advance(TimeSpan.FromSeconds(60));
        await Task.WhenAll(one, two);
        Assert.Equal(4, _service.Requests.Count);
        Assert.All(waits, w => Assert.Equal(("GET /api/v1/users/me/", TimeSpan.FromSeconds(60)), (w.Request, w.Delay)));
    }

    [Theory]
    [InlineData(true, MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown)]
    [InlineData(false, MessagingErrorReason.Timeout, CallEffect.None)]
    public async Task A_call_without_an_answer_times_out(bool send, MessagingErrorReason reason, CallEffect effect)
    {
        var clock = new FakeTimeProvider();
        var entered = new TaskCompletionSource();
        var client = new ProlificClient(StubService.Connection(), new ServiceHttp(new ServiceHttpOptions { Handler = _service, TimeProvider = clock }));
        _service.Then(async (_, token) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException();
        });

        Task call = send ? client.SendMessageAsync("p1", "Hello", "s1") : client.GetMeAsync();
        await entered.Task;
        clock.Advance(StubService.CallTimeout);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => call);
        Assert.Equal((reason, effect), (error.Reason, error.Effect));
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task A_send_that_is_cancelled_under_way_is_unknown_and_a_read_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        _service.Otherwise = async (_, token) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException();
        };

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client.SendMessageAsync("p1", "Hello", "s1", null, null, stop.Token));
        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));

        using var again = new CancellationTokenSource();
        _service.Otherwise = async (_, token) =>
        {
            await again.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.GetMeAsync(again.Token));
    }

    [Fact]
    public async Task A_send_that_is_cancelled_before_it_left_had_no_effect()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.SendMessageAsync("p1", "Hello", "s1", null, null, stop.Token));

        Assert.Empty(_service.Requests);
    }
}
