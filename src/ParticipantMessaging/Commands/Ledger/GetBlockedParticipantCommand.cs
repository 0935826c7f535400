using System.Management.Automation;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Lists who must not be written to.</summary>
[Cmdlet(VerbsCommon.Get, "BlockedParticipant")]
[OutputType(typeof(BlockedParticipant))]
public sealed class GetBlockedParticipantCommand : BlockingCmdlet
{
    /// <summary>Only these people.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(BlockedIdCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "project_member_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ParticipantId { get; set; }

    // People were asked for, if only by an empty pipeline: none of them is not everybody.
    private bool NamesPeople => MyInvocation.ExpectingInput || InputObject is not null || IsBound;

    private bool IsBound => MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId));

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => NamesPeople ? TakeAsync(ParticipantId, IsBound) : Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (NamesPeople && People.Count == 0) return;
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
            await WriteObjectsAsync(await ledger.GetBlockedAsync(NamesPeople ? People : null, NamedProvider()?.ToString(), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
