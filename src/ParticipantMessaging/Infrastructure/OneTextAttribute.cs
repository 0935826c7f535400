using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// For a parameter that takes one text. Of a list PowerShell would say that it cannot convert it; and to make one text of it would send the
/// texts of all rows (<c>$rows.Message</c>) to everybody.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not IList texts) return inputData;
        if (texts.Count == 1) return texts[0];
        throw new ArgumentTransformationMetadataException(texts.Count == 0
            ? "No text was given, but an empty list."
            : string.Create(CultureInfo.InvariantCulture, $"{texts.Count:N0} texts were given, and one is wanted (Get-Content gives one for each line). Give the file with -BodyPath, or read it with Get-Content -Raw; texts of their own stand in a column Body of the rows."));
    }
}
