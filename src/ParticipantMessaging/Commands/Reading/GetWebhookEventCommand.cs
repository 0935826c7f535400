using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Reads the log of webhook events, or follows it.</summary>
[Cmdlet(VerbsCommon.Get, "WebhookEvent", SupportsPaging = true)]
[OutputType(typeof(WebhookEvent))]
public sealed class GetWebhookEventCommand : FollowingCmdlet
{
    private readonly List<string> _subscriptions = [];

    /// <summary>The subscriptions whose events are read; without it, every one of the account, enabled or not.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SubscriptionIdCompleter))]
    [Alias("Id", "subscription_id")]
    [ValidateNotNullOrEmpty]
    public string[]? SubscriptionId { get; set; }

    /// <summary>Only events whose delivery has one of these statuses.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeliveryStatusCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Status { get; set; }

    /// <summary>Only events about this study or submission.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("resource_id")]
    [ValidateNotNullOrEmpty]
    public string? ResourceId { get; set; }

    /// <summary>Only events of these kinds.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [Alias("event_type")]
    [ValidateNotNullOrEmpty]
    public string[]? EventType { get; set; }

    /// <summary>Only events since this date, or of this length of time back from now.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Since { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string id in SubscriptionId ?? []) _subscriptions.Add(id.Trim());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        // Subscriptions were piped, but none came: that does not mean all of them.
        if (MyInvocation.ExpectingInput && _subscriptions.Count == 0) return;
        bool remembers = Wait || Checkpoint is not null;
        if (remembers || _subscriptions.Count == 0 || PagingParameters.IncludeTotalCount || PagingParameters.Skip > 0 || PagingParameters.First != ulong.MaxValue)
        {
            await GuardAsync(_subscriptions.Count == 1 ? _subscriptions[0] : Account, () => ReadAsync(_subscriptions, cancellationToken)).ConfigureAwait(false);
            return;
        }

        // Each for itself, so that one that is gone does not hide the others.
        foreach (string id in _subscriptions) await GuardAsync(id, () => ReadAsync([id], cancellationToken)).ConfigureAwait(false);
    }

    private async Task ReadAsync(List<string> subscriptions, CancellationToken cancellationToken)
    {
        foreach (string id in subscriptions) IdShape.Check(id, "subscription");
        FollowOptions following = Following();
        ProlificClient client = await ConnectToProlificAsync(
            "Open Humans keeps no log of events; Get-Participant shows who is a member now.").ConfigureAwait(false);
        var filter = new WebhookEventFilter { Statuses = [.. (Status ?? []).Select(static s => s.Trim().ToUpperInvariant())], ResourceId = ResourceId, EventTypes = EventType ?? [], Since = Since };
        using Checkpoint? checkpoint = OpenCheckpoint($"webhook events of account '{client.Connection.Account}'");
        var events = new WebhookEvents(client, subscriptions, filter, checkpoint);
        if (PagingParameters.IncludeTotalCount) await WriteCountAsync(events, filter, cancellationToken).ConfigureAwait(false);
        long skip = (long)Math.Min(PagingParameters.Skip, long.MaxValue);
        long first = (long)Math.Min(PagingParameters.First, long.MaxValue);
        if (!Wait && checkpoint is null)
        {
            await WriteAllAsync(events.ReadAsync(skip, first, cancellationToken)).ConfigureAwait(false);
            return;
        }

        IAsyncEnumerable<WebhookEvent> followed = Follower.FollowAsync(events.LookAsync, following, cancellationToken);
        await WriteAllAsync(Skipping(followed, skip), checkpoint is null ? null : events.Shown, first).ConfigureAwait(false);
    }

    private async Task WriteCountAsync(WebhookEvents events, WebhookEventFilter filter, CancellationToken cancellationToken)
    {
        long? count = await events.CountAsync(cancellationToken).ConfigureAwait(false);
        double accuracy = count is null ? 0 : filter.IsServiceSide ? 1 : 0.5;
        await WriteObjectAsync(await OnPipelineAsync(() => PagingParameters.NewTotalCount((ulong)(count ?? 0), accuracy)).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<WebhookEvent> Skipping(IAsyncEnumerable<WebhookEvent> events, long skip)
    {
        await foreach (WebhookEvent item in events.ConfigureAwait(false))
        {
            if (skip-- <= 0) yield return item;
        }
    }
}
