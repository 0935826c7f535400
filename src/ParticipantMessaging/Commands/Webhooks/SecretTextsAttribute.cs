using System.Collections;
using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>For parameters that take one or several secrets: SecureStrings, or what Get-WebhookSecret emits. Never plain text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretTextsAttribute : ArgumentTransformationAttribute
{
    private static readonly SecretTextAttribute _one = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = Unwrap(inputData);
        IEnumerable<object?> items = value is IEnumerable list and not string ? list.Cast<object?>() : [value];
        return items
            .Select(item => Unwrap(item) is WebhookSecret secret ? secret.Value : item)
            .Select(item => (SecureString)_one.Transform(engineIntrinsics, item!))
            .ToArray();
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
