using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class PacedRateLimiterTests
{
    [Fact]
    public async Task Permits_are_evenly_spaced_and_idle_time_is_not_made_up_for()
    {
        var time = new FakeTimeProvider();
        await using var limiter = new PacedRateLimiter(60, time);
        Assert.True((await limiter.AcquireAsync(1)).IsAcquired);
        ValueTask<System.Threading.RateLimiting.RateLimitLease> second = limiter.AcquireAsync(3);
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await second;
        Assert.False(limiter.AttemptAcquire(1).IsAcquired);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(limiter.AttemptAcquire(1).IsAcquired);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.True(limiter.AttemptAcquire(1).IsAcquired);
        Assert.False(limiter.AttemptAcquire(1).IsAcquired);
    }

    [Theory]
    [InlineData(null, 4000)]
    [InlineData(60, 1)]
    [InlineData(30, 1)]
    [InlineData(600, 10)]
    public void Bulk_calls_are_cut_to_a_second_of_the_pace(int? perMinute, int people)
        => Assert.Equal(people, SendPlanner.MostPeople(MessagingProvider.Prolific, new SendOptions { PerMinute = perMinute }));
}
