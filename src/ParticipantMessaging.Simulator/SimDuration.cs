using System.Globalization;

namespace ParticipantMessaging.Simulator;

/// <summary>Lengths of time as the options take them: <c>+3s</c>, <c>-2m</c>, <c>1.5h</c>, <c>250ms</c>.</summary>
internal static class SimDuration
{
    public static TimeSpan Parse(string text)
    {
        string number = text.TrimEnd('m', 's', 'h', 'd');
        string unit = text[number.Length..];
        number = number.TrimStart('+');
        if (double.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            switch (unit)
            {
                case "ms": return TimeSpan.FromMilliseconds(value);
                case "s" or "": return TimeSpan.FromSeconds(value);
                case "m": return TimeSpan.FromMinutes(value);
                case "h": return TimeSpan.FromHours(value);
                case "d": return TimeSpan.FromDays(value);
                default: break;
            }
        }

        throw new ArgumentException($"'{text}' is no length of time; write +3s, -2m, 1h or 250ms.");
    }
}
