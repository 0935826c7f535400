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
