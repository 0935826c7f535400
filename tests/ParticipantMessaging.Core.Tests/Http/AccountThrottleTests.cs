using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Http;
using Xunit.Abstractions;

namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>The account's throttle against services that limit the rate, in virtual time.</summary>
public sealed class AccountThrottleTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(5);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(1, 1, 60, 1)]
    [InlineData(4, 1, 60, 1)]
    [InlineData(16, 1, 60, 1)]
    [InlineData(4, 2, 200, 1)]
    [InlineData(16, 2, 200, 1)]
    [InlineData(16, 5, 200, null)]
    [InlineData(1, 5, 200, null)]
    [InlineData(64, 20, 1000, null)]
    public void Every_row_is_sent_at_a_service_that_limits_the_rate(int atOnce, int perSecond, int rows, int? retryAfter)
    {
        var bucket = new Bucket(perSecond);
        Tally tally = Run(atOnce, rows, TimeSpan.FromMilliseconds(20), now => bucket.Takes(now) ? null : TimeSpan.FromSeconds(retryAfter ?? 0));

        output.WriteLine($"{perSecond}/s, {atOnce} at once: {tally.Accepted} of {rows} sent, {tally.Refused} refused, {tally.Elapsed.TotalSeconds:0} s");
        Assert.Equal((rows, 0), (tally.Accepted, tally.GivenUp));

        // One for three, and what were under way when the limit was met.
        Assert.InRange(tally.Refused, 1, (rows / 3) + atOnce);
        Assert.InRange(tally.Elapsed.TotalSeconds, 0, 2.5 * rows / perSecond);
    }

    [Fact]
    public void Pauses_that_have_nothing_to_do_with_the_limit_do_not_become_the_pace()
    {
        var throttle = new AccountThrottle(_time);
        var call = new AccountThrottle.Tries();
        Refuse();
        for (int accepted = 0; accepted < 2; accepted++)
        {
            // Nobody asked for anything meanwhile, or what was asked for failed.
            _time.Advance(TimeSpan.FromSeconds(8));
            throttle.Leave(Of(Enter(throttle, call)), accepted: true, null, isSend: true);
        }

        Refuse();
        throttle.Leave(Of(Enter(throttle, call)), accepted: false, null, isSend: true);
        Task<AccountThrottle.Turn> next = Enter(throttle, call);
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.True(next.IsCompleted);

        // However often it is refused for nothing, ten seconds are the most.
        throttle.Leave(Of(next), accepted: false, null, isSend: true);
        for (int refusal = 0; refusal < 40; refusal++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Refuse();
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(Enter(throttle, call).IsCompleted);

        void Refuse() => throttle.Refuse(Of(Enter(throttle, call)), call, null, TimeSpan.Zero, 0.5, TimeSpan.Zero, isSend: true);
    }

    [Theory]
    [InlineData(1, 60, 60, 130)]
    [InlineData(4, 60, 60, 130)]
    [InlineData(16, 60, 60, 200)]
    [InlineData(4, 30, 30, 100)]
    [InlineData(16, 20, 15, 300)]
    [InlineData(4, 100, 180, 250)]
    public void A_service_that_takes_so_many_in_a_while_and_names_no_wait_gets_every_row(int atOnce, int most, int seconds, int rows)
    {
        DateTimeOffset start = _time.GetUtcNow();
        int used = 0;
        int window = 0;
        Tally tally = Run(atOnce, rows, TimeSpan.FromMilliseconds(20), now =>
        {
            int current = (int)((now - start).TotalSeconds / seconds);
            if (current != window) (window, used) = (current, 0);
            return used++ < most ? null : TimeSpan.Zero;
        });

        output.WriteLine($"{most} in {seconds} s, {atOnce} at once: {tally.Accepted} of {rows} sent, {tally.Refused} refused, {tally.Elapsed.TotalSeconds:0} s");
        Assert.Equal((rows, 0), (tally.Accepted, tally.GivenUp));
        Assert.InRange(tally.Refused, 1, (rows / 3) + atOnce);
    }

    [Theory]
    [InlineData(16, 2)]
    [InlineData(64, 5)]
    public void A_service_that_takes_so_many_at_once_gets_so_many_at_once(int atOnce, int most)
    {
        int open = 0;
        Tally tally = Run(atOnce, 1000, TimeSpan.FromMilliseconds(100), _ => open < most ? null : TimeSpan.Zero, change => open += change);

        output.WriteLine($"{most} at once of {atOnce}: {tally.Refused} refused, {tally.Elapsed.TotalSeconds:0} s");
        Assert.Equal((1000, 0), (tally.Accepted, tally.GivenUp));
        Assert.InRange(tally.Refused, 1, (1000 / 3) + atOnce);
    }

    [Fact]
    public void A_window_of_a_minute_is_waited_for_and_used_to_the_full()
    {
        DateTimeOffset start = _time.GetUtcNow();
        int used = 0;
        int window = 0;
        Tally tally = Run(4, 300, TimeSpan.FromMilliseconds(20), now =>
        {
            int current = (int)((now - start).TotalSeconds / 60);
            if (current != window) (window, used) = (current, 0);
            return used++ < 60 ? null : TimeSpan.FromSeconds(Math.Ceiling(60 - ((now - start).TotalSeconds % 60)));
        });

        output.WriteLine($"60 a minute: {tally.Refused} refused, {tally.Elapsed.TotalSeconds:0} s");
        Assert.Equal((300, 0), (tally.Accepted, tally.GivenUp));
        Assert.InRange(tally.Refused, 4, 30);
        Assert.InRange(tally.Elapsed.TotalSeconds, 240, 300);
    }

    [Fact]
    public void Where_nothing_gets_through_seven_tries_are_enough_for_all()
    {
        Tally tally = Run(4, 4, TimeSpan.FromMilliseconds(20), static _ => TimeSpan.FromSeconds(1));

        // Four at the first instant, then one after the other; from the seventh on they are given up.
        Assert.Equal((0, 4), (tally.Accepted, tally.GivenUp));
        Assert.Equal(4 + 6 + 3, tally.Refused);
    }

    [Fact]
    public void Only_one_goes_first_after_a_refusal()
    {
        var throttle = new AccountThrottle(_time);
        var calls = Enumerable.Range(0, 8).Select(_ => new AccountThrottle.Tries()).ToList();
        List<AccountThrottle.Turn> turns = calls.ConvertAll(call => Of(Enter(throttle, call)));
        for (int i = 0; i < 8; i++) throttle.Refuse(turns[i], calls[i], TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), 0.5, TimeSpan.Zero, isSend: true);
        List<Task<AccountThrottle.Turn>> waiting = calls.ConvertAll(call => Enter(throttle, call));

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.DoesNotContain(waiting, static turn => turn.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal([true, false, false, false, false, false, false, false], waiting.Select(static turn => turn.IsCompleted));
        throttle.Leave(Of(waiting[0]), accepted: true, null, isSend: true);
        Assert.Equal(3, waiting.Count(static turn => turn.IsCompleted));
    }

    [Fact]
    public async Task Whoever_stops_waiting_leaves_its_place_to_the_others()
    {
        var throttle = new AccountThrottle(_time);
        var call = new AccountThrottle.Tries();
        throttle.Refuse((await Enter(throttle, call)), call, TimeSpan.FromDays(60), TimeSpan.FromSeconds(1), 0.5, TimeSpan.Zero, isSend: true);
        using var stop = new CancellationTokenSource();
        Task<AccountThrottle.Turn> stopped = throttle.EnterAsync(new AccountThrottle.Tries(), TimeSpan.MaxValue, null, stop.Token).AsTask();
        Task<AccountThrottle.Turn> other = throttle.EnterAsync(new AccountThrottle.Tries(), TimeSpan.MaxValue, null, default).AsTask();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);

        // Longer than a timer of the framework can wait.
        _time.Advance(TimeSpan.FromDays(59));
        Assert.False(other.IsCompleted);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.True(other.IsCompleted);
    }

    [Fact]
    public void A_longer_wait_than_is_allowed_ends_those_that_wait_already()
    {
        var throttle = new AccountThrottle(_time);
        var first = new AccountThrottle.Tries();
        AccountThrottle.Turn turn = Of(Enter(throttle, first));
        AccountThrottle.Turn slow = Of(Enter(throttle, new AccountThrottle.Tries()));
        throttle.Refuse(turn, first, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 0.5, TimeSpan.Zero, isSend: true);
        Task<AccountThrottle.Turn> waiting = Enter(throttle, first);
        Assert.False(waiting.IsCompleted);

        throttle.Refuse(slow, new AccountThrottle.Tries(), TimeSpan.FromHours(2), TimeSpan.FromSeconds(1), 0.5, TimeSpan.Zero, isSend: true);

        Assert.Equal((0, TimeSpan.FromHours(2)), (Of(waiting).Number, Of(waiting).Wait));
    }

    [Fact]
    public void A_limit_is_forgotten_when_nothing_was_refused_for_a_while()
    {
        var throttle = new AccountThrottle(_time);
        var call = new AccountThrottle.Tries();
        throttle.Refuse(Of(Enter(throttle, call)), call, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 0.5, TimeSpan.Zero, isSend: true);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.All(Enumerable.Range(0, 16), _ => Assert.True(Enter(throttle, new AccountThrottle.Tries()).IsCompleted));
    }

    private static Task<AccountThrottle.Turn> Enter(AccountThrottle throttle, AccountThrottle.Tries call)
        => throttle.EnterAsync(call, TimeSpan.FromMinutes(5), null, default).AsTask();

    private static AccountThrottle.Turn Of(Task<AccountThrottle.Turn> entered)
    {
        Assert.True(entered.IsCompletedSuccessfully);
        return entered.GetAwaiter().GetResult();
    }

    /// <summary>So many workers send so many rows; the service says for each call whether it takes it (null) or how long to wait.</summary>
    private Tally Run(int atOnce, int rows, TimeSpan latency, Func<DateTimeOffset, TimeSpan?> service, Action<int>? onOpen = null)
    {
        var throttle = new AccountThrottle(_time);
        var random = new Random(20931);
        var workers = Enumerable.Range(0, atOnce).Select(static _ => new Worker()).ToList();
        var tally = new Tally();
        DateTimeOffset start = _time.GetUtcNow();
        int left = rows;
        while (tally.Accepted + tally.GivenUp < rows)
        {
            Assert.True(_time.GetUtcNow() - start < TimeSpan.FromHours(1), "It does not come to an end.");
            bool moved = false;
            foreach (Worker worker in workers)
            {
                DateTimeOffset now = _time.GetUtcNow();
                if (worker.Call is null && left > 0)
                {
                    left--;
                    worker.Call = new AccountThrottle.Tries();
                    worker.Waiting = Enter(throttle, worker.Call);
                }

                if (worker.Waiting is { IsCompleted: true } entered)
                {
                    (worker.Waiting, worker.Turn, worker.AnswerAt, moved) = (null, Of(entered), now + latency, true);
                    worker.Answer = service(now);
                    onOpen?.Invoke(1);
                }

                if (worker.Turn is not { } turn || now < worker.AnswerAt) continue;
                (worker.Turn, moved) = (null, true);
                onOpen?.Invoke(-1);
                if (worker.Answer is not { } wait)
                {
                    throttle.Leave(turn, accepted: true, null, isSend: true);
                    tally.Accepted++;
                    worker.Call = null;
                }
                else
                {
                    tally.Refused++;
                    if (throttle.Refuse(turn, worker.Call!, wait, TimeSpan.FromSeconds(1), random.NextDouble(), TimeSpan.FromMinutes(5), isSend: true) < 7)
                    {
                        worker.Waiting = Enter(throttle, worker.Call!);
                    }
                    else
                    {
                        tally.GivenUp++;
                        worker.Call = null;
                    }
                }
            }

            if (!moved) _time.Advance(_tick);
        }

        tally.Elapsed = _time.GetUtcNow() - start;
        return tally;
    }

    private sealed class Tally
    {
        public int Accepted { get; set; }

        public int Refused { get; set; }

        public int GivenUp { get; set; }

        public TimeSpan Elapsed { get; set; }
    }

    private sealed class Worker
    {
        public AccountThrottle.Tries? Call { get; set; }

        public Task<AccountThrottle.Turn>? Waiting { get; set; }

        public AccountThrottle.Turn? Turn { get; set; }

        public TimeSpan? Answer { get; set; }

        public DateTimeOffset AnswerAt { get; set; }
    }

    private sealed class Bucket(int perSecond)
    {
        private double _tokens = perSecond;
        private DateTimeOffset? _last;

        public bool Takes(DateTimeOffset now)
        {
            _tokens = Math.Min(perSecond, _tokens + (_last is { } last ? (now - last).TotalSeconds * perSecond : 0));
            _last = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
