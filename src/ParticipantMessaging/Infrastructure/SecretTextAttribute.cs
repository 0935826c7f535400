using System.Management.Automation;
using System.Security;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// For parameters of type <see cref="SecureString"/>. PowerShell's own message about a plain text that is given there repeats the text,
/// which is a token; this one does not. A credential's password is taken.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            SecureString { Length: > 0 } secure => secure,
            SecureString => throw new ArgumentTransformationMetadataException("It is empty."),
            PSCredential { Password.Length: > 0 } credential => credential.Password,
            null => throw new ArgumentTransformationMetadataException("It is missing. Give a SecureString: Read-Host -AsSecureString, or Get-Secret."),
            _ => throw new ArgumentTransformationMetadataException(
                "It must be a SecureString, so that it does not show in logs: Read-Host -AsSecureString, or Get-Secret, or ConvertTo-SecureString -AsPlainText -Force."),
        };
    }
}
