using System.Management.Automation;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Lifts blocks: these people can be written to again.</summary>
[Cmdlet(VerbsSecurity.Unblock, "Participant", SupportsShouldProcess = true)]
[OutputType(typeof(BlockedParticipant))]
public sealed class UnblockParticipantCommand : BlockingCmdlet
{
    /// <summary>Ids of the people.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(BlockedIdCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "project_member_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ParticipantId { get; set; }

    /// <summary>Returns the blocks that were lifted.</summary>
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
            if (!await ShouldProcessAsync($"{whom}, ledger {ledger.Location}", "Unblock: they can be written to again").ConfigureAwait(false)) return;
            IReadOnlyList<BlockedParticipant> lifted = await ledger.UnblockAsync(people, null, cancellationToken).ConfigureAwait(false);
            foreach (string id in people.Where(id => !lifted.Any(person => string.Equals(person.ParticipantId, id, StringComparison.OrdinalIgnoreCase))))
            {
                await WriteErrorAsync(
                    new MessagingException(MessagingErrorReason.NotFound, $"{id} was not blocked.", "Get-BlockedParticipant lists who is."),
                    id).ConfigureAwait(false);
            }

            if (PassThru) await WriteObjectsAsync(lifted).ConfigureAwait(false);
        }
    }
}
