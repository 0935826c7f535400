using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Infrastructure;

/// <summary>For parameters of type <see cref="DateTimeOffset"/>: takes a date, or a length of time that is counted back from now.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SinceAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        TimeProvider time = TimeProvider.System;
        DateTimeOffset moment;
        switch (value)
        {
            case DateTimeOffset given:
                return given;
            case DateTime given:
                return TimeText.FromDateTime(given, time);
            case TimeSpan length when TimeText.TryBefore(length, time, out moment):
                return moment;
            case string text when TimeText.TryParseSince(text, time, out moment):
                return moment;

            // The language itself reads a bare 7d as the decimal number 7: the d is gone, its meaning is not.
            case decimal days when TimeText.TryParseSince(days.ToString(CultureInfo.InvariantCulture) + "d", time, out moment):
                return moment;
            case sbyte or byte or short or ushort or int or uint or long or ulong or float or double
                when TimeText.TryParseSince(Convert.ToString(value, CultureInfo.InvariantCulture), time, out moment):
                return moment;
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{value}' is no date and no length of time. Write 2026-03-01, 2026-03-01T14:30, or {TimeText.LengthForms}, which is counted back from now.");
        }
    }
}
