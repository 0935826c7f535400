using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>Listens for events, checks them, drops repeats and emits the others.</summary>
[Cmdlet(VerbsCommunications.Receive, "WebhookEvent")]
[OutputType(typeof(WebhookEvent))]
public sealed class ReceiveWebhookEventCommand : VerifyingCmdlet
{
    /// <summary>Where to listen, on this computer.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string Prefix { get; set; } = "http://localhost:8080/hooks/";

    /// <summary>Ends after so many distinct events.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Ends after this time; without it only Ctrl+C or -Count ends it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Posts each new event on to this address, byte for byte; the sender is only answered 2xx when that was.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNull]
    public Uri? ForwardTo { get; set; }

    /// <summary>The largest body in bytes; larger ones are refused.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, 64 * 1024 * 1024)]
    public int MaxBodySize { get; set; } = 1024 * 1024;

    /// <summary>Lets other machines connect: only then may -Prefix be an address that they reach.</summary>
    [Parameter]
    public SwitchParameter AllowRemote { get; set; }

    /// <summary>What is older was recorded and is replayed, or waited far too long; give a longer -MaxAge for late retries.</summary>
    private protected override TimeSpan? UsualMaxAge => TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        WebhookVerifier verifier = await GetVerifierAsync(cancellationToken).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var receiver = WebhookReceiver.Start(new WebhookReceiverOptions
        {
            Prefix = Prefix,
            Verifier = verifier,
            AskAgain = AskAgain,
            AllowRemote = AllowRemote,
            ForwardTo = ForwardTo,
            MaxEvents = Count,
            MaxBodyBytes = MaxBodySize,
            Account = SecretAccount,
        });
        await using (receiver.ConfigureAwait(false))
        {
            await WriteHostAsync($"Listening on {receiver.Uri}{DescribeEnd()}.").ConfigureAwait(false);
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

    private string DescribeEnd()
    {
        string count = Count is { } most ? string.Create(CultureInfo.InvariantCulture, $"{most:N0} {(most == 1 ? "event" : "events")}") : "";
        string time = Timeout is { } limit ? TimeText.Words(limit) : "";
        return (count.Length, time.Length) switch
        {
            (0, 0) => " until Ctrl+C",
            (_, 0) => $" until {count} came",
            (0, _) => $" for {time}",
            _ => $" until {count} came, {time} at most",
        };
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
                else if (notice.IsWarning) await WriteWarningAsync(notice.HttpStatus >= 400 ? $"A request was refused ({notice.HttpStatus}). {notice.Text}" : notice.Text).ConfigureAwait(false);
                else await WriteVerboseAsync($"Refused with {notice.HttpStatus}: {notice.Text}").ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
