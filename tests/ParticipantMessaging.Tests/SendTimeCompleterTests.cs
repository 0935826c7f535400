using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>The moments that completion offers.</summary>
public class SendTimeCompleterTests
{
    [Theory]
    [InlineData("2026-03-02T07:58:30", "2026-03-02T08:58 2026-03-02T09:00 2026-03-02T18:00 2026-03-03T09:00 2026-03-03T18:00 2026-03-09T09:00")]
    [InlineData("2026-03-01T18:00:00", "2026-03-01T19:00 2026-03-02T09:00 2026-03-02T18:00")]
    [InlineData("2026-12-31T23:30:00", "2027-01-01T00:30 2027-01-01T09:00 2027-01-01T18:00 2027-01-04T09:00")]
    public void They_lie_ahead_and_are_read_as_they_stand(string now, string offered)
    {
        var clock = DateTime.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        string[] values = [.. SendTimeCompleter.Usual(clock).Select(static usual => usual.Value)];
        Assert.Equal(offered.Split(' '), values);
        Assert.All(values, static value => Assert.NotNull(SendTime.Read(value)));
    }

    [Fact]
    public void There_are_three_to_six_at_any_hour_of_a_week()
    {
        DateTime monday = new(2026, 11, 23);
        int[] counts = [.. Enumerable.Range(0, 7 * 24 * 4).Select(quarter =>
        {
            DateTime now = monday.AddMinutes(15 * quarter);
            string[] values = [.. SendTimeCompleter.Usual(now).Select(static usual => usual.Value)];
            Assert.Distinct(values);
            Assert.Equal(values.Order(StringComparer.Ordinal), values);
            Assert.All(values, value => Assert.True(SendTime.Read(value) is not null && DateTime.Parse(value, System.Globalization.CultureInfo.InvariantCulture) > now));
            return values.Length;
        })];
        Assert.Equal(3, counts.Min());
        Assert.Equal(6, counts.Max());
    }

    [Theory]
    [InlineData("17:00", "2026-03-02 16:59", "2026-03-02 17:00")]
    [InlineData("17:00", "2026-03-02 17:01", "2026-03-02 17:00")]
    [InlineData("21:00", "2026-03-02 08:00", "2026-03-02 21:00")]
    [InlineData("6:00", "2026-03-02 22:00", "2026-03-03 06:00")]
    [InlineData("6:00", "2026-03-02 18:00", "2026-03-03 06:00")]
    [InlineData("6:00", "2026-03-02 12:00", "2026-03-02 06:00")]
    public void An_end_of_today_that_is_over_is_not_tomorrows(string end, string now, string expected)
    {
        static DateTimeOffset At(string text) => new(DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);
        Assert.Equal(At(expected), SendTime.Read(end)!.EndAfter(At(now), TimeZoneInfo.Utc));
    }
}
