using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// Neither null nor empty nor blank: names are compared without their outer blanks, so that a blank one, from a variable that was never
/// filled, would stand for "no name", and a send in no campaign is another thing than one in a campaign.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotBlankAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        if (element is not string text || string.IsNullOrWhiteSpace(text))
            throw new ValidationMetadataException("A blank name stands for nothing. Give a name, or leave the parameter out.");
    }
}
