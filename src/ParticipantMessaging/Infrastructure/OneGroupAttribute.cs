using System.Collections;
using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>For a parameter that takes one group: of several PowerShell would only say that it cannot make a text of a list.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneGroupAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not IList groups) return inputData;
        if (groups.Count == 1) return groups[0]!;
        throw new ArgumentTransformationMetadataException(groups.Count == 0
            ? "No group was given, but an empty list."
            : $"{groups.Count} groups were given, and a message goes to one. Send to one after the other: {string.Join(", ", groups.Cast<object?>().Take(3).Select(static id => Completion.Quote(ShownText.Line(id?.ToString()) is { Length: > 0 } text ? text : "<id>")))}{(groups.Count > 3 ? ", …" : "")} | ForEach-Object {{ Send-ParticipantMessage -GroupId $_ … }} (who is in two of them gets two messages).");
    }
}
