using System.Management.Automation;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Shows where the ledger is. Does not open it.</summary>
[Cmdlet(VerbsCommon.Get, "MessageLedger")]
[OutputType(typeof(MessageLedger))]
public sealed class GetMessageLedgerCommand : AsyncCmdlet
{
    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
        => await WriteObjectAsync(LedgerAccess.Describe(LedgerAccess.Current, LedgerAccess.IsOfSession)).ConfigureAwait(false);
}
