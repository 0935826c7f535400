using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Core.Tests.Reading;

public class TimeTextTests
{
    private static readonly FakeTimeProvider Time = MakeTime();

    [Theory]
    [InlineData("30", 30)]
    [InlineData("0", 0)]
    [InlineData(" 90s ", 90)]
    [InlineData("5m", 300)]
    [InlineData("1.5h", 5400)]
    [InlineData("2H", 7200)]
    [InlineData("7d", 604800)]
    [InlineData("7 days", 604800)]
    [InlineData("1 minute", 60)]
    [InlineData("500ms", 0.5)]
    [InlineData("0.25", 0.25)]
    [InlineData("00:01:30", 90)]
    [InlineData("1.00:00:00", 86400)]
    public void A_length_is_read(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), TimeText.ParseLength(text));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("-5")]
    [InlineData("-5m")]
    [InlineData("-00:00:01")]
    [InlineData("5 x")]
    [InlineData("m")]
    [InlineData("1,5h")]
    [InlineData("1e3")]
    [InlineData("5m30s")]
    [InlineData("99999999999d")]
    [InlineData("tomorrow")]
    public void What_is_no_length_is_refused_and_the_forms_are_named(string? text)
    {
        Assert.False(TimeText.TryParseLength(text, out _));
        FormatException error = Assert.Throws<FormatException>(() => TimeText.ParseLength(text));
        Assert.Contains("90s, 5m, 2h, 7d", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01", "2026-03-01T00:00:00+01:00")]
    [InlineData("2026-07-01", "2026-07-01T00:00:00+02:00")]
    [InlineData("2026-07-01 14:30", "2026-07-01T14:30:00+02:00")]
    [InlineData("2026-07-01T14:30:05", "2026-07-01T14:30:05+02:00")]
    [InlineData("2026-07-01T14:30:05Z", "2026-07-01T14:30:05+00:00")]
    [InlineData("2026-07-01T14:30:05.123-05:00", "2026-07-01T14:30:05.123-05:00")]
    [InlineData("1 July 2026", "2026-07-01T00:00:00+02:00")]
    [InlineData("30", "2026-07-10T11:59:30+02:00")]
    [InlineData("2h", "2026-07-10T10:00:00+02:00")]
    [InlineData("7d", "2026-07-03T12:00:00+02:00")]
    public void A_point_in_time_is_read(string text, string expected)
    {
        DateTimeOffset moment = TimeText.ParseSince(text, Time);
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), moment);
        Assert.Equal(expected[^6..], moment.ToString("zzz", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Days_back_over_the_change_of_clocks_are_24_hours_each()
    {
        FakeTimeProvider time = MakeTime(new DateTimeOffset(2026, 3, 30, 10, 0, 0, TimeSpan.Zero));
        DateTimeOffset moment = TimeText.ParseSince("2d", time);
        Assert.Equal(new DateTimeOffset(2026, 3, 28, 10, 0, 0, TimeSpan.Zero), moment);
        Assert.Equal(TimeSpan.FromHours(1), moment.Offset);
    }

    [Theory]
    [InlineData("03/04/2026")]
    [InlineData("3.4.2026")]
    [InlineData("2026")]
    [InlineData("20260301")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-30")]
    [InlineData("yesterday")]
    [InlineData("12:30 PM")]
    [InlineData("")]
    [InlineData("99999999d")]
    public void What_could_mean_two_days_or_none_is_refused(string text)
    {
        Assert.False(TimeText.TryParseSince(text, Time, out _));
        Assert.Contains("2026-03-01", Assert.Throws<FormatException>(() => TimeText.ParseSince(text, Time)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_date_without_kind_is_local_and_utc_stays_utc()
    {
        Assert.Equal(new DateTimeOffset(2026, 7, 1, 8, 0, 0, TimeSpan.FromHours(2)), TimeText.FromDateTime(new DateTime(2026, 7, 1, 8, 0, 0), Time));
        Assert.Equal(TimeSpan.Zero, TimeText.FromDateTime(new DateTime(2026, 7, 1, 8, 0, 0, DateTimeKind.Utc), Time).Offset);
    }

    private static FakeTimeProvider MakeTime(DateTimeOffset? now = null)
    {
        var time = new FakeTimeProvider(now ?? new DateTimeOffset(2026, 7, 10, 10, 0, 0, TimeSpan.Zero));
        time.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        return time;
    }
}
