using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class SendPaceTests
{
    [Fact]
    public async Task People_are_evenly_spaced_and_idle_time_is_not_made_up_for()
    {
        var time = new FakeTimeProvider();
        var pace = new SendPace(60, time);
        Assert.True(pace.WaitAsync(1, default).IsCompleted);
        Task second = pace.WaitAsync(3, default);
        time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await second;
        time.Advance(TimeSpan.FromSeconds(2.9));
        Task third = pace.WaitAsync(1, default);
        Assert.False(third.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(10));
        await third;
        Assert.True(pace.WaitAsync(1, default).IsCompleted);
        Assert.False(pace.WaitAsync(1, default).IsCompleted);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task A_clock_that_is_set_meanwhile_changes_no_pace(int hours)
    {
        var time = new SkippingClock();
        var pace = new SendPace(60, time);
        for (int person = 0; person < 4; person++)
        {
            await pace.WaitAsync(1, default);
            if (person == 1) time.Shift = TimeSpan.FromHours(hours);
        }

        Assert.Equal([1, 1, 1], time.Waits.Select(static wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_wait_may_be_longer_than_a_timer_of_the_framework()
    {
        var time = new FakeTimeProvider();
        var pace = new SendPace(1, time);
        Assert.True(pace.WaitAsync(100_000, default).IsCompleted);
        Task second = pace.WaitAsync(1, default);
        Assert.False(second.IsCompleted);
        DateTimeOffset due = time.GetUtcNow() + TimeSpan.FromMinutes(100_000);
        while (!second.IsCompleted)
        {
            // One day is waited for at a time; the next wait begins on another thread.
            time.Advance(TimeSpan.FromHours(1));
            await Task.Delay(1);
        }

        await second;
        Assert.True(time.GetUtcNow() >= due);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(50, 50)]
    [InlineData(5000, 500)]
    public void Over_Open_Humans_a_list_is_asked_for(int? batchSize, int people)
        => Assert.Equal(people, SendPlanner.MostPeople(MessagingProvider.OpenHumans, new SendOptions { BatchSize = batchSize }));

    [Theory]
    [InlineData(null, 4000)]
    [InlineData(60, 1)]
    [InlineData(30, 1)]
    [InlineData(600, 10)]
    public void Bulk_calls_are_cut_to_a_second_of_the_pace(int? perMinute, int people)
        => Assert.Equal(people, SendPlanner.MostPeople(MessagingProvider.Prolific, new SendOptions { PerMinute = perMinute }));
}
