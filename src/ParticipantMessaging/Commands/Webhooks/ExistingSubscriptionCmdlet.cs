using System.Management.Automation;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>
/// A cmdlet that changes subscriptions. An event has an <c>Id</c> of its own, which looks like a subscription's: piped, it means the
/// subscription that it came from. What is given on the command line wins.
/// </summary>
public abstract class ExistingSubscriptionCmdlet : SubscriptionCmdlet
{
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
    private bool _isNamed;

    /// <summary>A subscription, or an event, which means the subscription that it came from.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _isNamed = MyInvocation.BoundParameters.ContainsKey("Id");
        return base.BeginAsync(cancellationToken);
    }

    /// <summary>The ids that are meant; none for a further event of the same subscription.</summary>
    /// <param name="bound">What was bound to <c>-Id</c>, perhaps from the object's own Id.</param>
    private protected string[] ResolveIds(params string[] bound)
        => _isNamed || FromEvent(InputObject) is not { } id ? bound : _seen.Add(id) ? [id] : [];

    /// <summary>The subscription of an event; null for anything else.</summary>
    /// <exception cref="TerminatingErrorException">The event does not know it.</exception>
    internal static string? FromEvent(PSObject? input)
    {
        if (input?.BaseObject is not WebhookEvent happened) return null;
        if (happened.SubscriptionId.Length > 0) return happened.SubscriptionId;
        throw Terminating(ErrorRecords.From(
            MessagingErrorReason.InvalidRequest,
            $"Event {happened.Id} does not say which subscription it came from: it was delivered here, and not read from the log.",
            "Name the subscription with -Id (Get-WebhookSubscription lists them), or pipe events of Get-WebhookEvent.",
            happened));
    }
}
