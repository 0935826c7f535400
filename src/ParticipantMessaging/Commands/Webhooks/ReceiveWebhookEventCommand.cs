using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Listens for events, checks them, drops repeats and emits the others.</summary>
[Cmdlet(VerbsCommunications.Receive, "WebhookEvent")]
[OutputType(typeof(WebhookEvent))]
public sealed class ReceiveWebhookEventCommand : VerifyingCmdlet
{
    /// <summary>Where to listen, on this computer.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Prefix { get; set; } = "http://localhost:8080/hooks/";

    /// <summary>Ends after so many distinct events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Ends after this time; without it only Ctrl+C or -Count ends it.</summary>
    [Parameter]
    [LengthOfTime]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Posts each new event on to this address, byte for byte; the sender is only answered 2xx when that was.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? ForwardTo { get; set; }

    /// <summary>The largest body in bytes; larger ones are refused.</summary>
    [Parameter]
    [ValidateRange(1, 64 * 1024 * 1024)]
    public int MaxBodySize { get; set; } = 1024 * 1024;

    /// <summary>Lets other machines connect: only then may -Prefix be an address that they reach.</summary>
    [Parameter]
    public SwitchParameter AllowRemote { get; set; }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        WebhookVerifier verifier = await GetVerifierAsync(cancellationToken).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        WebhookReceiver receiver = WebhookReceiver.Start(new WebhookReceiverOptions
        {
            Prefix = Prefix,
            Verifier = verifier,
            AllowRemote = AllowRemote,
            ForwardTo = ForwardTo,
            MaxEvents = Count,
            MaxBodyBytes = MaxBodySize,
            Account = SecretAccount,
        });
        await using (receiver.ConfigureAwait(false))
        {
            await WriteVerboseAsync($"Listening on {receiver.Uri}.").ConfigureAwait(false);
            Task notices = ReportNoticesAsync(receiver, ending.Token);
            try
            {
                if (Timeout is { } limit) ending.CancelAfter(limit);
                await EmitAllAsync(receiver, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // -Timeout is over: a normal end.
            }
            finally
            {
                await ending.CancelAsync().ConfigureAwait(false);
                await receiver.DisposeAsync().ConfigureAwait(false);
                await notices.ConfigureAwait(false);
            }
        }

        await WriteVerboseAsync(string.Create(CultureInfo.InvariantCulture, $"{receiver.Repeats} repeats were dropped, {receiver.Refused} requests were refused.")).ConfigureAwait(false);
    }

    private async Task EmitAllAsync(WebhookReceiver receiver, CancellationToken cancellationToken)
    {
        await foreach (ReceivedWebhook received in receiver.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            bool isTaken = false;
            try
            {
                // Only when the pipeline has really taken it is the sender told so.
                await OnPipelineAsync(() => TakenObjects.Write(this, received.Event, () => isTaken = true)).ConfigureAwait(false);
            }
            finally
            {
                if (isTaken) received.Accept();
                else received.Refuse();
            }
        }
    }

    private async Task ReportNoticesAsync(WebhookReceiver receiver, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ReceiverNotice notice in receiver.ReadNoticesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (notice.Error is { } error) await WriteErrorAsync(error, null).ConfigureAwait(false);
                else await WriteVerboseAsync($"Refused with {notice.HttpStatus}: {notice.Text}").ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
