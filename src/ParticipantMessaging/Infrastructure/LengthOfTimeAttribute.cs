using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Infrastructure;

/// <summary>For parameters of type <see cref="TimeSpan"/>: also takes 30 (seconds), 90s, 5m, 2h, 7d.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthOfTimeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        TimeSpan? length = value switch
        {
            TimeSpan span when span >= TimeSpan.Zero => span,
            string text when TimeText.TryParseLength(text, out TimeSpan parsed) => parsed,

            // The language itself reads a bare 7d as the decimal number 7 (and 90s as a short one): the d is gone, its meaning is not.
            decimal days when TimeText.TryParseLength(days.ToString(CultureInfo.InvariantCulture) + "d", out TimeSpan parsed) => parsed,
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double
                when TimeText.TryParseLength(Convert.ToString(value, CultureInfo.InvariantCulture), out TimeSpan seconds) => seconds,
            _ => null,
        };
        return length ?? throw new ArgumentTransformationMetadataException($"'{value}' is no length of time. Write {TimeText.LengthForms}.");
    }
}
