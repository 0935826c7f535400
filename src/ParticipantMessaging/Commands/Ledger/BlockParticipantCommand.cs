using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Blocks people: nothing is sent to them any more, by whoever uses the ledger.</summary>
[Cmdlet(VerbsSecurity.Block, "Participant", SupportsShouldProcess = true)]
[OutputType(typeof(BlockedParticipant))]
public sealed class BlockParticipantCommand : BlockingCmdlet
{
    /// <summary>Ids of the people.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "project_member_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ParticipantId { get; set; }

    /// <summary>Why, for you and your colleagues.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [AllowEmptyString]
    public string? Reason { get; set; }

    /// <summary>Returns the blocks.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => TakeAsync(ParticipantId, MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId)));

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (People.Count == 0) return;
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            string[] people = [.. People.Distinct()];
            string whom = people.Length == 1 ? people[0] : Count(people.Length);
            if (!await ShouldProcessAsync($"{whom}, ledger {ledger.Location}", "Block: send nothing to them any more").ConfigureAwait(false)) return;
            int added = await ledger.BlockAsync(
                [.. people.Select(id => new BlockedParticipant { ParticipantId = id, Provider = ProviderOf(id), Reason = Reason?.Trim() ?? "" })],
                cancellationToken).ConfigureAwait(false);
            await WriteVerboseAsync($"{Count(added)} blocked; {people.Length - added} {(people.Length - added == 1 ? "was" : "were")} blocked already.").ConfigureAwait(false);
            if (PassThru) await WriteObjectsAsync(await ledger.GetBlockedAsync(people, null, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
