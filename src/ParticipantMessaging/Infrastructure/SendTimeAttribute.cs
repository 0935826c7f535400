using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Infrastructure;

/// <summary>A moment, or the next time that a clock shows it (<c>9:00</c>).</summary>
public sealed partial class SendTime
{
    // A command that was to end at 17:00 and is run at 17:01 is late. One that is run at 22:00 and ends at 6:00 works through the night.
    private static readonly TimeSpan _late = TimeSpan.FromHours(12);

    private readonly DateTimeOffset? _moment;
    private readonly TimeSpan _clock;

    private SendTime(DateTimeOffset? moment, TimeSpan clock) => (_moment, _clock) = (moment, clock);

    /// <summary>Reads what was given.</summary>
    /// <param name="value">A date, a clock time, or either as text.</param>
    /// <returns>The time; null when it is none.</returns>
    public static SendTime? Read(object? value)
    {
        TimeProvider time = TimeProvider.System;
        switch (value)
        {
            case SendTime given:
                return given;
            case DateTimeOffset given:
                return new SendTime(given, default);
            case DateTime given:
                return new SendTime(TimeText.FromDateTime(given, time), default);
            case TimeSpan clock when clock >= TimeSpan.Zero && clock < TimeSpan.FromDays(1):
                return new SendTime(null, clock);
            case TimeOnly clock:
                return new SendTime(null, clock.ToTimeSpan());
            case string text when ClockForm().Match(text) is { Success: true } match:
                return ReadClock(match);
            case string text when !TimeText.TryParseLength(text, out _) && TimeText.TryParseSince(text, time, out DateTimeOffset moment):
                return new SendTime(moment, default);
            default:
                return null;
        }
    }

    /// <summary>The moment that is meant: the next of that clock time, seen from a moment.</summary>
    /// <param name="from">The moment to look from.</param>
    /// <param name="zone">What clock.</param>
    public DateTimeOffset After(DateTimeOffset from, TimeZoneInfo zone)
    {
        if (_moment is { } moment) return moment;
        DateTime day = TimeZoneInfo.ConvertTime(from, zone).Date;
        for (int i = 0; ; i++)
        {
            // A clock that skips an hour in spring does not show some times on that day.
            DateTime local = day.AddDays(i) + _clock;
            while (zone.IsInvalidTime(local)) local = local.AddMinutes(30);
            var next = new DateTimeOffset(local, zone.GetUtcOffset(local));
            if (next > from) return next;
        }
    }

    /// <summary>The end that is meant: of a clock time today's, also when it is over by less than twelve hours; else the next one.</summary>
    /// <param name="from">The moment to look from.</param>
    /// <param name="zone">What clock.</param>
    public DateTimeOffset EndAfter(DateTimeOffset from, TimeZoneInfo zone)
    {
        DateTimeOffset next = After(from, zone);
        if (_moment is not null) return next;
        DateTime today = TimeZoneInfo.ConvertTime(from, zone).Date;
        DateTimeOffset first = After(new DateTimeOffset(today, zone.GetUtcOffset(today)).AddTicks(-1), zone);
        return first <= from && from - first < _late ? first : next;
    }

    private static SendTime? ReadClock(Match match)
    {
        int hour = int.Parse(match.Groups["h"].Value, CultureInfo.InvariantCulture);
        int minute = match.Groups["m"].Success ? int.Parse(match.Groups["m"].Value, CultureInfo.InvariantCulture) : 0;
        int second = match.Groups["s"].Success ? int.Parse(match.Groups["s"].Value, CultureInfo.InvariantCulture) : 0;
        string half = match.Groups["half"].Value;
        if (half.Length == 0 && !match.Groups["m"].Success) return null;
        if (half.Length > 0)
        {
            if (hour is < 1 or > 12) return null;
            hour = (hour % 12) + (half[0] is 'p' or 'P' ? 12 : 0);
        }

        return hour < 24 && minute < 60 && second < 60 ? new SendTime(null, new TimeSpan(hour, minute, second)) : null;
    }

    [GeneratedRegex(@"^\s*(?<h>[0-9]{1,2})(?:[:.](?<m>[0-9]{2})(?::(?<s>[0-9]{2}))?)?\s*(?<half>[ap])?(?(half)\.?m\.?)\s*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ClockForm();
}

/// <summary>For parameters of type <see cref="SendTime"/>: takes a date, or 9:00 for the next 9 o'clock.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SendTimeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return SendTime.Read(value) ?? throw new ArgumentTransformationMetadataException(
            $"'{value}' is no date and no time of day. Write 2026-03-01, 2026-03-01T14:30, or 9:00 for the next 9 o'clock.");
    }
}
