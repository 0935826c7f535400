using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>A cmdlet that subscriptions or event types are piped into: each one's own account is used, unless the command line names another.</summary>
public abstract class SubscriptionCmdlet : WebhookCmdlet
{
    private bool _hasBegun;
    private string? _named;
    private string? _piped;

    /// <summary>Name of a registered account; without it that of the piped object, or the default account.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [AllowNull]
    [AllowEmptyString]
    public override string? Account
    {
        get => _named;
        set
        {
            // The command line is bound before the first block, piped objects after it.
            if (_hasBegun) _piped = value;
            else _named = value;
        }
    }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        _hasBegun = true;

        // An object without an account is none's; a blank name on the command line is a slip, and must not mean the default account.
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Account)) && string.IsNullOrWhiteSpace(_named))
        {
            throw new MessagingException(MessagingErrorReason.InvalidRequest, "The name of the account is blank.", "Name a registered account with -Account, or leave it out for the default one.");
        }

        return Task.CompletedTask;
    }

    private protected Task<ProlificClient> ConnectToPipedAsync() => ConnectToProlificAsync(_piped);
}

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

/// <summary>How to go on when a subscription was not created, or is there but was not confirmed.</summary>
internal static class SubscriptionErrors
{
    public static MessagingException ConfirmationFailed(string id, MessagingException error, bool isOnTarget)
    {
        string again = isOnTarget
            ? "Try again with the one-time secret that the error holds: $Error[0].TargetObject | Confirm-WebhookSubscription. If that is refused too, or"
            : "Check that the secret is the one of this subscription (ConfirmationSecret of New-WebhookSubscription -NoConfirmation). If that";
        return Reworded(
            error,
            $"Subscription {id} was created, but it is not confirmed, so it stays disabled and no events come. {error.Message}",
            $"{again} is lost, delete it and create it anew: Remove-WebhookSubscription -Id {id}, then New-WebhookSubscription.");
    }

    /// <summary>The service wants a secret first; null when it refuses for another reason.</summary>
    public static MessagingException? NeedsSecret(string workspace, MessagingException error)
        => error.Reason == MessagingErrorReason.InvalidRequest && error.ServiceMessage?.Contains("with a secret", StringComparison.OrdinalIgnoreCase) == true
            ? Reworded(error, error.Message, $"Make a secret first, then subscribe again: New-WebhookSecret -WorkspaceId {workspace}.")
            : null;

    private static MessagingException Reworded(MessagingException error, string message, string advice)
        => new(error.Reason, message, advice, error)
        {
            HttpStatus = error.HttpStatus,
            Attempts = error.Attempts,
            Effect = error.Effect,
            ServiceMessage = error.ServiceMessage,
            FieldErrors = error.FieldErrors,
            Request = error.Request,
            RetryAfter = error.RetryAfter,
            IsSecurityFailure = error.IsSecurityFailure,
        };
}
