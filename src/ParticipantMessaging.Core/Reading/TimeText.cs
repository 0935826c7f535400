using System.Globalization;

namespace ParticipantMessaging.Reading;

/// <summary>Lengths of time and points in time as people write them.</summary>
public static class TimeText
{
    /// <summary>How a length of time may be written, for error messages.</summary>
    public const string LengthForms = "30 (seconds), 90s, 5m, 2h, 7d or 00:01:30";

    private static readonly string[] IsoForms =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
    ];

    private static readonly string[] IsoFormsWithOffset =
    [
        "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd HH:mmzzz", "yyyy-MM-dd HH:mm zzz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz",
    ];

    /// <summary>A length of time in words: 45 seconds, 5 minutes, 2.5 hours.</summary>
    /// <param name="length">The length.</param>
    /// <returns>The words.</returns>
    public static string Words(TimeSpan length) => Http.Failures.Length(length);

    /// <summary>
    /// A point in time as every sentence writes it: <c>2026-03-02 09:00 +01:00</c>. Local, as the tables are; with its offset, since a reason is
    /// also kept in the ledger and in files, which are read in other places.
    /// </summary>
    /// <param name="time">The point in time.</param>
    /// <param name="zone">The zone; this computer's when it is not given.</param>
    /// <returns>The text.</returns>
    public static string Shown(DateTimeOffset time, TimeZoneInfo? zone = null)
        => TimeZoneInfo.ConvertTime(time, zone ?? TimeZoneInfo.Local).ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    /// <summary>Reads a length of time: <c>30</c> (seconds), <c>1.5h</c>, <c>90s</c>, <c>5m</c>, <c>2h</c>, <c>7d</c>, <c>500ms</c>, or the text of a <see cref="TimeSpan"/>.</summary>
    /// <param name="text">The text; the decimal sign is a point whatever the culture.</param>
    /// <param name="length">The length; never negative.</param>
    /// <returns>False when it is no length of time.</returns>
    public static bool TryParseLength(string? text, out TimeSpan length)
    {
        length = default;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return false;
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out length) && length >= TimeSpan.Zero;
        }

        int digits = text.Length;
        while (digits > 0 && char.IsAsciiLetter(text[digits - 1])) digits--;
        long? ticksPerUnit = text[digits..].ToLowerInvariant() switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "" or "s" or "sec" or "second" or "seconds" => TimeSpan.TicksPerSecond,
            "m" or "min" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
            "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
            "d" or "day" or "days" => TimeSpan.TicksPerDay,
            _ => null,
        };
        if (ticksPerUnit is not { } unit
            || !decimal.TryParse(text[..digits].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }

        length = TimeSpan.FromTicks((long)(number * unit));
        return true;
    }

    /// <summary>Reads a length of time; see <see cref="TryParseLength"/>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The length; never negative.</returns>
    /// <exception cref="FormatException">It is none; the message names the forms.</exception>
    public static TimeSpan ParseLength(string? text) => TryParseLength(text, out TimeSpan length)
        ? length
        : throw new FormatException($"'{text}' is no length of time. Write {LengthForms}.");

    /// <summary>
    /// Reads a point in time: an ISO date (<c>2026-03-01</c>, local midnight), an ISO date and time (local unless it says its offset or
    /// <c>Z</c>), a date with the month's English name, or a length of time, which is counted back from now.
    /// Dates like 03/04/2026 mean different days to different people and are refused.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="time">Says what now is and what local is.</param>
    /// <param name="moment">The point in time, with its offset.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParseSince(string? text, TimeProvider time, out DateTimeOffset moment)
    {
        ArgumentNullException.ThrowIfNull(time);
        moment = default;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return false;
        if (text[^1] is 'Z' or 'z' && text.Length > 10)
        {
            text = string.Concat(text.AsSpan(0, text.Length - 1).TrimEnd(), "+00:00");
        }

        if (DateTime.TryParseExact(text, IsoForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
        {
            return TryLocal(local, time, out moment);
        }

        if (DateTimeOffset.TryParseExact(text, IsoFormsWithOffset, CultureInfo.InvariantCulture, DateTimeStyles.None, out moment)) return true;

        // A bare number of that size is rather a year or a date without hyphens than so many seconds.
        bool looksLikeDate = text.All(char.IsAsciiDigit) && (text.Length == 8 || (text.Length == 4 && text[0] is '1' or '2'));
        if (!looksLikeDate && TryParseLength(text, out TimeSpan length)) return TryBefore(length, time, out moment);

        return text.Any(char.IsAsciiLetter)
            && text.Any(char.IsAsciiDigit)
            && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault, out local)
            && local.Year > 1900
            && HasMonthName(text)
            && TryLocal(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), time, out moment);
    }

    /// <summary>Reads a point in time; see <see cref="TryParseSince"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">Says what now is and what local is.</param>
    /// <returns>The point in time.</returns>
    /// <exception cref="FormatException">It is none; the message names the forms.</exception>
    public static DateTimeOffset ParseSince(string? text, TimeProvider time) => TryParseSince(text, time, out DateTimeOffset moment)
        ? moment
        : throw new FormatException($"'{text}' is no date and no length of time. Write 2026-03-01, 2026-03-01T14:30, or {LengthForms}, which is counted back from now.");

    /// <summary>A point in time that lies a length of time back.</summary>
    /// <param name="length">How long ago.</param>
    /// <param name="time">Says what now is.</param>
    /// <param name="moment">The point in time, in local time.</param>
    /// <returns>False when it is before the calendar begins.</returns>
    public static bool TryBefore(TimeSpan length, TimeProvider time, out DateTimeOffset moment)
    {
        ArgumentNullException.ThrowIfNull(time);
        DateTimeOffset now = time.GetLocalNow();
        moment = default;
        if (length < TimeSpan.Zero || length > now.UtcDateTime - DateTime.MinValue - TimeSpan.FromDays(1)) return false;
        moment = TimeZoneInfo.ConvertTime(now - length, time.LocalTimeZone);
        return true;
    }

    /// <summary>A date and time as a point in time: one of kind <see cref="DateTimeKind.Unspecified"/> is local.</summary>
    /// <param name="value">The date and time.</param>
    /// <param name="time">Says what local is.</param>
    /// <returns>The point in time.</returns>
    public static DateTimeOffset FromDateTime(DateTime value, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (value.Kind == DateTimeKind.Utc) return new DateTimeOffset(value);
        return TryLocal(DateTime.SpecifyKind(value, DateTimeKind.Unspecified), time, out DateTimeOffset moment) ? moment : new DateTimeOffset(value, TimeSpan.Zero);
    }

    private static bool TryLocal(DateTime local, TimeProvider time, out DateTimeOffset moment)
    {
        moment = default;
        TimeSpan offset = time.LocalTimeZone.GetUtcOffset(local);
        if (local.Ticks - offset.Ticks < DateTime.MinValue.Ticks || local.Ticks - offset.Ticks > DateTime.MaxValue.Ticks) return false;
        moment = new DateTimeOffset(local, offset);
        return true;
    }

    private static bool HasMonthName(string text) => CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames
        .Any(month => month.Length > 0 && text.Contains(month, StringComparison.OrdinalIgnoreCase));
}
