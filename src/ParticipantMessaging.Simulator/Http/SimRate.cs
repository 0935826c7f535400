using System.Globalization;

namespace ParticipantMessaging.Simulator;

/// <summary>So many calls a second, minute or hour: <c>60/minute</c>.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Period">In what time.</param>
public sealed record SimRate(int Calls, TimeSpan Period)
{
    /// <summary>The time from one call to the next.</summary>
    public TimeSpan Distance => Period / Calls;

    /// <summary>Reads <c>60/minute</c>, <c>5/s</c>, <c>1000/hour</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of them.</exception>
    public static SimRate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/', StringSplitOptions.TrimEntries);
        if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int calls) && calls > 0)
        {
            TimeSpan period = parts[1].ToLowerInvariant() switch
            {
                "s" or "sec" or "second" => TimeSpan.FromSeconds(1),
                "m" or "min" or "minute" => TimeSpan.FromMinutes(1),
                "h" or "hour" => TimeSpan.FromHours(1),
                _ => TimeSpan.Zero,
            };
            if (period > TimeSpan.Zero)
                return new SimRate(calls, period);
        }

        throw new ArgumentException($"'{text}' is no rate; write 60/minute, 5/second or 1000/hour.");
    }

    /// <inheritdoc />
    public override string ToString() =>
        $"{Calls}/{(Period.TotalSeconds <= 1 ? "second" : Period.TotalMinutes <= 1 ? "minute" : "hour")}";
}
