using System.Globalization;
using System.Management.Automation;
using System.Security;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Replays events: posts them to a function on this computer or to a test address, signed, their bodies unchanged.</summary>
[Cmdlet(VerbsCommunications.Send, "WebhookEvent", SupportsShouldProcess = true)]
[OutputType(typeof(WebhookDelivery))]
public sealed class SendWebhookEventCommand : WebhookCmdlet
{
    private readonly Dictionary<string, WebhookKey?> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, WebhookSender> _senders = new(StringComparer.Ordinal);
    private Checkpoint? _checkpoint;
    private int _leftOut;
    private bool _hasWarned;

    /// <summary>An event of Get-WebhookEvent or Receive-WebhookEvent, or the JSON text of a body.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Where to post: https, or plain http on this computer.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri Uri { get; set; } = null!;

    /// <summary>The secret to sign with; without it that of the account that the event was read with.</summary>
    [Parameter]
    [SecretText]
    public SecureString? Secret { get; set; }

    /// <summary>
    /// Name of a memory of which events were taken, kept in the user's data folder for the next run: what was taken there before is left out.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        // A bad address ends it before the first event; so does an account that was named and is not there.
        using (new WebhookSender(Uri, null))
        {
        }

        if (Secret is null && HasExplicitConnection) await ConnectToProlificAsync().ConfigureAwait(false);
        if (Checkpoint is not null) _checkpoint = Reading.Checkpoint.Open(Checkpoint, "replayed webhook events");
    }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        WebhookDelivery delivery;
        string memory;
        try
        {
            WebhookEvent item = Read(InputObject);
            memory = MemoryOf(item);

            // Without a time: what was replayed longest ago is forgotten first, however old the events themselves are.
            if (memory.Length > 0 && _checkpoint!.WasShown(memory, null))
            {
                _leftOut++;
                return;
            }

            string shown = item.EventType.Length > 0 ? $"event {item.Id} ({item.EventType})" : $"event {item.Id}";
            if (!await ShouldProcessAsync(Uri.GetLeftPart(UriPartial.Path), $"Post {shown}").ConfigureAwait(false)) return;
            delivery = await (await GetSenderAsync(item, cancellationToken).ConfigureAwait(false)).SendAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason != MessagingErrorReason.AuthenticationFailed)
        {
            await WriteErrorAsync(error, InputObject).ConfigureAwait(false);
            return;
        }

        if (delivery.Ok && memory.Length > 0) _checkpoint!.Shown(memory, null);
        await WriteObjectAsync(delivery).ConfigureAwait(false);
        if (!delivery.Ok) await WriteErrorAsync(Failed(delivery), InputObject).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        _checkpoint?.LookCompleted();
        if (_leftOut == 0) return;
        await WriteVerboseAsync(string.Create(CultureInfo.InvariantCulture, $"{_leftOut:N0} {(_leftOut == 1 ? "event was" : "events were")} taken in an earlier run and left out.")).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _checkpoint?.Dispose();
            foreach (WebhookSender sender in _senders.Values) sender.Dispose();
        }

        base.Dispose(disposing);
    }

    private static WebhookEvent Read(PSObject? input) => input?.BaseObject switch
    {
        WebhookEvent item => item,
        string json => WebhookSender.FromJson(json),
        _ => throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "What was piped is no event.",
            "Pipe events of Get-WebhookEvent, or the JSON text of one event per string (Get-Content -Raw)."),
    };

    /// <summary>What an event is remembered by: the target and its id. Empty where nothing is remembered; a made-up event has no id of its own.</summary>
    private string MemoryOf(WebhookEvent item)
        => _checkpoint is null || InputObject?.BaseObject is string || item.Id.Length == 0 ? "" : $"{Uri.GetLeftPart(UriPartial.Path)} {item.Id}";

    private static MessagingException Failed(WebhookDelivery delivery) => new(
        delivery.HttpStatus is not null ? MessagingErrorReason.ServiceUnavailable
            : delivery.Error.Contains("did not answer", StringComparison.Ordinal) ? MessagingErrorReason.Timeout : MessagingErrorReason.ConnectionFailed,
        $"Event {delivery.EventId} was not taken. {delivery.Error}",
        "Check that the target runs, that it expects the same secret, and what it logs; then pipe the event again.")
    {
        HttpStatus = delivery.HttpStatus,
        Attempts = 1,
    };

    private async Task<WebhookSender> GetSenderAsync(WebhookEvent item, CancellationToken cancellationToken)
    {
        string name = Secret is not null ? "" : $"{(HasExplicitConnection ? "" : item.Account)}\n{item.SubscriptionId}";
        if (_senders.TryGetValue(name, out WebhookSender? sender)) return sender;
        WebhookKey? key = Secret is not null ? WebhookKey.From(Secret) : await FindKeyAsync(item, cancellationToken).ConfigureAwait(false);
        sender = new WebhookSender(Uri, key, TimeSpan.FromSeconds(TimeoutSec));
        _senders.Add(name, sender);
        if (key is null && !_hasWarned)
        {
            _hasWarned = true;
            await WriteWarningAsync("The events are posted unsigned, because no secret was given and none is known for their account. Give one with -Secret (Get-WebhookSecret).Value.").ConfigureAwait(false);
        }

        return sender;
    }

    /// <summary>The secret of the workspace that the event's subscription belongs to; null when there is no account to ask.</summary>
    private async Task<WebhookKey?> FindKeyAsync(WebhookEvent item, CancellationToken cancellationToken)
    {
        if (!HasExplicitConnection && item.Account.Length == 0) return null;
        ProlificClient client;
        try
        {
            client = await ConnectToProlificAsync(item.Account).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason == MessagingErrorReason.AccountNotFound && !HasExplicitConnection)
        {
            // The event was read with -Token: there is no account of that name.
            return null;
        }

        string workspace = await FindWorkspaceOfAsync(client, item, cancellationToken).ConfigureAwait(false);
        if (_keys.TryGetValue(workspace, out WebhookKey? key)) return key;
        await foreach (WebhookSecretValue secret in client.GetWebhookSecretsAsync(workspace, cancellationToken).ConfigureAwait(false))
        {
            if (secret.Value.Length > 0) key = new WebhookKey(secret.Value);
        }

        _keys.Add(workspace, key);
        return key;
    }

    private static async Task<string> FindWorkspaceOfAsync(ProlificClient client, WebhookEvent item, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> workspaces = await FindWorkspacesAsync(client, null, cancellationToken).ConfigureAwait(false);
        if (workspaces.Count == 1) return workspaces[0];
        if (item.SubscriptionId.Length > 0) return (await client.GetWebhookSubscriptionAsync(item.SubscriptionId, cancellationToken).ConfigureAwait(false)).WorkspaceId;
        return await FindWorkspaceAsync(client, null, cancellationToken).ConfigureAwait(false);
    }
}
